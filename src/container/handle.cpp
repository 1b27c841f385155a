// SPDX-License-Identifier: Apache-2.0
#include "container/handle.h"

#include "sys/child_process.h"
#include "sys/file.h"

namespace runcxx::container {

Handle Handle::load(const HostPath& root, const std::string& id) {
    return load(StateDir::open(root, id));
}

Handle Handle::load_locked(const HostPath& root, const std::string& id) {
    auto dir = StateDir::open(root, id);
    dir.lock();
    return load(std::move(dir));
}

Handle Handle::load(StateDir dir) {
    auto state = dir.read_state();
    auto intent = state ? std::nullopt : dir.read_intent();
    return {std::move(dir), std::move(intent), std::move(state), current_boot_id()};
}

Handle Handle::load_summary(StateDir dir, const Surroundings& surroundings) {
    auto state = dir.read_summary();
    auto intent = state ? std::nullopt : dir.read_intent();
    return {std::move(dir), std::move(intent), std::move(state), surroundings.boot_id, &surroundings.cgroups};
}

Handle::Handle(StateDir dir, std::optional<Intent> intent, std::optional<State> state,
               std::string_view boot_id, const cgroups::Mount* mount)
    : dir_(std::move(dir)), intent_(std::move(intent)), state_(std::move(state)) {
    const auto* known = facts();
    is_this_boot_ = known != nullptr && known->boot_id == boot_id;
    cgroups::Paths paths;
    if (is_this_boot_)
        paths = {.driver = known->cgroup_driver,
                 .by_controller = known->cgroup_paths,
                 .unit = known->systemd_unit,
                 .slice = known->systemd_slice};
    cgroup_ = cgroups::restore_manager(paths, known != nullptr && known->rootless_cgroup, mount);
}

const Intent* Handle::facts() const {
    if (state_) return &state_->intent;
    return intent_ ? &*intent_ : nullptr;
}

pid_t Handle::init_pid() const {
    return init_pidfd() ? state_->init_process_pid : 0;
}

sys::UniqueFd Handle::init_pidfd() const {
    if (!state_ || !is_this_boot_) return {};
    auto pidfd = sys::try_open_pidfd(state_->init_process_pid);
    // Checked after the pidfd is held: from then on the number cannot change hands unnoticed.
    return pidfd && is_live_init(pidfd) ? std::move(pidfd) : sys::UniqueFd();
}

bool Handle::is_live_init(const sys::UniqueFd& pidfd) const {
    if (state_->init_process_inode != 0)
        return sys::stat_fd(pidfd, "pidfd").st_ino == state_->init_process_inode && !sys::has_ended(pidfd);
    const auto stat = sys::try_process_stat(state_->init_process_pid);
    const bool same = stat && stat->start_time == state_->init_process_start;
    return same && stat->state != 'Z' && stat->state != 'X';
}

Status Handle::status(bool init_is_alive) const {
    Signs signs;
    signs.has_state = state_.has_value();
    if (signs.has_state) {
        signs.frozen = cgroup_->is_frozen();
        signs.init_alive = init_is_alive;
        signs.waits_for_start = signs.init_alive && dir_.has_exec_fifo();
    }
    return status_of(signs);
}

}  // namespace runcxx::container
