// SPDX-License-Identifier: Apache-2.0
// One cgroup = one open directory, and its control files. Every file is opened below a directory that was
// itself opened below the cgroup mount: no name is ever resolved through a link, "..", or another mount. Runs
// in: runtime.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/rollback.h"
#include "cgroups/mount.h"
#include "sys/unique_fd.h"

namespace runcxx::cgroups {

class Directory {
public:
    Directory() = default;
    Directory(sys::UniqueFd fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}

    bool is_open() const { return fd_.is_open(); }
    const std::string& path() const { return path_; }
    const sys::UniqueFd& fd() const { return fd_; }
    sys::UniqueFd take_fd() { return std::move(fd_); }

    // A control file; empty with errno set on failure. `name` is one component.
    sys::UniqueFd try_open(const std::string& name, int flags) const;
    bool has(const std::string& name) const;

    // nullopt with errno set. read() throws "openat2 <path>/<name>: ..." or "read <path>/<name>: ...".
    std::optional<std::string> try_read(const std::string& name) const;
    std::string read(const std::string& name) const;
    // The number in a file; "max" gives the largest. Throws also when it is no number.
    std::uint64_t read_number(const std::string& name) const;

    // From now on every write is preceded by a look at what is there, and followed by an action that puts it
    // back; nullptr: no more. This object must not move or go before `undo` has.
    void record_into(Rollback* undo) { undo_ = undo; }

    // One write(2) of the whole text; returns 0 or the errno. write() throws what write_error() says.
    int try_write(const std::string& name, std::string_view text) const;
    void write(const std::string& name, std::string_view text) const;
    // One write(2) per text into a file that is opened once. try_ leaves the first text that was not taken in
    // `refused`.
    int try_write_each(const std::string& name, const std::vector<std::string>& texts,
                       std::string& refused) const;
    void write_each(const std::string& name, const std::vector<std::string>& texts) const;
    // "failed to write "TEXT": write <path>/<name>: ..."; for a missing file "openat2 <path>/<name>: ...".
    Error write_error(const std::string& name, std::string_view text, int errno_value) const;

    // A cgroup below; not open with errno set when it is not there.
    Directory try_child(const std::string& name) const;
    // Names of the cgroups below.
    std::vector<std::string> children() const;
    // Names of everything inside, control files and cgroups; empty when it cannot be listed.
    std::vector<std::string> names() const;

private:
    int try_write_recorded(const sys::UniqueFd& file, const std::string& name, std::string_view text) const;

    sys::UniqueFd fd_;  // O_PATH
    std::string path_;  // absolute, for messages and for state.json
    Rollback* undo_ = nullptr;
};

// Records the writes of one scope.
class Recording {
public:
    Recording(Directory& directory, Rollback* undo) : directory_(directory) { directory.record_into(undo); }
    ~Recording() { directory_.record_into(nullptr); }
    Recording(const Recording&) = delete;
    Recording& operator=(const Recording&) = delete;

private:
    Directory& directory_;
};

// The cgroup mount(s), from which directories are opened.
class Root {
public:
    enum class Kind { V1, V2, PlainFolder };  // PlainFolder: tests, in any directory
    explicit Root(Kind kind, std::string mount = "/sys/fs/cgroup") : kind_(kind), own_(std::move(mount)) {}
    // A mount that is open already, and that outlives this.
    Root(Kind kind, const Mount* lent) : kind_(kind), lent_(lent) {}

    // `path` is absolute and clean. Not open with errno set; ENOENT also for what is not on a cgroup file
    // system.
    Directory try_open(const std::string& path) const;
    // The same as try_open(path).try_read(name), for who wants nothing else of that cgroup.
    std::optional<std::string> try_read(const std::string& path, const std::string& name) const;
    // mkdir -p with mode 0755 and open; every directory made is appended to `made`, outermost first. Another
    // process that removes a parent meanwhile is answered by another walk. Throws "mkdir <path>: ...".
    Directory make(const std::string& path, std::vector<std::string>& made) const;
    // Returns 0 or the errno.
    int try_remove(const std::string& path) const;

private:
    // Path below the mount, or nullopt for one outside (an unusual host): then opened by name and checked.
    std::optional<std::string> below(const std::string& path) const;

    Kind kind_;
    const Mount& mount() const { return lent_ != nullptr ? *lent_ : own_; }

    Mount own_;
    const Mount* lent_ = nullptr;
};

}  // namespace runcxx::cgroups
