// SPDX-License-Identifier: Apache-2.0
#include "container/foreground.h"

#include <unistd.h>

#include "support/catch.h"
#include "support/forked.h"
#include "sys/child_process.h"
#include "sys/poll.h"

using namespace runcxx;

TEST_CASE("foreground: a process whose end was signalled before it was waited for is reaped", "[container]") {
    // In a process of its own, since it takes signals and children.
    const auto waited = tests::in_child([]() -> std::string {
        ::alarm(20);  // wakes who waits in vain
        sys::SignalFd signals;
        auto child = sys::spawn({.path = "/bin/sh", .args = {"sh", "-c", "exit 7"}});
        if (!sys::wait_readable(child.pidfd(), sys::monotonic_ms() + 10'000)) return "it did not end";
        // As launch::InitProcess does while it listens to init.
        while (signals.next()) {
        }
        container::ForegroundIo io({.terminal = false, .is_host_root = true});
        std::optional<notify::NotifyProxy> nobody;
        const auto begun = sys::monotonic_ms();
        const int code = container::wait_in_foreground(std::move(child), signals, io, nobody);
        return sys::monotonic_ms() - begun < 10'000 ? std::to_string(code) : "late";
    });
    CHECK(waited.text == "7");
}
