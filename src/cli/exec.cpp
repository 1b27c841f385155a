// SPDX-License-Identifier: Apache-2.0
#include "container/exec.h"

#include "base/step.h"
#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/create_options.h"
#include "cli/failure.h"
#include "cli/global_options.h"

namespace runcxx::cli {
namespace {

constexpr Option kOptions[] = {
    kConsoleSocket,
    kPidfdSocket,
    {.name = "cwd", .value = "DIR", .summary = "working directory in the container"},
    {.name = "env",
     .alias = "e",
     .kind = OptionKind::List,
     .value = "NAME=VALUE",
     .summary = "add an environment variable"},
    {.name = "tty", .alias = "t", .kind = OptionKind::Flag, .summary = "give the process a terminal"},
    {.name = "user", .alias = "u", .value = "UID[:GID]", .summary = "run as this user"},
    {.name = "additional-gids",
     .alias = "g",
     .kind = OptionKind::Numbers,
     .value = "GID",
     .summary = "add a supplementary group"},
    {.name = "process",
     .alias = "p",
     .value = "FILE",
     .summary = "read the process object from FILE instead"},
    kDetach,
    kPidFile,
    {.name = "process-label", .value = "LABEL", .summary = "SELinux label of the process"},
    {.name = "apparmor", .value = "PROFILE", .summary = "AppArmor profile of the process"},
    {.name = "no-new-privs", .kind = OptionKind::Flag, .summary = "set no_new_privs"},
    {.name = "cap", .alias = "c", .kind = OptionKind::List, .value = "CAP", .summary = "add a capability"},
    kPreserveFds,
    {.name = "cgroup",
     .kind = OptionKind::List,
     .value = "[CONTROLLERS:]PATH",
     .summary = "run in a cgroup below the container's"},
    {.name = "ignore-paused", .kind = OptionKind::Flag, .summary = "also in a paused container"},
};

// What callers tell an exec that failed from the program's own codes by; runc's.
constexpr int kExitFailure = 255;

config::ProcessOverrides to_overrides(const Arguments& arguments) {
    config::ProcessOverrides overrides;
    overrides.args = {arguments.words().begin() + 1, arguments.words().end()};
    overrides.cwd = arguments.text("cwd");
    overrides.env = arguments.list("env");
    overrides.user = arguments.text("user");
    overrides.additional_gids = arguments.numbers("additional-gids");
    overrides.capabilities = arguments.list("cap");
    overrides.selinux_label = arguments.text("process-label");
    overrides.apparmor_profile = arguments.text("apparmor");
    overrides.terminal = arguments.flag("tty");
    if (arguments.is_given("no-new-privs")) overrides.no_new_privileges = arguments.flag("no-new-privs");
    return overrides;
}

container::ExecOptions to_exec_options(const Invocation& invocation) {
    const auto& arguments = invocation.arguments;
    container::ExecOptions options;
    options.id = arguments.id();
    options.root = invocation.globals.root;
    options.process_file = arguments.text("process");
    options.overrides = to_overrides(arguments);
    options.cgroups = arguments.list("cgroup");
    options.console_socket = arguments.text("console-socket");
    options.pidfd_socket = arguments.text("pidfd-socket");
    options.pid_file = arguments.text("pid-file");
    options.detach = arguments.flag("detach");
    options.ignore_paused = arguments.flag("ignore-paused");
    options.preserve_fds = preserved_fds(invocation, 0);
    return options;
}

int run_exec(const Invocation& invocation) {
    try {
        return step("exec failed", [&] { return container::exec(to_exec_options(invocation)); });
    } catch (const Error& error) {
        report_failure(error);
        return kExitFailure;
    }
}

}  // namespace

const Command kExec{
    .name = "exec",
    .summary = "run another process in a container",
    .usage = "<container-id> <command> [command options] || --process FILE <container-id>",
    .description =
        "The process is that of the bundle's config.json with the command and the options put in, or the\n"
        "one of FILE, with which the other options that shape a process, and the command, mean nothing.\n"
        "Without --detach it is waited for, and its exit status is ours; 255 is also a failure of exec\n"
        "itself, which is then said on stderr.",
    .min_arguments = 1,
    .max_arguments = kUnlimited,
    .options_end_at_argument = true,
    .options = kOptions,
    .run = run_exec,
};

}  // namespace runcxx::cli
