// SPDX-License-Identifier: Apache-2.0
#include "container/matching.h"

#include <vector>

#include <fmt/core.h>

#include "base/error.h"
#include "base/log.h"
#include "base/pattern.h"
#include "base/text.h"
#include "container/list.h"

namespace runcxx::container {
namespace {

bool has_nothing_to_do(const Error& error) {
    return error.kind() == Error::Kind::ContainerNotFound || error.kind() == Error::Kind::NotRunning;
}

}  // namespace

void for_each_matching(const HostPath& root, bool root_is_default, const std::string& regex,
                       std::string_view verb, const std::function<void(const std::string& id)>& action) {
    const Pattern pattern(regex);
    std::size_t count = 0;
    std::vector<std::string> failed;
    for (const auto& id : ids(root, root_is_default)) {
        if (!pattern.matches(id)) continue;
        ++count;
        try {
            action(id);
        } catch (const Error& error) {
            if (has_nothing_to_do(error)) continue;
            log::warning("{} {}: {}", verb, id, error.message());
            failed.push_back(id);
        }
    }
    if (!failed.empty())
        throw Error(fmt::format("cannot {} {} of {} matching containers: {}", verb, failed.size(), count,
                                join(failed, ", ")));
}

}  // namespace runcxx::container
