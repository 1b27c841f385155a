// SPDX-License-Identifier: Apache-2.0
// The five capability sets of the container's process (capabilities(7)).
// Runs in: init. Needs CAP_SETPCAP for drop_bounding_set; apply_capabilities comes after the change of user.
#pragma once

#include <cstdint>
#include <string>

#include "config/container.h"

namespace runcxx::process {

// Drops everything that is not in sets.bounding; one call per dropped capability. Without CAP_SETPCAP the
// bounding set stays as it is, and a warning says so.
void drop_bounding_set(const config::CapabilitySets& sets);

// Effective, permitted and inheritable in one capset(2), then ambient one by one: an ambient capability that
// cannot be raised is a warning, "can't raise ambient capability CAP_X: ...". Errors: "unable to apply caps:
// ...".
void apply_capabilities(const config::CapabilitySets& sets);

// "CAP_CHOWN" for 0, ...; "CAP_41" for numbers without a name.
std::string capability_name(unsigned number);

}  // namespace runcxx::process
