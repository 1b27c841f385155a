// SPDX-License-Identifier: Apache-2.0
#include "base/log.h"

#include <unistd.h>  // layers-ok: write(2), see below

#include <algorithm>
#include <array>
#include <ctime>
#include <memory>

#include <spdlog/formatter.h>
#include <spdlog/sinks/sink.h>

#include "base/json_text.h"
#include "base/text.h"
#include "base/timestamp.h"

namespace runcxx::log {
namespace {

constexpr std::array<std::string_view, 7> kNames{"panic", "fatal", "error", "warning",
                                                 "info",  "debug", "trace"};

spdlog::level::level_enum to_spdlog(Level level) {
    switch (level) {
        case Level::Panic:
        case Level::Fatal:
            return spdlog::level::critical;
        case Level::Error:
            return spdlog::level::err;
        case Level::Warning:
            return spdlog::level::warn;
        case Level::Info:
            return spdlog::level::info;
        case Level::Debug:
            return spdlog::level::debug;
        case Level::Trace:
            return spdlog::level::trace;
    }
    return spdlog::level::info;
}

Level from_spdlog(spdlog::level::level_enum level) {
    switch (level) {
        case spdlog::level::trace:
            return Level::Trace;
        case spdlog::level::debug:
            return Level::Debug;
        case spdlog::level::info:
            return Level::Info;
        case spdlog::level::warn:
            return Level::Warning;
        case spdlog::level::err:
            return Level::Error;
        default:
            return Level::Fatal;
    }
}

// logrus leaves a value bare when it needs no quotes to be read back.
bool is_bare(std::string_view value) {
    for (const char c : value) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                           std::string_view("-._/@^+").find(c) != std::string_view::npos;
        if (!plain) return false;
    }
    return !value.empty();
}

std::string terminal_line(Level level, std::string_view message) {
    const int colour = level <= Level::Error     ? 31
                       : level == Level::Warning ? 33
                       : level == Level::Info    ? 36
                                                 : 37;
    std::string name(kNames[static_cast<unsigned>(level)].substr(0, 4));
    for (char& c : name)
        c = static_cast<char>(c - 'a' + 'A');
    return fmt::format("\x1b[{}m{}\x1b[0m[0000] {:<44}\n", colour, name, message);
}

// syslog(3): what init systems and syslog daemons know.
int priority_of(Level level) {
    switch (level) {
        case Level::Panic:
            return 0;
        case Level::Fatal:
            return 2;
        case Level::Error:
            return 3;
        case Level::Warning:
            return 4;
        case Level::Info:
            return 6;
        case Level::Debug:
        case Level::Trace:
            break;
    }
    return 7;
}

// A datagram larger than the socket's buffer would not be sent at all.
std::string_view fit_datagram(std::string_view message) {
    return message.substr(0, 64U << 10);
}

// NAME=value, or for a value of several lines NAME, its length as 64 bits little-endian, and the value.
std::string journal_field(std::string_view name, std::string_view value) {
    if (value.find('\n') == value.npos) return fmt::format("{}={}\n", name, value);
    auto field = fmt::format("{}\n", name);
    for (unsigned bits = 0; bits < 64; bits += 8)
        field.push_back(static_cast<char>((value.size() >> bits) & 0xffU));
    return field.append(value).append("\n");
}

std::string journal_record(std::string_view identifier, Level level, std::string_view message) {
    return journal_field("PRIORITY", fmt::format("{}", priority_of(level))) +
           journal_field("SYSLOG_IDENTIFIER", identifier) + journal_field("MESSAGE", fit_datagram(message));
}

// RFC 3164 without its time stamp, which would be in local time: daemons then take the time at which it came.
std::string syslog_record(std::string_view identifier, Level level, std::string_view message) {
    constexpr int kUserFacility = 1 << 3;
    return fmt::format("<{}>{}: {}", kUserFacility | priority_of(level), identifier, fit_datagram(message));
}

// Not spdlog's base_sink, which makes a formatter for patterns, of 50 KB, that nothing here uses.
class LineSink final : public spdlog::sinks::sink {
public:
    Destination where;

    void log(const spdlog::details::log_msg& record) override {
        const auto line = format_record(where, from_spdlog(record.level),
                                        {record.payload.data(), record.payload.size()}, std::time(nullptr));
        // banned-ok(raw-call): the log must work before and below everything else, so not through sys/.
        [[maybe_unused]] const auto written = ::write(where.fd, line.data(), line.size());
    }
    void flush() override {}
    void set_pattern(const std::string& /*pattern*/) override {}
    void set_formatter(std::unique_ptr<spdlog::formatter> /*formatter*/) override {}
};

// No spdlog::logger in front of it: that one brings its own complaint about sinks that fail, with the local time (95 KB of
// the C library). Level and sink are all that one logger with one destination needs.
LineSink& sink() {
    static LineSink sink;
    return sink;
}

}  // namespace

void configure(const Destination& destination) {
    sink().where = destination;
    sink().set_level(to_spdlog(destination.level));
}

const Destination& destination() {
    return sink().where;
}

bool is_enabled(Level level) {
    return level <= sink().where.level;
}

void write(Level level, std::string_view message) {
    const auto spdlog_level = to_spdlog(level);
    if (!sink().should_log(spdlog_level)) return;
    sink().log({"runcxx", spdlog_level, spdlog::string_view_t(message.data(), message.size())});
}

std::string_view to_string(Level level) {
    return kNames[static_cast<unsigned>(level)];
}

bool is_level(std::string_view name) {
    return name == "warn" || std::ranges::find(kNames, name) != kNames.end();
}

Level parse_level(std::string_view name) {
    if (name == "warn") return Level::Warning;
    for (unsigned i = 0; i < kNames.size(); ++i)
        if (kNames[i] == name) return static_cast<Level>(i);
    return Level::Info;
}

std::string format_record(const Destination& destination, Level level, std::string_view message,
                          long long unix_seconds) {
    const auto name = to_string(level);
    if (destination.format == Format::Json)
        return fmt::format("{{\"level\":\"{}\",\"msg\":{},\"time\":\"{}Z\"}}\n", name, json_string(message),
                           utc_text(unix_seconds));
    if (destination.format == Format::Journal) return journal_record(destination.identifier, level, message);
    if (destination.format == Format::Syslog) return syslog_record(destination.identifier, level, message);
    if (destination.is_terminal) return terminal_line(level, message);
    return fmt::format("time=\"{}Z\" level={} msg={}\n", utc_text(unix_seconds), name,
                       is_bare(message) ? std::string(message) : quoted(message));
}

}  // namespace runcxx::log
