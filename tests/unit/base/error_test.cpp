// SPDX-License-Identifier: Apache-2.0
#include "base/error.h"

#include <cerrno>

#include "base/rollback.h"
#include "base/step.h"
#include "support/catch.h"

using namespace runcxx;

TEST_CASE("error: the errno text is the one that callers of runc match", "[base]") {
    CHECK(errno_text(ENOENT) == "no such file or directory");
    CHECK(errno_text(EPERM) == "operation not permitted");
    CHECK(errno_text(ENOEXEC) == "exec format error");
    CHECK(errno_text(EDOTDOT) == "RFS specific error");
    CHECK(errno_text(99999) == "errno 99999");
    const auto error = Error::from_errno(ENOENT, "open /x");
    CHECK(error.message() == "open /x: no such file or directory");
    CHECK(error.code() == ENOENT);
    CHECK(Error::from_errno(ENOENT, "open /x").add_hint("it is gone").add_context("look").message() ==
          "look: open /x: no such file or directory (it is gone)");
}

TEST_CASE("step: its name goes in front of what failed inside, the kind and errno stay", "[base]") {
    try {
        step("outer", [] { step("inner", [] { throw Error(Error::Kind::NotRunning, "gone", ESRCH); }); });
        FAIL("nothing was thrown");
    } catch (const Error& error) {
        CHECK(error.message() == "outer: inner: gone");
        CHECK(error.kind() == Error::Kind::NotRunning);
        CHECK(error.code() == ESRCH);
    }
    CHECK(step("gives back", [] { return 7; }) == 7);
}

TEST_CASE("rollback: undoes last first, goes on after a failure, and not at all once committed", "[base]") {
    std::string order;
    {
        Rollback rollback;
        rollback.add("do a", [&] { order += 'a'; });
        rollback.add("do b", [&] {
            order += 'b';
            throw Error("b failed");
        });
        rollback.add("do c", [&] { order += 'c'; });
    }
    CHECK(order == "cba");
    {
        Rollback rollback;
        rollback.add("do d", [&] { order += 'd'; });
        rollback.commit();
    }
    CHECK(order == "cba");
}
