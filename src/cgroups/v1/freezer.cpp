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

// Writing asks; reading looks how far it has got. False while tasks are on their way.
bool try_freeze(const Directory& directory) {
    directory.write(kState, "FROZEN");
    const auto text = directory.read(kState);
    const auto state = trim(text);
    if (state != "FROZEN" && state != "FREEZING")
        throw Error(fmt::format("unexpected state {} while freezing", state));
    return state == "FROZEN";
}

// v1 tells nobody when it has finished. Most are frozen at once; later somebody has to get a processor first.
void pause_before(int attempt, const Directory& directory) {
    if (attempt % 50 == 49) {
        // Processes that are forked faster than they are frozen go on for ever without this.
        directory.try_write(kState, "THAWED");
        sys::sleep_ms(10);
    } else if (attempt > 20) {
        sys::sleep_ms(1);
    }
}

}  // namespace

void freeze(const Directory& directory, std::int64_t deadline_ms, const Interruption& interruption) {
    try {
        for (int attempt = 0; !try_freeze(directory); ++attempt) {
            if (interruption.check) interruption.check();
            if (sys::monotonic_ms() >= deadline_ms) {
                directory.try_write(kState, "THAWED");
                throw Error("unable to freeze: " + describe_stuck(processes_in(directory)));
            }
            pause_before(attempt, directory);
        }
    } catch (...) {
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

void thaw_tree(const Directory& directory) {
    thaw(directory);
    for (const auto& name : directory.children())
        if (const auto below = directory.try_child(name); below.is_open()) thaw_tree(below);
}

bool is_frozen(const Directory& directory) {
    const auto by_itself = directory.try_read("freezer.self_freezing");
    if (by_itself) return trim(*by_itself) != "0";
    if (errno == ENOENT || errno == ENODEV) return false;
    throw Error::from_errno(errno, fmt::format("read {}/freezer.self_freezing", directory.path()));
}

}  // namespace runcxx::cgroups::v1
