// SPDX-License-Identifier: Apache-2.0
// The command line of `exec` as rules: what its options make of the process object of config.json, and which
// cgroups below the container's they name.
// Runs in: runtime. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "oci/spec.h"

namespace runcxx::config {

// Empty and absent members leave the process object as it is.
struct ProcessOverrides {
    std::vector<std::string> args;  // the command; exec needs one
    std::string cwd;
    std::vector<std::string> env;               // appended
    std::string user;                           // "uid" or "uid:gid"
    std::vector<std::int64_t> additional_gids;  // appended
    std::vector<std::string> capabilities;      // added
    std::string selinux_label;
    std::string apparmor_profile;
    std::optional<bool> no_new_privileges;
    bool terminal = false;  // replaces the one of the process object in any case
};

// `user` is decimal digits and nothing else, below 4294967295, which is no id: a parser that forgives signs,
// blanks or overflow runs the command as somebody else, at worst as root. Capabilities go to the bounding,
// effective and permitted set, to the ambient one only if there are inheritable ones, and never to the
// inheritable one. Errors: InvalidConfig "exec args cannot be empty", "bad uid: ...", "bad gid: ...",
// "additional-gids must be a positive number -7".
void override_process(oci::Process& process, const ProcessOverrides& overrides);

// Controller -> path below the container's cgroup; "" alone stands for all of them.
using SubCgroups = std::map<std::string, std::string>;

// Of the --cgroup options: "path", or "controller[,controller]:path" once or more. Errors: InvalidConfig
// "invalid --cgroup argument: ...".
SubCgroups parse_sub_cgroups(const std::vector<std::string>& arguments);

}  // namespace runcxx::config
