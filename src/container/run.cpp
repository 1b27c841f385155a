// SPDX-License-Identifier: Apache-2.0
#include "container/run.h"

#include "base/error.h"
#include "container/bring_up.h"
#include "container/outside.h"
#include "container/poststart.h"
#include "container/run_plan.h"

namespace runcxx::container {

int run(const CreateOptions& options) {
    auto plan = make_plan(options, options.detach);
    sys::SignalFd signals;
    become_subreaper(options);
    return run_plan(plan, signals, [&](InitIo io) {
        auto running = bring_up(plan, std::move(io), /*wait_for_start=*/false, signals);
        try {
            run_poststart_hooks(running.container);
        } catch (const Error&) {
            take_down(running);
            throw;
        }
        return running;
    });
}

}  // namespace runcxx::container
