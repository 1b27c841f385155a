// SPDX-License-Identifier: Apache-2.0
// What one controller does with the resources of a spec. One file per controller under v1/ and v2/, one row
// in v1/table.cpp or v2/table.cpp. Runs in: runtime.
#pragma once

#include <span>
#include <string_view>

#include "cgroups/directory.h"
#include "oci/spec.h"

namespace runcxx::cgroups {

struct Situation {
    bool is_new = false;             // made by this process: files hold the kernel's defaults
    bool in_user_namespace = false;  // device rules cannot be written
    bool skip_devices = false;
    const sys::UniqueFd* device_program = nullptr;  // v2: loaded, to be attached; nullptr: none is to be
    // An update: what was applied before, for files whose value is made of two resources. nullptr: nothing.
    const oci::Resources* in_force = nullptr;
};

struct Controller {
    std::string_view name;
    // Does anything of `resources` belong to this controller? nullptr: only joined, never written to.
    bool (*wants)(const oci::Resources& resources) = nullptr;
    // Called only if wanted. Throws at the first file that refuses.
    void (*apply)(const Directory& directory, const oci::Resources& resources,
                  const Situation& situation) = nullptr;
    // v2: cannot be used in threaded mode (cgroups(7)), as runc counts them.
    bool is_domain = false;
};

// In the order in which files are written and, on v1, hierarchies are joined.
std::span<const Controller* const> v1_controllers();
std::span<const Controller* const> v2_controllers();

}  // namespace runcxx::cgroups
