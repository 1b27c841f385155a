// SPDX-License-Identifier: Apache-2.0
#include "process/lsm_labels.h"

#include <fcntl.h>

#include <cerrno>

#include <fmt/core.h>

#include "base/error.h"
#include "sys/file.h"
#include "sys/procfs.h"

namespace runcxx::process {
namespace {

constexpr auto kAttributes = "self/attr/";

// Returns 0 or the errno; `missing` tells whether the file itself was not there.
int try_write_attribute(const sys::ProcHandle& proc, const std::string& name, std::string_view text,
                        bool& missing) {
    const auto file = proc.try_open_file(kAttributes + name, O_WRONLY);
    missing = !file && errno == ENOENT;
    if (!file) return errno;
    return sys::try_write_once(file, text);
}

std::string apparmor_cause(const std::string& profile, int error, bool missing) {
    // Since Linux 5.8 the file exists with any LSM; a write that no LSM takes is EINVAL.
    if (missing || error == EINVAL || error == EOPNOTSUPP) return "AppArmor is not enabled on this host";
    if (error == ENOENT) return fmt::format("profile \"{}\" is not loaded (see apparmor_parser)", profile);
    if (error == EACCES || error == EPERM)
        return "the current profile does not allow the change, or no_new_privs is set";
    return {};
}

std::string with_cause(std::string text, const std::string& cause) {
    if (!cause.empty()) text += fmt::format(" ({})", cause);
    return text;
}

void write_selinux_attribute(const sys::ProcHandle& proc, const std::string& name, const std::string& label,
                             std::string_view what) {
    bool missing = false;
    // Nothing written is how a label is taken back.
    const int error = try_write_attribute(proc, name, label, missing);
    if (error == 0) return;
    std::string cause;
    if (missing || error == EOPNOTSUPP) cause = "SELinux is not enabled on this host";
    if (!missing && error == EINVAL) cause = "SELinux is not enabled, or the policy has no such label";
    throw Error(
        Error::Kind::Failure,
        with_cause(fmt::format("{}: write /proc/thread-self/attr/{}: {}", what, name, errno_text(error)),
                   cause),
        error);
}

sys::ProcHandle own_proc() {
    return sys::ProcHandle::open(sys::ProcHandle::Scope::Processes);
}

}  // namespace

void apply_apparmor(const std::string& profile) {
    if (!profile.empty()) apply_apparmor(profile, own_proc());
}

void apply_apparmor(const std::string& profile, const sys::ProcHandle& proc) {
    const std::string text = "exec " + profile;
    // attr/apparmor (Linux 5.8) is AppArmor's own also where another LSM has the shared attr/exec.
    std::string name = "apparmor/exec";
    bool missing = false;
    int error = try_write_attribute(proc, name, text, missing);
    if (missing) {
        name = "exec";
        error = try_write_attribute(proc, name, text, missing);
    }
    if (error == 0) return;
    const auto failed = fmt::format(
        "unable to apply apparmor profile: apparmor failed to apply profile: write "
        "/proc/thread-self/attr/{}: {}",
        name, errno_text(error));
    throw Error(Error::Kind::Failure, with_cause(failed, apparmor_cause(profile, error, missing)), error);
}

void apply_selinux(const std::string& label) {
    if (!label.empty()) apply_selinux(label, own_proc());
}

void apply_selinux(const std::string& label, const sys::ProcHandle& proc) {
    write_selinux_attribute(proc, "exec", label, "can't set process label");
}

void label_new_keys(const std::string& label) {
    label_new_keys(label, own_proc());
}

void label_new_keys(const std::string& label, const sys::ProcHandle& proc) {
    write_selinux_attribute(proc, "keycreate", label, "can't set label of keys");
}

}  // namespace runcxx::process
