// SPDX-License-Identifier: Apache-2.0
#include "base/log.h"

#include "support/catch.h"

using namespace runcxx;

namespace {

std::string json_line(log::Level level, std::string_view message) {
    return log::format_record({.fd = 2, .format = log::Format::Json}, level, message, 1'700'000'000);
}

std::string text_line(std::string_view message) {
    return log::format_record({.fd = 2, .format = log::Format::Text}, log::Level::Error, message,
                              1'700'000'000);
}

}  // namespace

TEST_CASE("log: a JSON record is one line with level, msg and the time in UTC", "[base][log]") {
    CHECK(json_line(log::Level::Error, "no <such> \"file\"") ==
          "{\"level\":\"error\",\"msg\":\"no \\u003csuch\\u003e "
          "\\\"file\\\"\",\"time\":\"2023-11-14T22:13:20Z\"}\n");
}

TEST_CASE("log: level names are those of logrus", "[base][log]") {
    CHECK(log::to_string(log::Level::Warning) == "warning");
    CHECK(log::parse_level("warn") == log::Level::Warning);
    CHECK(log::parse_level("fatal") == log::Level::Fatal);
    CHECK(log::parse_level("no such level") == log::Level::Info);
    CHECK(static_cast<int>(log::Level::Debug) == 5);
}

TEST_CASE("log: a text record quotes only what needs quotes", "[base][log]") {
    CHECK(text_line("plain-word") == "time=\"2023-11-14T22:13:20Z\" level=error msg=plain-word\n");
    CHECK(text_line("two words\n") == "time=\"2023-11-14T22:13:20Z\" level=error msg=\"two words\\n\"\n");
    CHECK(text_line("") == "time=\"2023-11-14T22:13:20Z\" level=error msg=\"\"\n");
}

TEST_CASE("log: a record for the journal has a field per line, and its length before text of several lines",
          "[base][log]") {
    const auto record = [](log::Level level, std::string_view message) {
        return log::format_record({.fd = 2, .format = log::Format::Journal, .identifier = "box"}, level,
                                  message, 1'700'000'000);
    };
    CHECK(record(log::Level::Error, "no \"file\"") ==
          "PRIORITY=3\nSYSLOG_IDENTIFIER=box\nMESSAGE=no \"file\"\n");
    CHECK(record(log::Level::Warning, "a\nb") ==
          std::string("PRIORITY=4\nSYSLOG_IDENTIFIER=box\nMESSAGE\n\x03\0\0\0\0\0\0\0a\nb\n", 53));
    // A datagram has to fit into a socket's buffer.
    const auto large = record(log::Level::Info, std::string(300'000, 'x'));
    CHECK(large.size() < 70'000);
    CHECK(large.ends_with("x\n"));
}

TEST_CASE("log: a record for syslog has facility, level and who logs; the daemon adds the time",
          "[base][log]") {
    const auto record = [](log::Level level) {
        return log::format_record({.fd = 2, .format = log::Format::Syslog, .identifier = "box[7]"}, level,
                                  "a b", 1'700'000'000);
    };
    CHECK(record(log::Level::Error) == "<11>box[7]: a b");
    CHECK(record(log::Level::Debug) == "<15>box[7]: a b");
}

TEST_CASE("log: levels are known by their names", "[base][log]") {
    for (const auto* name : {"error", "warning", "warn", "info", "debug", "trace"})
        CHECK(log::is_level(name));
    for (const auto* name : {"", "Error", "verbose"})
        CHECK_FALSE(log::is_level(name));
}
