// SPDX-License-Identifier: Apache-2.0
#include "process/user.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <array>
#include <cerrno>

#include <fmt/core.h>

#include "base/error.h"
#include "base/text.h"
#include "process/capabilities.h"
#include "sys/credentials.h"
#include "sys/exec.h"
#include "sys/file.h"

namespace runcxx::process {
namespace {

constexpr std::array<std::string_view, 3> kStreamNames{"/dev/stdin", "/dev/stdout", "/dev/stderr"};

bool is_null_device(const struct stat& found) {
    return S_ISCHR(found.st_mode) && found.st_rdev == makedev(1, 3);
}

bool is_permission_error(int error) {
    return error == EPERM || error == EACCES;
}

Error chdir_error(const std::string& cwd, int error) {
    return Error::from_errno(error, fmt::format("chdir to cwd ({}) set in config.json failed", quoted(cwd)));
}

// A user namespace that was joined may forbid setgroups(2), which the runtime could not know.
bool setgroups_is_denied() {
    const auto answer = sys::try_read_file(HostPath("/proc/self/setgroups"), 64);
    return answer && trim(*answer) == "deny";
}

}  // namespace

bool try_enter_working_dir(const std::string& cwd) {
    const int error = cwd.empty() ? 0 : sys::try_change_dir(cwd);
    if (error != 0 && !is_permission_error(error)) throw chdir_error(cwd, error);
    if (error == 0) verify_working_dir();
    return error == 0;
}

void enter_working_dir(const std::string& cwd) {
    if (const int error = sys::try_change_dir(cwd); error != 0) throw chdir_error(cwd, error);
    verify_working_dir();
}

void verify_working_dir() {
    std::string path;
    const int error = sys::try_current_dir(path);
    if (error == ENOENT || path.starts_with("(unreachable)"))
        throw Error(
            "current working directory is outside of container mount namespace root -- possible container "
            "breakout "
            "detected");
    if (error != 0) throw Error::from_errno(error, "failed to verify if current working directory is safe");
    if (!path.starts_with('/'))
        throw Error(fmt::format(
            "current working directory is not absolute -- possible container breakout detected: cwd is {}",
            quoted(path)));
}

void give_standard_streams(std::uint32_t uid) {
    for (int number = 0; number < 3; ++number) {
        const auto name = kStreamNames.at(static_cast<std::size_t>(number));
        struct stat found {};
        if (const int error = sys::try_stat_stream(number, found); error != 0)
            throw Error::from_errno(error, fmt::format("fstat {}", name));
        if (found.st_uid == uid || is_null_device(found)) continue;
        // The group stays: a devpts mount may have given it on purpose.
        const int error = sys::try_chown_stream(number, uid);
        // EINVAL: a user who is not mapped, which set_ids() says.
        if (error != 0 && error != EPERM && error != EROFS && error != EINVAL)
            throw Error::from_errno(error, fmt::format("chown {}", name));
    }
}

void set_ids(const config::ProcessSetup& setup) {
    if (setup.set_groups) {
        const int error = sys::try_set_groups(setup.additional_gids);
        if (error != 0 && !(error == EPERM && setgroups_is_denied()))
            throw Error::from_errno(error, "setgroups");
    }
    if (const int error = sys::try_set_gid(setup.gid); error != 0) {
        if (error == EINVAL)
            throw Error(fmt::format("cannot setgid to unmapped gid {} in user namespace", setup.gid));
        throw Error::from_errno(error, fmt::format("setgid {}", setup.gid));
    }
    if (const int error = sys::try_set_uid(setup.uid); error != 0) {
        if (error == EINVAL)
            throw Error(fmt::format("cannot setuid to unmapped uid {} in user namespace", setup.uid));
        // The kernel counts the new user's processes here.
        if (error == EAGAIN)
            throw Error::from_errno(
                error, fmt::format("setuid {} (RLIMIT_NPROC of that user is reached)", setup.uid));
        throw Error::from_errno(error, fmt::format("setuid {}", setup.uid));
    }
}

void change_user(const config::ProcessSetup& setup, bool in_working_dir) {
    // Leaving uid 0 clears the permitted set otherwise, and with it what apply_capabilities chooses from. The
    // flag goes away by itself at execve.
    if (setup.uid != 0) sys::set_keep_capabilities(true);
    try {
        give_standard_streams(setup.uid);
        set_ids(setup);
    } catch (Error& error) {
        error.add_context("unable to setup user");
        throw;
    }

    if (!in_working_dir) enter_working_dir(setup.cwd);
    if (setup.capabilities) apply_capabilities(*setup.capabilities);
}

}  // namespace runcxx::process
