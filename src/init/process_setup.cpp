// SPDX-License-Identifier: Apache-2.0
#include "init/process_setup.h"

#include <fcntl.h>

#include "base/step.h"
#include "init/console.h"
#include "process/capabilities.h"
#include "process/environment.h"
#include "process/executable.h"
#include "process/lsm_labels.h"
#include "process/privileges.h"
#include "process/scheduling.h"
#include "process/session_keyring.h"
#include "process/user.h"
#include "seccomp/install.h"
#include "sys/child_process.h"
#include "sys/exec.h"
#include "sys/file.h"
#include "sys/mount.h"
#include "sys/socket.h"

namespace runcxx::init {
namespace {

void send_own_pidfd(const sys::UniqueFd& socket, bool for_exec) {
    const auto pidfd = sys::try_open_pidfd(sys::own_pid());
    if (!pidfd) throw Error::from_errno(errno, "pidfd_open of init");
    sys::send_packet(socket, for_exec ? "setns" : "standard", {pidfd.get()});
}

// Without a mount namespace there is none to join that would bring the root with it.
void change_root(const std::string& rootfs) {
    sys::chroot_into(sys::open_file(HostPath(rootfs), O_PATH | O_DIRECTORY | O_NOFOLLOW));
}

// With a listener only write, read and close may be needed until the runtime has the fd: the filter may
// already hold back everything else (seccomp::check refuses SCMP_ACT_NOTIFY for write).
void install_seccomp(const config::SeccompProgram& program, sync::Channel& channel) {
    auto listener = seccomp::install(program);
    if (!listener) return;
    channel.send_by_write(sync::SeccompListener{listener.get()});
    channel.expect_by_read<sync::ListenerTaken>();
}

}  // namespace

void join_keyring(const config::Init& configuration) {
    const auto& setup = configuration.process;
    if (setup.keyring_name.empty()) return;
    auto search = process::KeyringSearch::Unchanged;
    if (configuration.container)
        search = configuration.container->has_user_namespace ? process::KeyringSearch::Others
                                                             : process::KeyringSearch::Owner;
    if (!setup.selinux_label.empty()) process::label_new_keys(setup.selinux_label);
    process::join_session_keyring(setup.keyring_name, search);
    if (!setup.selinux_label.empty()) process::label_new_keys("");
}

std::string set_up_process(config::Init& configuration, Inherited& inherited) {
    auto& setup = configuration.process;
    const bool for_exec = !configuration.container.has_value();

    if (!setup.chroot.empty()) step("enter rootfs", [&] { change_root(setup.chroot); });
    if (for_exec && setup.terminal)
        step("set up terminal", [&] { set_up_console(setup, inherited.console_socket, false); });
    if (inherited.pidfd_socket) step("send pidfd", [&] { send_own_pidfd(inherited.pidfd_socket, for_exec); });
    if (setup.umask) process::set_umask(*setup.umask);
    step("apply AppArmor profile", [&] { process::apply_apparmor(setup.apparmor_profile); });
    const process::ParentDeathSignal parent_death_signal;
    if (setup.no_new_privileges) process::set_no_new_privileges();
    if (setup.scheduler) step("set scheduler", [&] { process::set_scheduler(*setup.scheduler); });
    if (setup.io_priority) step("set I/O priority", [&] { process::set_io_priority(*setup.io_priority); });
    if (setup.personality) step("set personality", [&] { process::set_personality(*setup.personality); });
    if (setup.memory_policy)
        step("set memory policy", [&] { process::set_memory_policy(*setup.memory_policy); });

    // The runtime sets limits and rlimits, and records the container, before anything of the image can run.
    inherited.channel.send(sync::ProcessReady{});
    auto run = inherited.channel.expect<sync::Run>();
    // What waits for `start` can be stopped, as in runc. Not later: a filter need not permit sigaction(2).
    if (configuration.wait_for_start) sys::end_on_termination_signals();

    process::apply_selinux(setup.selinux_label);
    // Before a filter, which need not permit what this takes.
    const bool in_working_dir =
        step("enter working directory", [&] { return process::try_enter_working_dir(setup.cwd); });
    // Without no_new_privs a filter needs CAP_SYS_ADMIN, which the change of user takes away.
    if (run.seccomp && !setup.no_new_privileges) {
        install_seccomp(*run.seccomp, inherited.channel);
        run.seccomp.reset();
    }
    step("prepare environment", [&] { process::prepare_environment(setup); });
    if (setup.capabilities)
        step("drop bounding set", [&] { process::drop_bounding_set(*setup.capabilities); });
    step("change user", [&] { process::change_user(setup, in_working_dir); });
    parent_death_signal.restore();
    auto executable = process::find_executable(setup.args.front(), setup.env);
    // Last, so that the filter need not permit what we did above.
    if (run.seccomp) install_seccomp(*run.seccomp, inherited.channel);
    return executable;
}

}  // namespace runcxx::init
