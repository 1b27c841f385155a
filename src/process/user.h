// SPDX-License-Identifier: Apache-2.0
// Becoming the container's user: standard streams, groups, ids, current directory, capabilities, in the one
// order that works. The steps are also there one by one, for tests and for whoever needs only some. Runs in:
// init, after pivot_root; drop_bounding_set comes before.
#pragma once

#include <cstdint>
#include <string>

#include "config/container.h"

namespace runcxx::process {

// chown of the standard streams, groups, gid, uid, the working directory unless we are in it, capabilities.
void change_user(const config::ProcessSetup& setup, bool in_working_dir);

// Gives stdin, stdout and stderr to `uid`, except /dev/null and what is his already. EPERM and EROFS are
// forgiven: the owner is not mapped, or /dev is read-only. Errors: "chown /dev/stdin: ...".
void give_standard_streams(std::uint32_t uid);

// setgroups, setgid, setuid. Errors: "cannot setgid to unmapped gid N in user namespace", likewise uid.
void set_ids(const config::ProcessSetup& setup);

// Enters the directory and verifies it; an empty `cwd` is where we are. The first try is root's, before change_user: the
// directory may be closed to the container's user. Returns false when it is not root's to enter (EPERM, EACCES) and
// must be tried again as that user. Errors: chdir to cwd ("/x") set in config.json failed: ...
bool try_enter_working_dir(const std::string& cwd);
void enter_working_dir(const std::string& cwd);

// The current directory must be below the root of the mount namespace: CVE-2024-21626.
void verify_working_dir();

}  // namespace runcxx::process
