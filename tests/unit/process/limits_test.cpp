// SPDX-License-Identifier: Apache-2.0
// Limits, scheduling, keyring: what process setup asks of sys/.
#include "sys/limits.h"

#include <unistd.h>

#include "base/error.h"
#include "process/scheduling.h"
#include "process/session_keyring.h"
#include "support/catch.h"
#include "support/fd.h"
#include "support/forked.h"
#include "support/requirements.h"
#include "support/text_matchers.h"

using namespace runcxx;
using tests::Contains;

TEST_CASE("the sixteen limits of Linux have names", "[process]") {
    CHECK(sys::limit_number("RLIMIT_NOFILE") == 7);
    CHECK(sys::limit_number("RLIMIT_RTTIME") == 15);
    CHECK_FALSE(sys::limit_number("RLIMIT_FOO"));
    CHECK_FALSE(sys::limit_number("NOFILE"));
}

TEST_CASE("a limit can be lowered, for this process and for a child", "[process]") {
    const auto result = tests::in_child([] {
        sys::set_limit(0, "RLIMIT_NOFILE", {100, 200});
        const auto limit = sys::try_limit(::getpid(), "RLIMIT_NOFILE");
        return std::to_string(limit->soft) + "/" + std::to_string(limit->hard);
    });
    CHECK(result.text == "100/200");
}

TEST_CASE("limits that the kernel refuses say why", "[process]") {
    CHECK(tests::in_child([] {
              sys::set_limit(0, "RLIMIT_CORE", {20, 10});
              return std::string();
          }).text ==
          "exception: error setting rlimit type 4: invalid argument (RLIMIT_CORE: soft limit 20 is above "
          "hard limit 10)");
    const auto raised = tests::in_child([]() -> std::string {
        sys::set_limit(0, "RLIMIT_CORE", {10, 10});
        if (::geteuid() == 0 && ::setuid(65534) != 0) return "cannot become nobody";
        sys::set_limit(0, "RLIMIT_CORE", {10, 20});
        return "raised";
    });
    CHECK(raised.text ==
          "exception: error setting rlimit type 4: operation not permitted "
          "(raising the hard limit of RLIMIT_CORE from 10 to 20 needs CAP_SYS_RESOURCE)");
    const auto files = tests::in_child([]() -> std::string {
        sys::set_limit(0, "RLIMIT_NOFILE", {1, std::uint64_t{1} << 40});
        return "raised";
    });
    CHECK_THAT(files.text, Contains("1099511627776 is above fs.nr_open, which is "));
}

TEST_CASE("scheduling attributes are applied", "[process]") {
    const auto niceness = tests::in_child([] {
        process::set_scheduler({.policy = 0, .nice = 7});
        return tests::read_file("/proc/self/stat");
    });
    // Field 19 is the nice value; the name in field 2 has no blank in it.
    std::vector<std::string> fields{""};
    for (const char c : niceness.text) {
        if (c == ' ') {
            fields.emplace_back();
        } else {
            fields.back() += c;
        }
    }
    REQUIRE(fields.size() > 19);
    CHECK(fields[18] == "7");
    CHECK(tests::in_child([] {
              process::set_io_priority(2 << 13 | 6);
              return std::string("done");
          }).text == "done");
    CHECK(tests::in_child([] {
              process::set_io_priority(7 << 13);
              return std::string("done");
          }).text == "exception: failed to set io priority: invalid argument");
    CHECK(tests::in_child([] {
              process::set_personality(0x0008);  // PER_LINUX32
              return tests::trimmed(tests::read_file("/proc/self/personality"));
          }).text == "00000008");
}

TEST_CASE("a scheduler that does not exist is an error with the call in it", "[process]") {
    CHECK_THAT(tests::in_child([] {
                   process::set_scheduler({.policy = 77});
                   return std::string();
               }).text,
               Contains("exception: error setting scheduler: invalid argument"));
}

TEST_CASE("a session keyring is joined by name", "[process]") {
    const auto result = tests::in_child([] {
        process::join_session_keyring("_ses.unit-test", process::KeyringSearch::Owner);
        process::join_session_keyring("_ses.unit-test", process::KeyringSearch::Unchanged);
        return std::string("joined");
    });
    CHECK(result.text == "joined");
}
