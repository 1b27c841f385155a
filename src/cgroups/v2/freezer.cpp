// SPDX-License-Identifier: Apache-2.0
#include "cgroups/v2/freezer.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>

#include <fmt/core.h>

#include "base/text.h"
#include "cgroups/processes.h"
#include "sys/cgroup_file.h"
#include "sys/poll.h"

namespace runcxx::cgroups::v2 {
namespace {

constexpr auto kFreeze = "cgroup.freeze";

enum class Outcome { Reached, Deadline, Gone };

// Reading before waiting re-arms the notification, so that no change is missed. But within 10 ms of the one before the kernel
// holds it back (CGROUP_FILE_NOTIFY_MIN_INTV), so we look for ourselves meanwhile, less and less often.
Outcome wait_for_event(const Directory& directory, std::string_view key, std::uint64_t wanted,
                       std::int64_t deadline_ms, const Interruption& interruption) {
    const auto fd = directory.try_open("cgroup.events", O_RDONLY);
    if (!fd) return Outcome::Gone;
    std::string text;
    for (std::int64_t patience_ms = 1;; patience_ms = std::min<std::int64_t>(patience_ms * 2, 16)) {
        if (sys::try_read_again(fd, text) != 0) return Outcome::Gone;
        const auto value = value_of(text, key);
        if (!value) return Outcome::Gone;
        if (*value == wanted) return Outcome::Reached;
        std::vector<sys::PollEntry> entries{
            {fd.get(), sys::kChanged, 0},
            {interruption.fd != nullptr ? interruption.fd->get() : -1, sys::kReadable, 0}};
        const auto next_look_ms = std::min(deadline_ms, sys::monotonic_ms() + patience_ms);
        if (!sys::wait_ready(entries, next_look_ms) && next_look_ms == deadline_ms) return Outcome::Deadline;
        if (entries[1].ready != 0) interruption.check();
    }
}

}  // namespace

void freeze(const Directory& directory, std::int64_t deadline_ms, const Interruption& interruption) {
    if (const int failure = directory.try_write(kFreeze, "1"))
        throw Error(directory.write_error(kFreeze, "1", failure).add_context("freezer not supported"));
    try {
        switch (wait_for_event(directory, "frozen", 1, deadline_ms, interruption)) {
            case Outcome::Reached:
                return;
            case Outcome::Gone:
                throw Error(Error::Kind::NotRunning, "cgroup not exist");
            case Outcome::Deadline:
                throw Error("timeout of 10s reached waiting for the cgroup to freeze: " +
                            describe_stuck(processes_in(directory)));
        }
    } catch (...) {
        // Half frozen is worse than running: nobody would ever thaw it.
        directory.try_write(kFreeze, "0");
        throw;
    }
}

void thaw(const Directory& directory) {
    const int failure = directory.try_write(kFreeze, "0");
    if (failure != 0 && failure != ENOENT && failure != ENODEV)
        throw directory.write_error(kFreeze, "0", failure);
}

bool is_frozen(const Root& root, const std::string& path) {
    const auto text = root.try_read(path, kFreeze);
    return text && trim(*text) == "1";
}

int try_kill_all(const Directory& directory) {
    return directory.try_write("cgroup.kill", "1");
}

bool wait_until_empty(const Directory& directory, std::int64_t deadline_ms) {
    return wait_for_event(directory, "populated", 0, deadline_ms, {}) != Outcome::Deadline;
}

}  // namespace runcxx::cgroups::v2
