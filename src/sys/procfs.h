// SPDX-License-Identifier: Apache-2.0
// A procfs that nobody can have replaced or covered: labels and sysctls written by name to /proc have been
// redirected to other files (CVE-2019-16884, CVE-2025-52881). In this order: a new instance of our own
// (fsopen(2)), a detached clone of /proc, /proc itself; the latter two are verified to be a procfs root. Runs
// in: either (init: inside the final root). Open it only when something is to be written: it costs system
// calls.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "sys/unique_fd.h"

namespace runcxx::sys {

class ProcHandle {
public:
    enum class Scope : unsigned char {
        Processes,  // /proc/PID/... only (subset=pid where the kernel knows it, 5.8)
        Whole,      // also /proc/sys and friends
    };
    // Throws "unsafe procfs detected: ..." when none of the three is a procfs.
    static ProcHandle open(Scope scope);
    // For tests: a folder that stands in for /proc. Nothing is proven about it.
    static ProcHandle made_up(UniqueFd directory) { return ProcHandle(std::move(directory)); }

    // `path` is below /proc: "self/attr/exec", "sys/net/ipv4/ip_forward". Never leaves this procfs: an
    // overmounted file or a magic link is an error. `flags` without O_CREAT.
    UniqueFd open_file(const std::string& path, int flags) const;
    UniqueFd try_open_file(const std::string& path, int flags) const;

    // One write(2) of the whole text; throws "write "<data>" to /proc/<path>: ...".
    void write(const std::string& path, std::string_view data) const;
    std::string read(const std::string& path) const;
    // nullopt when the file does not exist or cannot be read.
    std::optional<std::string> try_read(const std::string& path) const;

private:
    explicit ProcHandle(UniqueFd root) : root_(std::move(root)) {}
    UniqueFd root_;
};

}  // namespace runcxx::sys
