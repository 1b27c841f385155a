// SPDX-License-Identifier: Apache-2.0
#include "cgroups/v1/freezer.h"

#include <cerrno>

#include <fmt/core.h>

#include "base/text.h"
#include "cgroups/processes.h"
#include "sys/poll.h"

namespace runcxx::cgroups::v1 {
namespace {

constexpr auto kState = "freezer.state";

}  // namespace

void freeze(const Directory& directory) {
    try {
        for (int attempt = 0; attempt < 1000; ++attempt) {
            // With processes being forked faster than they are frozen it never ends without a pause.
            if (attempt % 50 == 49) {
                directory.try_write(kState, "THAWED");
                sys::sleep_ms(10);
            }
            directory.write(kState, "FROZEN");
            const auto text = directory.read(kState);
            const auto state = trim(text);
            if (state == "FROZEN") return;
            if (state != "FREEZING") throw Error(fmt::format("unexpected state {} while freezing", state));
        }
        throw Error("unable to freeze: " + describe_processes(processes_in(directory)));
    } catch (Error&) {
        // Half frozen is worse than running: nobody would ever thaw it.
        directory.try_write(kState, "THAWED");
        throw;
    }
}

void thaw(const Directory& directory) {
    const int failure = directory.try_write(kState, "THAWED");
    if (failure != 0 && failure != ENOENT && failure != ENODEV)
        throw directory.write_error(kState, "THAWED", failure);
}

bool is_frozen(const Directory& directory) {
    for (int attempt = 0; attempt < 100; ++attempt) {
        const auto text = directory.try_read(kState);
        if (!text) {
            if (errno == ENOENT || errno == ENODEV) return false;
            throw Error::from_errno(errno, fmt::format("read {}/{}", directory.path(), kState));
        }
        const auto state = trim(*text);
        if (state == "THAWED") return false;
        if (state == "FROZEN") break;
        sys::sleep_ms(1);  // FREEZING: somebody is at it
    }
    const auto by_itself = directory.try_read("freezer.self_freezing");
    return !by_itself || trim(*by_itself) != "0";
}

}  // namespace runcxx::cgroups::v1
