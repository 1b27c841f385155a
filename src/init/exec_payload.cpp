// SPDX-License-Identifier: Apache-2.0
// The exec fifo. The runtime made <state>/exec.fifo and gave us a handle that is open for reading and
// writing, so no path and no /proc is needed here, and a read blocks until `start` opens the fifo by its name
// and writes one byte. (runc's init opens the fifo for writing instead and the starter reads; only runtimes
// of one kind ever meet at it.)
#include "init/exec_payload.h"

#include "base/log.h"
#include "base/step.h"
#include "hooks/run_hooks.h"
#include "init/hook_state.h"
#include "process/exec_failure.h"
#include "sys/exec.h"
#include "sys/file.h"

namespace runcxx::init {
namespace {

void wait_for_start(Inherited& inherited) {
    // End of file on these is how the runtime learns that we are here.
    inherited.channel.close();
    inherited.init_pipe.reset();
    inherited.log_pipe.reset();
    log::configure({.fd = -1, .format = log::Format::Json, .level = log::Level::Panic});
    sys::read_available(inherited.exec_fifo);
    inherited.exec_fifo.reset();
}

}  // namespace

void exec_payload(const config::Init& configuration, Inherited& inherited, const std::string& executable) {
    const auto& process = configuration.process;
    log::debug("{}", configuration.container ? "init: closing the pipe to signal completion"
                                             : "setns_init: about to exec");
    if (configuration.wait_for_start) wait_for_start(inherited);
    if (!process.start_container_hooks.empty())
        hooks::run_hooks(process.start_container_hooks, "startContainer",
                         hook_state(configuration, "created"),
                         {.working_dir = {},
                          .default_env = process.env,
                          .out = inherited.hook_out_or_null(),
                          .err = inherited.hook_err_or_null()});
    // Closed, not left to CLOEXEC: execve could be held up by the filter while they are open
    // (CVE-2024-21626). The channel stays until the program runs, so that its end of file means just that; and the
    // log pipe with it, so that the runtime wakes up once for both.
    sys::close_all_but(static_cast<int>(3 + process.preserved_fds),
                       {inherited.channel.fd().get(), inherited.log_pipe.get()});
    const int error = sys::try_execute(executable, process.args, process.env);
    throw Error(Error::Kind::Failure, process::explain_exec_failure(executable, error), error);
}

}  // namespace runcxx::init
