// SPDX-License-Identifier: Apache-2.0
// The log: one synchronous logger per process, text or JSON lines as callers of runc parse them.
// Runs in: either (in init the destination is the log pipe, always JSON).
// Must not: be given environment values or hook input; report a failure that is also thrown.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include <fmt/core.h>

namespace runcxx::log {

// Numbered and named as callers of runc know them (`_LIBCONTAINER_LOGLEVEL` carries the number).
enum class Level : unsigned char { Panic = 0, Fatal, Error, Warning, Info, Debug, Trace };
// Journal and Syslog: one datagram for each record.
enum class Format : unsigned char { Text, Json, Journal, Syslog };

struct Destination {
    int fd = 2;  // borrowed; every record is one write(2), so that O_APPEND files can be shared
    Format format = Format::Text;
    Level level = Level::Info;
    std::string identifier{};  // Journal and Syslog: who logs
    bool is_terminal = false;  // text records for a person: coloured, without time stamps
};

// Replaces the destination. Before the first call records go to stderr as text at level info.
void configure(const Destination& destination);
const Destination& destination();

bool is_enabled(Level level);

// Writes one record; a record that cannot be written is dropped (there is nowhere left to say so).
void write(Level level, std::string_view message);

// "error", "warning", ... and back; anything unknown reads as Info.
std::string_view to_string(Level level);
bool is_level(std::string_view name);
Level parse_level(std::string_view name);

template <class... Args>
void debug(fmt::format_string<Args...> format, Args&&... args) {
    if (is_enabled(Level::Debug)) write(Level::Debug, fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
void info(fmt::format_string<Args...> format, Args&&... args) {
    if (is_enabled(Level::Info)) write(Level::Info, fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
void warning(fmt::format_string<Args...> format, Args&&... args) {
    if (is_enabled(Level::Warning)) write(Level::Warning, fmt::format(format, std::forward<Args>(args)...));
}

// One record as a line of text, newline included; as journald's native protocol has it (systemd's
// JOURNAL_NATIVE_PROTOCOL.md); or as syslog(3) sends it. Exposed for tests.
std::string format_record(const Destination& destination, Level level, std::string_view message,
                          long long unix_seconds);

}  // namespace runcxx::log
