// SPDX-License-Identifier: Apache-2.0
#include "support/shared_pids.h"

#include <signal.h>

namespace runcxx::tests {

std::string run_sharing_pids(Sandbox& sandbox, int children) {
    sandbox.expect_orphans();
    Bundle& b = sandbox.bundle().share_host_pids();
    b.sh("i=0; while [ $i -lt " + std::to_string(children) +
         " ]; do sleep 1000 & i=$((i+1)); done; echo started; wait");
    std::string c = sandbox.run_detached(b);
    REQUIRE(wait_until([&] { return sandbox.output(c) == "started\n"; }));
    return c;
}

void end_init(Sandbox& sandbox, const std::string& id) {
    ::kill(sandbox.init_pid(id), SIGKILL);
    REQUIRE(wait_until([&] {
        sandbox.reap();
        return sandbox.status(id) == "stopped";
    }));
}

bool all_have_ended(Sandbox& sandbox) {
    return wait_until([&] {
        sandbox.reap();
        return HostSnapshot::take().children.empty();
    });
}

}  // namespace runcxx::tests
