// SPDX-License-Identifier: Apache-2.0
#include "init/container_setup.h"

#include "base/step.h"
#include "hooks/run_hooks.h"
#include "init/console.h"
#include "init/hook_state.h"
#include "network/loopback.h"
#include "rootfs/rootfs.h"
#include "sys/hostname.h"

namespace runcxx::init {
namespace {

// The runtime opens sources that we may not reach, or cannot clone, from inside our user namespace.
rootfs::SourceOpener source_opener(sync::Channel& channel) {
    return [&channel](std::size_t index) {
        channel.send(sync::MountPlease{static_cast<std::uint32_t>(index)});
        std::vector<sys::UniqueFd> fds;
        channel.expect<sync::MountSource>(&fds);
        if (fds.size() != 1) throw Error("the runtime sent no mount source");
        return std::move(fds.front());
    };
}

void let_runtime_have_its_turn(sync::Channel& channel) {
    channel.send(sync::RootfsReady{});
    channel.expect<sync::HooksDone>();
}

void run_create_container_hooks(const config::Init& configuration, Inherited& inherited) {
    const auto& setup = *configuration.container;
    hooks::HookContext context{.working_dir = HostPath(setup.rootfs),
                               .default_env = {},
                               .out = inherited.hook_out_or_null(),
                               .err = inherited.hook_err_or_null()};
    // The runtime says nothing meanwhile: what can be read is the end of the channel, and so its own.
    context.interruption = &inherited.channel.fd();
    context.check_interruption = [] { throw Error("the runtime process has gone away"); };
    hooks::run_hooks(setup.create_container_hooks, "createContainer", hook_state(configuration, "creating"),
                     context);
}

}  // namespace

void set_up_container(const config::Init& configuration, Inherited& inherited) {
    const auto& setup = *configuration.container;
    const auto& process = configuration.process;

    if (setup.bring_up_loopback) step("bring up loopback", [] { network::bring_up_loopback(); });

    auto root = step("prepare rootfs", [&] { return rootfs::prepare_root(setup); });
    {
        // Its errors begin with "error mounting", which callers of runc look for behind its prefixes.
        const StepTimer timer("mount file systems");
        rootfs::mount_filesystems(root, setup, source_opener(inherited.channel));
    }
    step("create devices", [&] { rootfs::create_devices(root, setup); });
    // The rootfs is complete, and host paths can still be seen: the one moment for hooks that need both.
    if (setup.stops_before_pivot)
        step("wait for the runtime", [&] { let_runtime_have_its_turn(inherited.channel); });
    if (!setup.create_container_hooks.empty()) run_create_container_hooks(configuration, inherited);
    step("enter rootfs", [&] { rootfs::enter_root(std::move(root), setup); });

    // From here on every path is the container's own; nothing of the host can be named any more.
    step("make working directory", [&] { rootfs::make_working_dir(process.cwd); });
    if (process.terminal)
        step("set up terminal", [&] { set_up_console(process, inherited.console_socket, true); });
    step("finish mounts", [&] { rootfs::finish_mounts(setup); });
    if (!setup.hostname.empty()) step("set hostname", [&] { sys::set_hostname(setup.hostname); });
    if (!setup.domainname.empty()) step("set domainname", [&] { sys::set_domainname(setup.domainname); });
    step("write sysctls", [&] { rootfs::write_sysctls(setup); });
    step("restrict paths", [&] { rootfs::restrict_paths(setup); });
}

}  // namespace runcxx::init
