// SPDX-License-Identifier: Apache-2.0
// The options of the program itself: their table, their values, and the rules of the root directory.
// Runs in: runtime.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/paths.h"
#include "cli/command_line.h"
#include "cli/option.h"

namespace runcxx::cli {

// Accepted before and behind the subcommand.
std::span<const Option> global_options();
inline constexpr Option kHelpOption{
    .name = "help", .alias = "h", .kind = OptionKind::Flag, .summary = "show help"};
// Before the subcommand only.
inline constexpr Option kVersionOption{
    .name = "version", .alias = "v", .kind = OptionKind::Flag, .summary = "print the version"};

inline constexpr std::string_view kCgroupfsManager = "cgroupfs";
inline constexpr std::string_view kSystemdManager = "systemd";
inline constexpr std::string_view kDisabledManager = "disabled";

// Where two options say the same thing, the last one wins.
struct GlobalOptions {
    std::string log_level = "info";  // also --debug
    std::string log;                 // as given; empty: stderr
    std::string log_format = "text";
    std::optional<std::string> root_argument;      // --root as given
    HostPath root;                                 // absolute; set by settle_root
    std::string cgroup_manager{kCgroupfsManager};  // also --systemd-cgroup
    std::string rootless = "auto";
    bool criu = false;  // --criu was given

    bool root_is_default() const { return !root_argument; }
    // nullopt: auto. Errors: neither "auto", empty, nor a boolean.
    std::optional<bool> rootless_cgroups() const;
    // Errors: "invalid cgroup-manager: X".
    void check_cgroup_manager() const;
};

// Values only, nothing is judged.
GlobalOptions read_global_options(const CommandLine& line);

// What the root directory is when --root is not given, from the environment: XDG_RUNTIME_DIR counts for those
// who are not the host's root. Pure part of settle_root.
struct RootFacts {
    std::optional<std::string> xdg_runtime_dir;
    std::optional<std::string> user;  // $USER
    bool is_root = true;              // effective uid 0
    bool in_user_namespace = false;
};
struct DefaultRoot {
    HostPath path;
    bool from_xdg = false;
};
DefaultRoot default_root(const RootFacts& facts);

// Fills `root`. A default below XDG_RUNTIME_DIR is made, mode 0700 and sticky so that it is not cleaned up.
// Errors: --root is the host's root directory; the default can't be made (a hint goes to stderr first).
void settle_root(GlobalOptions& options);

}  // namespace runcxx::cli
