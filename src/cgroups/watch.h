// SPDX-License-Identifier: Apache-2.0
// Hears from the kernel what happens to the cgroup of a container that runs: OOM kills, and its end. By poll(2) on
// the files themselves, which says the same as inotify(7) without taking one of a user's few instances.
// Runs in: runtime.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cgroups/directory.h"
#include "sys/poll.h"
#include "sys/unique_fd.h"

namespace runcxx::cgroups {

class Watch {
public:
    Watch() = default;
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;
    virtual ~Watch() = default;

    // What to poll for. Empty when there is nothing that would tell.
    virtual void append_entries(std::vector<sys::PollEntry>& entries) const = 0;

    struct News {
        std::uint64_t ooms = 0;  // since the last look
        bool ended = false;      // no process is left, or the cgroup itself is gone
    };
    // After poll, whatever it returned for.
    virtual News look() = 0;
    // Whether OOM kills can be heard of.
    virtual bool knows_ooms() const = 0;
};

// A file of "KEY VALUE" lines that can be polled: kernfs says when it has changed since it was read.
class EventsFile {
public:
    EventsFile() = default;
    // Not open when there is no such file.
    EventsFile(const Directory& directory, const std::string& name);

    bool is_open() const { return fd_.is_open(); }
    void append_entry(std::vector<sys::PollEntry>& entries) const;
    // Reads it anew; nullopt when the file or the key is gone.
    std::optional<std::uint64_t> read(std::string_view key);

private:
    sys::UniqueFd fd_;
    std::string text_;
};

}  // namespace runcxx::cgroups
