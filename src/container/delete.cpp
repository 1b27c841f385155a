// SPDX-License-Identifier: Apache-2.0
#include "container/delete.h"

#include <optional>

#include <fmt/core.h>

#include "base/error.h"
#include "container/destroy.h"
#include "container/handle.h"

namespace runcxx::container {
namespace {

// A directory that was made but never used: its creator was killed before it wrote down what it was about to
// do.
bool is_empty_remainder(const Handle& container) {
    return container.facts() == nullptr;
}

}  // namespace

void remove(const HostPath& root, const std::string& id, bool force) {
    std::optional<Handle> container;
    try {
        container = Handle::load_locked(root, id);
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
