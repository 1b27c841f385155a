// SPDX-License-Identifier: Apache-2.0
#include "container/start.h"

#include <fmt/core.h>

#include "base/error.h"
#include "container/destroy.h"
#include "container/handle.h"
#include "container/poststart.h"
#include "notify/notify_proxy.h"
#include "sys/environment.h"
#include "sys/file.h"

namespace runcxx::container {
namespace {

void check_startable(Status status) {
    switch (status) {
        case Status::Created:
            return;
        case Status::Running:
            throw Error("cannot start an already running container");
        case Status::Stopped:
            throw Error("cannot start a container that has stopped");
        case Status::Creating:
        case Status::Paused:
            break;
    }
    throw Error(fmt::format("cannot start a container in the {} state", to_string(status)));
}

// The directory is there when `create` was told of a NOTIFY_SOCKET, and mounted it into the container.
std::optional<notify::NotifyProxy> bind_notify(const Handle& container) {
    const auto host_socket = sys::environment_variable("NOTIFY_SOCKET");
    if (!host_socket || !sys::exists(container.dir().path() / notify::kDirectoryName)) return std::nullopt;
    return notify::NotifyProxy::bind(container.dir().path(), *host_socket);
}

}  // namespace

void start(const HostPath& root, const std::string& id) {
    auto container = Handle::load_locked(root, id);
    const auto pidfd = container.init_pidfd();
    check_startable(container.status(pidfd.is_open()));
    auto notify = bind_notify(container);
    const auto fifo = container.dir().release_exec_fifo();
    // Nothing below may keep others from killing or deleting a container whose init does not move.
    container.dir().unlock();
    StateDir::wait_until_taken(fifo);
    run_poststart_hooks(container);
    if (notify) notify->wait(pidfd, container.state()->init_process_pid);
}

}  // namespace runcxx::container
