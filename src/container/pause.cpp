// SPDX-License-Identifier: Apache-2.0
#include "container/pause.h"

#include "base/error.h"
#include "container/handle.h"
#include "launch/init_process.h"
#include "sys/poll.h"

namespace runcxx::container {

void pause(const HostPath& root, const std::string& id) {
    const auto container = Handle::load_locked(root, id);
    if (!can_pause(container.status())) throw Error(Error::Kind::NotRunning, "container not running");
    // A signal must not end us half way.
    sys::SignalFd signals;
    container.cgroup().freeze({.fd = &signals.fd(), .check = [&] { launch::throw_if_interrupted(signals); }});
}

void resume(const HostPath& root, const std::string& id) {
    const auto container = Handle::load_locked(root, id);
    if (container.status() != Status::Paused) throw Error("container not paused");
    container.cgroup().thaw();
}

}  // namespace runcxx::container
