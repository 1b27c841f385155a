// SPDX-License-Identifier: Apache-2.0
#include "container/list.h"

#include <algorithm>
#include <cerrno>

#include <fmt/core.h>

#include "container/handle.h"
#include "container/state.h"
#include "sys/file.h"

namespace runcxx::container {
std::vector<std::string> ids(const HostPath& root, bool root_is_default) {
    if (!sys::exists(root)) {
        if (root_is_default) return {};
        throw Error::from_errno(ENOENT, fmt::format("open {}", root.str()));
    }
    auto names = sys::list_subdirectories(root);
    std::ranges::sort(names);
    return names;
}

std::vector<Listed> list(const HostPath& root, bool root_is_default,
                         const std::function<void(const std::string& id, const Error&)>& on_error) {
    std::vector<Listed> containers;
    const Surroundings surroundings;
    for (const auto& id : ids(root, root_is_default)) {
        try {
            const auto container = Handle::load_summary(StateDir::open(root, id), surroundings);
            containers.push_back({state(container), container.dir().owner()});
        } catch (const Error& error) {
            on_error(id, error);
        }
    }
    return containers;
}

}  // namespace runcxx::container
