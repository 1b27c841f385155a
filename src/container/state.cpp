// SPDX-License-Identifier: Apache-2.0
#include "container/state.h"

#include "base/error.h"
#include "container/handle.h"

namespace runcxx::container {

oci::RuntimeState state(const Handle& container) {
    const auto* facts = container.facts();
    // A directory without any record is the remainder of a command that was killed before it did anything.
    if (facts == nullptr && !container.dir().is_locked_by_other())
        throw Error(Error::Kind::ContainerNotFound, "container does not exist");
    oci::RuntimeState out;
    out.id = container.dir().id();
    const auto status = container.status();
    out.status = to_string(status);
    if (status != Status::Stopped && status != Status::Creating)
        out.pid = container.state()->init_process_pid;
    if (facts != nullptr) {
        out.bundle = facts->bundle;
        out.rootfs = facts->rootfs;
        out.created = facts->created;
        out.annotations = facts->annotations;
    }
    return out;
}

oci::RuntimeState state(const HostPath& root, const std::string& id) {
    const Surroundings surroundings;
    return state(Handle::load_summary(StateDir::open(root, id), surroundings));
}

}  // namespace runcxx::container
