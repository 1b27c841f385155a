// SPDX-License-Identifier: Apache-2.0
#include "launch/log_relay.h"

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "oci/json_value.h"
#include "sys/file.h"
#include "sys/poll.h"

namespace runcxx::launch {
namespace {

// A line longer than this is cut: init may be in hostile hands by the time it writes.
constexpr std::size_t kMaxLine = 64 * 1024;

struct LogRecord {
    std::string level;
    std::string msg;
};

template <oci::FieldsOf<LogRecord> Self, class V>
void visit_fields(Self& self, V&& v) {
    v("level", self.level);
    v("msg", self.msg);
}

}  // namespace

void LogRelay::take_line(std::string_view line) {
    if (line.empty()) return;
    try {
        const auto record = oci::from_json<LogRecord>(line);
        const auto level = log::parse_level(record.level);
        if (level <= log::Level::Fatal) {
            fatal_.push_back(record.msg);
        } else {
            log::write(level, record.msg);
        }
    } catch (const Error& error) {
        log::write(log::Level::Error, "failed to decode " + quoted(line) + " to json: " + error.message());
    }
}

void LogRelay::read_some() {
    const auto chunk = sys::read_available(pipe_);
    if (chunk.empty()) {
        take_line(partial_);
        partial_.clear();
        pipe_.reset();
        return;
    }
    partial_ += chunk;
    std::size_t start = 0;
    for (auto end = partial_.find('\n'); end != std::string::npos; end = partial_.find('\n', start)) {
        take_line(std::string_view(partial_).substr(start, end - start));
        start = end + 1;
    }
    partial_.erase(0, start);
    if (partial_.size() > kMaxLine) {
        take_line(partial_);
        partial_.clear();
    }
}

void LogRelay::drain(std::int64_t deadline_ms) {
    while (pipe_ && sys::wait_readable(pipe_, deadline_ms))
        read_some();
}

}  // namespace runcxx::launch
