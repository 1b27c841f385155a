// SPDX-License-Identifier: Apache-2.0
#include "rootfs/root_dir.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>

#include <fmt/core.h>

#include "base/error.h"
#include "base/text.h"
#include "rootfs/path_walk.h"
#include "sys/device_node.h"
#include "sys/file.h"
#include "sys/openat2.h"

namespace runcxx::rootfs {
namespace {

constexpr mode_t kParentMode = 0755;

[[noreturn]] void fail(int error, std::string_view what, std::string_view path) {
    throw Error::from_errno(error, fmt::format("{} {}", what, path));
}

sys::UniqueFd open_by_walk(const sys::UniqueFd& root, const std::string& path, int flags, bool refuse_links) {
    auto walk =
        walk_path(root, path, {.refuse_links = refuse_links, .follow_last_link = (flags & O_NOFOLLOW) == 0});
    if (walk.error == 0 && !walk.missing.empty()) walk.error = ENOENT;
    if (walk.error != 0) {
        errno = walk.error;
        return {};
    }
    if (!walk.parent) return sys::try_open_at(root, ".", flags);
    // What was found is not a link, or is not to be followed.
    return sys::try_open_at(walk.parent, walk.name, flags | O_NOFOLLOW);
}

sys::UniqueFd try_open_child(const sys::UniqueFd& dir, const std::string& name, int flags) {
    auto fd = sys::try_openat2(dir, name, flags, 0, sys::Resolve::Child);
    if (!fd && errno == ENOSYS) fd = sys::try_open_at(dir, name, flags | O_NOFOLLOW);
    return fd;
}

sys::UniqueFd open_new_dir(const sys::UniqueFd& dir, const std::string& name, std::string_view path) {
    auto child = try_open_child(dir, name, O_PATH | O_DIRECTORY);
    if (!child) fail(errno, "open new directory", path);
    return child;
}

// mkdir and open of one component; somebody else's directory of that name will do, a link will not.
sys::UniqueFd make_child_dir(const sys::UniqueFd& dir, const std::string& name, mode_t mode,
                             std::string_view path) {
    if (const int error = sys::try_make_child_dir(dir, name, mode); error != 0 && error != EEXIST)
        fail(error, "mkdir", path);
    return open_new_dir(dir, name, path);
}

PathWalk walk_to_missing(const sys::UniqueFd& root, const std::string& path) {
    auto walk = walk_path(root, path);
    if (walk.error != 0) fail(walk.error, "look up", path);
    // What does not exist yet cannot be told from a link that somebody puts there before the ".." is taken.
    if (std::ranges::find(walk.missing, "..") != walk.missing.end())
        throw Error(Error::Kind::Failure,
                    fmt::format("{} leads through \"..\" in a directory that does not exist", path), ENOENT);
    return walk;
}

}  // namespace

sys::UniqueFd RootDir::try_open(const ContainerPath& path, int flags) const {
    auto fd = sys::try_openat2(directory_, path.str(), flags, 0, sys::Resolve::InRoot);
    if (!fd && errno == ENOSYS) fd = open_by_walk(directory_, path.str(), flags, false);
    return fd;
}

sys::UniqueFd RootDir::try_open_without_symlinks(const ContainerPath& path, int flags) const {
    auto fd = sys::try_openat2(directory_, path.str(), flags, 0, sys::Resolve::InRootNoLinks);
    if (!fd && errno == ENOSYS) fd = open_by_walk(directory_, path.str(), flags, true);
    return fd;
}

sys::UniqueFd RootDir::open(const ContainerPath& path, int flags) const {
    auto fd = try_open(path, flags);
    if (!fd) fail(errno, "open", path.str());
    return fd;
}

sys::UniqueFd RootDir::make_dirs(const ContainerPath& path, mode_t mode) const {
    auto directory = try_open(path, O_PATH | O_DIRECTORY);
    if (directory) return directory;
    if (errno != ENOENT) fail(errno, "open directory", path.str());
    return make_missing_dirs(path, mode);
}

sys::UniqueFd RootDir::make_missing_dirs(const ContainerPath& path, mode_t mode) const {
    // Mostly only the last component is missing.
    const std::string name(base_name(path.str()));
    if (const auto parent = try_open(ContainerPath(dir_name(path.str())), O_PATH | O_DIRECTORY); parent) {
        const int error = sys::try_make_child_dir(parent, name, mode);
        if (error == 0) return open_new_dir(parent, name, path.str());
        if (error != EEXIST) fail(error, "mkdir", path.str());
    }
    auto walk = walk_to_missing(directory_, path.str());
    for (const auto& part : walk.missing)
        walk.found = make_child_dir(walk.found, part, mode, path.str());
    return std::move(walk.found);
}

sys::UniqueFd RootDir::make_file(const ContainerPath& path, mode_t mode) const {
    auto walk = walk_to_missing(directory_, path.str());
    if (walk.missing.empty()) fail(EEXIST, "create", path.str());
    const auto name = std::move(walk.missing.back());
    walk.missing.pop_back();
    for (const auto& part : walk.missing)
        walk.found = make_child_dir(walk.found, part, kParentMode, path.str());
    auto file = sys::try_open_at(walk.found, name, O_RDONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode);
    if (!file) fail(errno, "create", path.str());
    return file;
}

RootDir::Entry RootDir::make_parent(const ContainerPath& path) const {
    Entry entry{{}, std::string(base_name(path.str()))};
    if (entry.name.empty() || entry.name == "/" || entry.name == "." || entry.name == "..")
        throw Error(fmt::format("{} does not name an entry of a directory", quoted(path.str())));
    entry.parent = make_dirs(ContainerPath(dir_name(path.str())), kParentMode);
    return entry;
}

bool RootDir::make_symlink(const std::string& target, const ContainerPath& path) const {
    const auto entry = make_parent(path);
    const int error = sys::try_make_symlink_at(entry.parent, entry.name, target);
    if (error != 0 && error != EEXIST) fail(error, "symlink", path.str());
    return error == 0;
}

void RootDir::remove_file(const ContainerPath& path) const {
    const auto parent = try_open(ContainerPath(dir_name(path.str())), O_PATH | O_DIRECTORY);
    if (!parent && errno == ENOENT) return;
    const int error = parent ? sys::try_unlink_at(parent, std::string(base_name(path.str()))) : errno;
    if (error != 0 && error != ENOENT) fail(error, "unlink", path.str());
}

std::string RootDir::path_inside(const sys::UniqueFd& handle) const {
    const auto path = sys::read_link(HostPath(sys::proc_fd_path(handle)));
    if (host_path_ == "/" || path == host_path_) return host_path_ == "/" ? path : "/";
    if (!path.starts_with(host_path_ + "/"))
        throw Error(fmt::format("mountpoint {} is outside of rootfs {}", quoted(path), quoted(host_path_)));
    return path.substr(host_path_.size());
}

ContainerPath strip_host_path(const std::string& host_path, const std::string& destination) {
    const auto path = clean_path("/" + destination);
    if (host_path == "/") return ContainerPath(path);
    if (path == host_path) return ContainerPath("/");
    if (path.starts_with(host_path + "/")) return ContainerPath(path.substr(host_path.size()));
    return ContainerPath(path);
}

}  // namespace runcxx::rootfs
