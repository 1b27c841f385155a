// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <optional>

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "checkpoint/criu.h"
#include "sys/file.h"

namespace runcxx::checkpoint {
namespace {

constexpr std::size_t kLinesBefore = 5;
constexpr std::size_t kLogLimit = 256U << 20;

// What is thrown would hide the failure that is looked into.
std::optional<std::string> read_log(const HostPath& path) {
    try {
        return sys::try_read_file(path, kLogLimit);
    } catch (const Error& error) {
        log::debug("{}", error.message());
        return {};
    }
}

}  // namespace

void quote_errors(const std::string& log_file) {
    const auto text = read_log(HostPath(log_file));
    if (!text) return log::warning("CRIU left no log in {}", log_file);
    const auto lines = split(*text, '\n');
    std::size_t quoted = 0;  // lines up to there are said already
    bool is_first = true;
    for (std::size_t i = 0; i < lines.size(); ++i) {
        if (lines[i].find("Error") == std::string_view::npos) continue;
        const auto begin = std::max(quoted, i - std::min(i, kLinesBefore));
        if (is_first)
            log::warning("--- Quoting \"{}\"", log_file);
        else if (begin > quoted)
            log::warning("...");
        for (auto line = begin; line <= i; ++line)
            log::warning("{}:{}", line + 1, lines[line]);
        quoted = i + 1;
        is_first = false;
    }
    if (!is_first) log::warning("---");
}

}  // namespace runcxx::checkpoint
