// SPDX-License-Identifier: Apache-2.0
#include "init/init.h"

#include <fmt/core.h>

#include "base/log.h"
#include "base/step.h"
#include "init/container_setup.h"
#include "init/exec_payload.h"
#include "init/inherited.h"
#include "init/process_setup.h"
#include "sys/unique_fd.h"

namespace runcxx::init {
namespace {

// What init exits with when it cannot become the container's program; callers of runc know it.
constexpr int kExitFailure = 255;

void log_to_runtime(const Inherited& inherited, const config::Init& configuration) {
    if (!inherited.log_pipe) return;
    log::configure({.fd = inherited.log_pipe.get(),
                    .format = log::Format::Json,
                    .level = static_cast<log::Level>(configuration.log_level)});
}

void become_the_container(Inherited& inherited) {
    auto configuration = sync::receive_configuration(inherited.init_pipe);
    log_to_runtime(inherited, configuration);
    log::debug("child process in init()");

    step("join session keyring", [&] { join_keyring(configuration); });
    if (configuration.container) set_up_container(configuration, inherited);
    const auto executable = set_up_process(configuration, inherited);
    exec_payload(configuration, inherited, executable);
}

// A failure has one receiver: the runtime while it listens, the container's stderr afterwards.
void report(const Error& error, Inherited& inherited) {
    const sync::Failure failure{error.kind(), error.code(), error.message()};
    if (inherited.channel.is_open() && inherited.channel.try_send(failure)) return;
    sys::write_to_stderr(error.message() + "\n");
}

}  // namespace

int main() {
    Inherited inherited;
    try {
        inherited = take_over();
        become_the_container(inherited);
    } catch (const Error& error) {
        report(error, inherited);
    } catch (const std::exception& error) {
        report(Error(error.what()), inherited);
    }
    return kExitFailure;
}

}  // namespace runcxx::init
