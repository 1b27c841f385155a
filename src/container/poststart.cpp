// SPDX-License-Identifier: Apache-2.0
#include "container/poststart.h"

#include "base/error.h"
#include "base/log.h"
#include "container/destroy.h"
#include "container/hook_output.h"
#include "hooks/run_hooks.h"
#include "sys/exec.h"

namespace runcxx::container {

void run_poststart_hooks(Handle& container) {
    const auto& facts = *container.facts();
    if (facts.hooks.poststart.empty()) return;
    try {
        const auto output = HookOutput::open(facts.annotations, facts.bundle);
        hooks::HookContext context{.working_dir = {}, .default_env = sys::own_environment()};
        output.attach(context);
        hooks::run_hooks(facts.hooks.poststart, "poststart",
                         hook_state(facts, "running", container.state()->init_process_pid), context);
    } catch (const Error&) {
        kill_everything(container);
        throw;
    }
}

}  // namespace runcxx::container
