// SPDX-License-Identifier: Apache-2.0
#include "cli/global_options.h"

#include <fcntl.h>

#include <fmt/core.h>

#include "base/error.h"
#include "base/numbers.h"
#include "base/text.h"
#include "host/facts.h"
#include "sys/credentials.h"
#include "sys/environment.h"
#include "sys/file.h"
#include "sys/standard_streams.h"

namespace runcxx::cli {
namespace {

constexpr Option kOptions[] = {
    {.name = "debug", .kind = OptionKind::Flag, .summary = "log every step: --log-level debug"},
    {.name = "log",
     .value = "[file:]FILE|journald:ID|syslog:ID",
     .summary = "append the log to FILE, or send it to a log service as ID, instead of writing it to stderr"},
    {.name = "log-level",
     .value = "error|warning|info|debug|trace",
     .summary = "log what is at least as important",
     .fallback = "info"},
    {.name = "log-format", .value = "text|json", .summary = "format of the log", .fallback = "text"},
    {.name = "root",
     .value = "DIR",
     .summary = "where the state of containers is kept; best on a tmpfs "
                "(default: /run/runcxx, or $XDG_RUNTIME_DIR/runcxx without privileges)"},
    {.name = "systemd-cgroup",
     .kind = OptionKind::Flag,
     .summary = "let systemd make the cgroups; linux.cgroupsPath is then \"slice:prefix:name\""},
    {.name = "cgroup-manager",
     .value = "cgroupfs|systemd|disabled",
     .summary = "who makes cgroups; systemd is --systemd-cgroup, disabled is no cgroup and no limits"},
    {.name = "rootless",
     .value = "true|false|auto",
     .summary = "go on without permission to use cgroups",
     .fallback = "auto"},
    // Retired by runc in 1.2; older shims still send it.
    {.name = "criu", .value = "FILE", .summary = "(ignored)", .hidden = true},
};

}  // namespace

std::span<const Option> global_options() {
    return kOptions;
}

std::optional<bool> GlobalOptions::rootless_cgroups() const {
    if (rootless.empty() || rootless == "auto") return std::nullopt;
    const auto value = parse_bool(rootless);
    if (!value)
        throw Error(Error::Kind::InvalidConfig,
                    fmt::format("strconv.ParseBool: parsing {}: invalid syntax", quoted(rootless)));
    return value;
}

void GlobalOptions::check_cgroup_manager() const {
    if (cgroup_manager != kCgroupfsManager && cgroup_manager != kSystemdManager &&
        cgroup_manager != kDisabledManager)
        throw Error(Error::Kind::InvalidConfig, fmt::format("invalid cgroup-manager: {}", cgroup_manager));
}

GlobalOptions read_global_options(const CommandLine& line) {
    GlobalOptions options;
    for (const auto& [option, value] : line.globals) {
        if (option->name == "debug") options.log_level = value == "true" ? "debug" : "info";
        if (option->name == "log-level") options.log_level = value;
        if (option->name == "log") options.log = value;
        if (option->name == "log-format") options.log_format = value;
        if (option->name == "root") options.root_argument = value;
        if (option->name == "systemd-cgroup")
            options.cgroup_manager = value == "true" ? kSystemdManager : kCgroupfsManager;
        if (option->name == "cgroup-manager") options.cgroup_manager = value;
        if (option->name == "rootless") options.rootless = value;
        if (option->name == "criu") options.criu = true;
    }
    return options;
}

DefaultRoot default_root(const RootFacts& facts) {
    // Root in a user namespace that calls itself root is taken for the owner of a whole system.
    const bool unprivileged =
        !facts.is_root || (facts.in_user_namespace && facts.user.value_or("") != "root");
    if (unprivileged && !facts.xdg_runtime_dir.value_or("").empty())
        return {HostPath(*facts.xdg_runtime_dir) / "runcxx", true};
    return {HostPath("/run/runcxx"), false};
}

void settle_root(GlobalOptions& options) {
    if (options.root_argument) {
        const auto& given = *options.root_argument;
        options.root =
            HostPath(given.starts_with('/') ? clean_path(given) : join_path(sys::current_dir(), given));
        if (options.root.str() == "/")
            throw Error(Error::Kind::InvalidConfig, "Option --root argument should not be set to /");
        return;
    }
    RootFacts facts;
    facts.xdg_runtime_dir = sys::environment_variable("XDG_RUNTIME_DIR");
    if (facts.xdg_runtime_dir) {
        facts.user = sys::environment_variable("USER");
        facts.is_root = sys::effective_uid() == 0;
        if (facts.is_root) facts.in_user_namespace = host::in_user_namespace();
    }
    const auto root = default_root(facts);
    options.root = root.path;
    if (!root.from_xdg) return;
    std::string_view hint = "the path in $XDG_RUNTIME_DIR must be writable by the user\n";
    try {
        sys::make_dirs(root.path, 0700);
        hint = "you should check permission of the path in $XDG_RUNTIME_DIR\n";
        sys::chmod_fd(sys::open_file(root.path, O_RDONLY | O_DIRECTORY), 01700, root.path.str());
    } catch (const Error&) {
        sys::write_to_stderr(hint);
        throw;
    }
}

}  // namespace runcxx::cli
