// SPDX-License-Identifier: Apache-2.0
// <root>/<id>: the container's files and the lock that linearises commands on one container.
// Runs in: runtime.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/paths.h"
#include "container/records.h"
#include "sys/file.h"
#include "sys/unique_fd.h"

namespace runcxx::container {

class StateDir {
public:
    // Makes and locks it. Errors: "container with given ID already exists".
    static StateDir create(const HostPath& root, const std::string& id);
    // Errors: ContainerNotFound "container does not exist"; "invalid container ID format".
    static StateDir open(const HostPath& root, const std::string& id);

    // flock(2) on the directory; the kernel releases it when we die, however we die. Waits at most
    // `patience_ms`, by default longer than a holder waits for processes to freeze or to end. Errors: "container X is in use by another runcxx command"; ContainerNotFound when it was
    // removed meanwhile.
    void lock(std::int64_t patience_ms = 15'000);
    void unlock();
    // Whether somebody else holds the lock: a creation that is still going on.
    bool is_locked_by_other() const;

    const std::string& id() const { return id_; }
    const HostPath& path() const { return path_; }
    uid_t owner() const;

    // Plain write: a torn intent means that nothing had been done yet.
    void write_intent(const Intent& intent);
    // nullopt when missing or torn.
    std::optional<Intent> read_intent() const;
    // Atomic.
    void write_state(const State& state);
    // The same in two steps: it is there from commit() on. The directory must stay where it is until then.
    std::unique_ptr<sys::StagedFile> stage_state(const State& state);
    // nullopt when missing. Errors: `state.json is damaged: ...`.
    std::optional<State> read_state() const;
    // The same, but of the container only what `state` and `list` tell of it (records.h): the rest of the file may be
    // long, and is not read. Nor is damage in there noticed.
    std::optional<State> read_summary() const;

    // The container's filter, ready for seccomp(2), for later processes: what it takes to compile it is not
    // paid again by every exec. Beside state.json, because nobody else needs it.
    void write_seccomp(const std::vector<std::uint8_t>& instructions);
    std::vector<std::uint8_t> read_seccomp() const;

    // Read-write handle, so that opening it does not wait for the other side.
    sys::UniqueFd make_exec_fifo();
    bool has_exec_fifo() const;
    // Lets init go: writes one byte and removes the fifo, so that nobody starts it twice. The handle is for
    // wait_until_taken(). Errors: nobody waits at it.
    sys::UniqueFd release_exec_fifo();
    // Returns when init has taken the byte. Errors: it was killed before.
    static void wait_until_taken(const sys::UniqueFd& exec_fifo);

    // rm -rf. A missing directory is fine.
    void remove();

private:
    std::optional<State> read_state_until(std::string_view property) const;

    StateDir(HostPath path, std::string id, sys::UniqueFd dir)
        : path_(std::move(path)), id_(std::move(id)), dir_(std::move(dir)) {}

    HostPath path_;
    std::string id_;
    sys::UniqueFd dir_;
};

}  // namespace runcxx::container
