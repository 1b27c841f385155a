// SPDX-License-Identifier: Apache-2.0
#include "sys/tree_copy.h"

#include <fcntl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include <fmt/core.h>

#include "base/error.h"
#include "sys/device_node.h"
#include "sys/file.h"

namespace runcxx::sys {
namespace {

constexpr mode_t kPermissions = 07777;

[[noreturn]] void fail(std::string_view call, const std::string& object) {
    throw Error::from_errno(errno, fmt::format("{} {}", call, object));
}

void copy_content(const UniqueFd& from, const UniqueFd& to, const std::string& object) {
    for (;;) {
        const auto copied = ::sendfile(to.get(), from.get(), nullptr, 1 << 30);
        if (copied == 0) return;
        if (copied < 0 && errno != EINTR) fail("copy", object);
    }
}

// Owner before mode: chown(2) takes the set-id bits off.
void copy_attributes(const UniqueFd& to, const struct stat& status, const std::string& object) {
    if (::fchown(to.get(), status.st_uid, status.st_gid) < 0) fail("chown", object);
    if (::fchmod(to.get(), status.st_mode & kPermissions) < 0) fail("chmod", object);
    const timespec times[2] = {status.st_atim, status.st_mtim};
    if (::futimens(to.get(), times) < 0) fail("set the times of", object);
}

void copy_entries(const UniqueFd& from, const UniqueFd& to, dev_t device, const std::string& object);

void copy_entry(const UniqueFd& from, const UniqueFd& to, const std::string& name, dev_t device,
                const std::string& object) {
    struct stat status {};
    if (::fstatat(from.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) < 0) fail("stat", object);
    if (S_ISDIR(status.st_mode)) {
        if (const int error = try_make_child_dir(to, name, 0700); error != 0 && error != EEXIST) {
            errno = error;
            fail("mkdir", object);
        }
        const auto below_to = open_at(to, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
        if (status.st_dev == device)
            copy_entries(open_at(from, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW), below_to, device, object);
        copy_attributes(below_to, status, object);
    } else if (S_ISREG(status.st_mode)) {
        const auto below_to = open_at(to, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
        copy_content(open_at(from, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK), below_to, object);
        copy_attributes(below_to, status, object);
    } else if (!S_ISSOCK(status.st_mode)) {
        int error = 0;
        if (S_ISLNK(status.st_mode)) {
            const auto link = open_at(from, name, O_PATH | O_NOFOLLOW);
            error = try_make_symlink_at(to, name, try_read_link(link));
        } else {
            const ScopedUmask no_mask(0);
            error = try_make_node_at(to, name, status.st_mode, status.st_rdev);
        }
        if (error == 0 &&
            ::fchownat(to.get(), name.c_str(), status.st_uid, status.st_gid, AT_SYMLINK_NOFOLLOW) < 0)
            error = errno;
        if (error != 0) {
            errno = error;
            fail("copy", object);
        }
    }
}

void copy_entries(const UniqueFd& from, const UniqueFd& to, dev_t device, const std::string& object) {
    for (const auto& name : list_dir(from))
        copy_entry(from, to, name, device, fmt::format("{}/{}", object, name));
}

}  // namespace

void copy_tree(const UniqueFd& from, const UniqueFd& to, std::string_view object) {
    const auto source = open_at(from, ".", O_RDONLY | O_DIRECTORY);
    const auto target = open_at(to, ".", O_RDONLY | O_DIRECTORY);
    copy_entries(source, target, stat_fd(source, object).st_dev, std::string(object));
}

}  // namespace runcxx::sys
