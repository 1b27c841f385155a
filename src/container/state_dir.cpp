// SPDX-License-Identifier: Apache-2.0
#include "container/state_dir.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <vector>

#include <fmt/core.h>

#include "base/error.h"
#include "base/log.h"
#include "config/resolve.h"
#include "oci/json_value.h"
#include "sys/file.h"
#include "sys/poll.h"

namespace runcxx::container {
namespace {

// Nobody is waited for at a fifo of that name: one entry must not hide all the others of a list.
constexpr int kReading = O_RDONLY | O_NOFOLLOW | O_NONBLOCK;

const std::string kIntent = "intent.json";
const std::string kState = "state.json";
const std::string kSeccomp = "seccomp.bpf";
const std::string kExecFifo = "exec.fifo";

Error not_found() {
    return {Error::Kind::ContainerNotFound, "container does not exist"};
}

}  // namespace

StateDir StateDir::create(const HostPath& root, const std::string& id) {
    sys::make_dirs(root, 0700);
    const auto path = root / id;
    const int error = sys::try_make_dir(path, 0711);
    if (error == EEXIST) throw Error("container with given ID already exists");
    if (error != 0) throw Error::from_errno(error, fmt::format("mkdir {}", path.str()));
    StateDir dir(path, id, sys::open_file(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW));
    dir.lock();
    return dir;
}

StateDir StateDir::open(const HostPath& root, const std::string& id) {
    config::check_id(id);
    const auto path = root / id;
    auto dir = sys::try_open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    if (!dir && errno == ENOENT) throw not_found();
    if (!dir) throw Error::from_errno(errno, fmt::format("open {}", path.str()));
    return {path, id, std::move(dir)};
}

void StateDir::lock(std::int64_t patience_ms) {
    // flock has no deadline of its own; the holder's work is short, so looking again is cheap and rare.
    const auto deadline = sys::monotonic_ms() + patience_ms;
    for (std::int64_t pause = 1; !sys::try_lock_exclusive(dir_);
         pause = std::min<std::int64_t>(pause * 2, 50)) {
        if (sys::monotonic_ms() >= deadline)
            throw Error(
                fmt::format("container {} is in use by another runcxx command (it holds the lock of {})", id_,
                            path_.str()));
        sys::sleep_ms(pause);
    }
    // The holder may have removed the directory that we waited for.
    if (!sys::exists(path_)) throw not_found();
}

void StateDir::unlock() {
    sys::unlock(dir_);
}

bool StateDir::is_locked_by_other() const {
    const auto probe = sys::open_at(dir_, ".", O_RDONLY | O_DIRECTORY);
    return !sys::try_lock_exclusive(probe);
}

uid_t StateDir::owner() const {
    return sys::stat_fd(dir_, path_.str()).st_uid;
}

void StateDir::write_intent(const Intent& intent) {
    const auto file = sys::open_at(dir_, kIntent, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
    sys::write_all(file, oci::to_json(intent), kIntent);
}

std::optional<Intent> StateDir::read_intent() const {
    const auto file = sys::try_open_at(dir_, kIntent, kReading);
    if (!file) return std::nullopt;
    try {
        return oci::from_json<Intent>(sys::read_all(file, kIntent));
    } catch (const Error& error) {
        log::debug("{} of {} is torn, nothing was done yet: {}", kIntent, id_, error.message());
        return std::nullopt;
    }
}

void StateDir::write_state(const State& state) {
    sys::write_atomically(dir_, kState, oci::to_json(state), 0600);
}

std::unique_ptr<sys::StagedFile> StateDir::stage_state(const State& state) {
    return std::make_unique<sys::StagedFile>(dir_, kState, oci::to_json(state), 0600);
}

std::optional<State> StateDir::read_state() const {
    return read_state_until({});
}

std::optional<State> StateDir::read_summary() const {
    return read_state_until(kEndOfSummary);
}

std::optional<State> StateDir::read_state_until(std::string_view property) const {
    const auto file = sys::try_open_at(dir_, kState, kReading);
    if (!file && errno == ENOENT) return std::nullopt;
    if (!file) throw Error::from_errno(errno, fmt::format("open {}/{}", path_.str(), kState));
    try {
        auto state = oci::from_json_until<State>(property, sys::read_all(file, kState));
        // Judged by our rules, a live container of another runtime would look stopped, and be deleted.
        if (state.intent.boot_id.empty()) throw Error("it was not written by runcxx");
        return state;
    } catch (Error& error) {
        error.add_context(fmt::format("{}/{} cannot be used", path_.str(), kState));
        throw;
    }
}

void StateDir::write_seccomp(const std::vector<std::uint8_t>& instructions) {
    const auto file = sys::open_at(dir_, kSeccomp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
    sys::write_all(file, {reinterpret_cast<const char*>(instructions.data()), instructions.size()}, kSeccomp);
}

std::vector<std::uint8_t> StateDir::read_seccomp() const {
    const auto text = sys::read_all(sys::open_at(dir_, kSeccomp, O_RDONLY | O_NOFOLLOW), kSeccomp);
    return {text.begin(), text.end()};
}

sys::UniqueFd StateDir::make_exec_fifo() {
    sys::make_fifo_at(dir_, kExecFifo, 0600);
    return sys::open_at(dir_, kExecFifo, O_RDWR | O_NOFOLLOW);
}

bool StateDir::has_exec_fifo() const {
    return sys::exists_at(dir_, kExecFifo);
}

sys::UniqueFd StateDir::release_exec_fifo() {
    auto fifo = sys::try_open_at(dir_, kExecFifo, O_WRONLY | O_NONBLOCK | O_NOFOLLOW);
    if (!fifo && errno == ENXIO)
        throw Error("exec fifo: container init does not wait for start (it has died)");
    if (!fifo) throw Error::from_errno(errno, "exec fifo: open");
    sys::write_all(fifo, "0", "exec fifo");
    sys::try_unlink_at(dir_, kExecFifo);
    return fifo;
}

void StateDir::wait_until_taken(const sys::UniqueFd& exec_fifo) {
    // Init reads the byte and closes its end, or it dies and the kernel closes it: either way no reader is left, and
    // the byte tells which it was.
    std::vector<sys::PollEntry> no_reader{{exec_fifo.get(), 0, 0}};
    sys::wait_ready(no_reader, std::nullopt);
    if (sys::unread_bytes(exec_fifo) != 0)
        throw Error("container init was killed before it could be started");
}

void StateDir::remove() {
    sys::remove_tree(path_);
}

}  // namespace runcxx::container
