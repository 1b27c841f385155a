// SPDX-License-Identifier: Apache-2.0
// Runs OCI hooks (runtime-spec, POSIX-platform Hooks): one after the other, each with the container's state
// on stdin. Runs in: either; inside the container too, where pid 1 waits for its own hook only. Must not: log
// a hook's environment or input.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/paths.h"
#include "oci/spec.h"
#include "sys/unique_fd.h"

namespace runcxx::hooks {

struct HookContext {
    // Directory the hook starts in; empty: the caller's current one.
    HostPath working_dir;
    // The environment of a hook that has none of its own: what runc does for its kinds differs. Runtime-side
    // hooks: the runtime's own (sys::own_environment()); createContainer: empty; startContainer: the
    // process's.
    std::vector<std::string> default_env;
    // Readable when the caller may want to give up: then `check_interruption` is called, and its exception ends the
    // running hook and travels on.
    const sys::UniqueFd* interruption = nullptr;
    std::function<void()> check_interruption;
    // Where the hook's output goes instead of into the error text; null: there.
    const sys::UniqueFd* out = nullptr;
    const sys::UniqueFd* err = nullptr;
};

// Stops at the first failure. Errors: "error running <kind> hook #<n>: ", n from 0, and
//   exit status 3, stdout: ..., stderr: ...        (or "signal: killed, ...")
//   hook ran past specified timeout of 1.0s        (its whole process group was killed)
//   fork/exec <path>: no such file or directory
// Output beyond 64 KiB per stream is read and thrown away. A hook that has ended while a child of it keeps
// the output open is over.
void run_hooks(std::span<const oci::Hook> hooks, std::string_view kind, std::string_view state_json,
               const HookContext& context);

}  // namespace runcxx::hooks
