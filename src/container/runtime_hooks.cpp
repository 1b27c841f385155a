// SPDX-License-Identifier: Apache-2.0
#include "container/runtime_hooks.h"

#include "container/destroy.h"
#include "hooks/run_hooks.h"
#include "launch/init_process.h"
#include "sys/exec.h"

namespace runcxx::container {

void run_runtime_hooks(const config::Container& config, const Intent& facts, pid_t init,
                       const HookOutput& output, sys::SignalFd& signals) {
    const auto state = hook_state(facts, "creating", init);
    hooks::HookContext context{
        .working_dir = HostPath(config.bundle),
        .default_env = sys::own_environment(),
        .interruption = &signals.fd(),
        .check_interruption = [&signals] { launch::throw_if_interrupted(signals); },
    };
    output.attach(context);
    hooks::run_hooks(config.hooks.prestart, "prestart", state, context);
    hooks::run_hooks(config.hooks.create_runtime, "createRuntime", state, context);
}

}  // namespace runcxx::container
