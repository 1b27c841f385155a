// SPDX-License-Identifier: Apache-2.0
// The rules of linux.intelRdt.
// Runs in: runtime.
#pragma once

#include "host/facts.h"
#include "oci/spec.h"

namespace runcxx::config {

// Errors: resctrl is not mounted, closID is no name of a group ("/" is the default group), or a schema is for
// what this machine cannot allocate.
void check_intel_rdt(const oci::IntelRdt& asked, const host::Resctrl& resctrl);

}  // namespace runcxx::config
