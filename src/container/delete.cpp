// SPDX-License-Identifier: Apache-2.0
#include "container/delete.h"

#include <optional>

#include <fmt/core.h>

#include "base/error.h"
#include "base/log.h"
#include "container/destroy.h"
#include "container/handle.h"

namespace runcxx::container {
namespace {

// With --force the record of intent is enough to undo everything, whatever has become of state.json. Without an intent
// the directory is not ours to judge: another runtime may have made it.
Handle load(const HostPath& root, const std::string& id, bool force) {
    auto dir = StateDir::open(root, id);
    dir.lock();
    std::optional<State> state;
    bool is_damaged = false;
    try {
        state = dir.read_state();
    } catch (const Error& error) {
        if (!force || !dir.read_intent()) throw;
        log::warning("{}: going by the record of intent", error.message());
        is_damaged = true;
    }
    auto intent = state ? std::nullopt : dir.read_intent();
    Handle container{std::move(dir), std::move(intent), std::move(state), current_boot_id()};
    if (is_damaged && !container.cgroup().exists())
        log::warning(
            "container {} has no cgroup: if processes of it are left, they cannot be found and live on", id);
    return container;
}

// A directory that was made but never used: its creator was killed before it wrote down what it was about to
// do.
bool is_empty_remainder(const Handle& container) {
    return container.facts() == nullptr;
}

}  // namespace

void remove(const HostPath& root, const std::string& id, bool force) {
    std::optional<Handle> container;
    try {
        container = load(root, id, force);
    } catch (const Error& error) {
        if (force && error.kind() == Error::Kind::ContainerNotFound) return;
        throw;
    }
    if (is_empty_remainder(*container)) {
        container->dir().remove();
        if (!force) throw Error(Error::Kind::ContainerNotFound, "container does not exist");
        return;
    }
    const auto status = container->status();
    if (!force && !can_delete(status))
        throw Error(fmt::format("cannot delete container {} that is not stopped: {}", id, to_string(status)));
    destroy(*container);
}

}  // namespace runcxx::container
