// SPDX-License-Identifier: Apache-2.0
// AppArmor profile and SELinux label of the program that is executed next, through /proc/thread-self/attr.
// The file is proven to be procfs's own: a container that bind-mounts over it would run unconfined
// (CVE-2019-16884, CVE-2025-52881). The forms with a ProcHandle are for tests.
// Runs in: init.
#pragma once

#include <string>

#include "sys/procfs.h"

namespace runcxx::process {

// Takes effect at execve. An empty profile is a no-op. Errors: "unable to apply apparmor profile: apparmor
// failed to apply profile: ..." and whether the profile is not loaded or AppArmor is not enabled.
void apply_apparmor(const std::string& profile);
void apply_apparmor(const std::string& profile, const sys::ProcHandle& proc);

// Takes effect at execve. An empty label is a no-op. Errors: "can't set process label: ...".
void apply_selinux(const std::string& label);
void apply_selinux(const std::string& label, const sys::ProcHandle& proc);

// SELinux label of keys made from here on; "" is back to the default. Call it only for processes with a
// label.
void label_new_keys(const std::string& label);
void label_new_keys(const std::string& label, const sys::ProcHandle& proc);

}  // namespace runcxx::process
