// SPDX-License-Identifier: Apache-2.0
// The files that the annotations run.oci.hooks.stdout and .stderr want the output of hooks in.
// Runs in: runtime.
#pragma once

#include <string>

#include "config/container.h"
#include "hooks/run_hooks.h"
#include "oci/spec.h"
#include "sys/unique_fd.h"

namespace runcxx::container {

struct HookOutput {
    sys::UniqueFd out, err;  // empty: the output goes into the error text of a hook that fails

    // Opens them for appending, made with mode 0600; relative ones are in the bundle. Never waits for the reader of a
    // fifo. Errors: "open FILE: ...".
    static HookOutput open(const config::Extensions& extensions, const std::string& bundle);
    // The same of a container whose annotations were good when it was made.
    static HookOutput open(const oci::StringMap& annotations, const std::string& bundle);

    void attach(hooks::HookContext& context) const;
};

}  // namespace runcxx::container
