// SPDX-License-Identifier: Apache-2.0
#include "cgroups/v1/inherit_cpuset.h"

#include "base/paths.h"
#include "base/text.h"

namespace runcxx::cgroups::v1 {
namespace {

constexpr auto kCpus = "cpuset.cpus";
constexpr auto kMems = "cpuset.mems";

// The value of a file of `path`, after it was copied down from the first ancestor that has one.
std::string inherited(const Root& root, const Directory& directory, const std::string& name) {
    const auto text = directory.try_read(name);
    if (!text) return {};  // above the mount point
    auto value = std::string(trim(*text));
    if (!value.empty()) return value;
    value = inherited(root, root.try_open(dir_name(directory.path())), name);
    if (!value.empty()) directory.write(name, value);
    return value;
}

}  // namespace

void fill_cpuset(const Root& root, const Directory& directory, const std::string& cpus,
                 const std::string& mems, bool is_new) {
    const bool has_cpus = cpus.empty() && !is_new && !trim(directory.read(kCpus)).empty();
    const bool has_mems = mems.empty() && !is_new && !trim(directory.read(kMems)).empty();
    if (has_cpus && has_mems) return;
    // The parent has to have a set that this one can be a part of, so it is filled even if only `cpus` is wanted.
    const auto parent = root.try_open(dir_name(directory.path()));
    const auto fill = [&](const char* name, const std::string& wanted, bool is_filled) {
        if (is_filled) return;
        const auto above = inherited(root, parent, name);
        const auto& value = wanted.empty() ? above : wanted;
        if (!value.empty()) directory.write(name, value);
    };
    fill(kCpus, cpus, has_cpus);
    fill(kMems, mems, has_mems);
}

}  // namespace runcxx::cgroups::v1
