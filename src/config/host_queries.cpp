// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>

#include <cerrno>

#include "base/error.h"
#include "config/id_mappings.h"
#include "config/resolve.h"
#include "sys/file.h"
#include "sys/user_namespace.h"

namespace runcxx::config {
namespace {

constexpr const char* kOwnNetworkNamespace = "/proc/self/ns/net";

std::string real_path(const std::string& path) {
    const auto fd = sys::try_open(HostPath(path), O_PATH | O_DIRECTORY);
    if (!fd) throw Error::from_errno(errno, "stat " + path);
    return sys::read_link(HostPath(sys::proc_fd_path(fd)));
}

struct stat stat_path(const std::string& path) {
    if (const auto found = sys::try_stat(HostPath(path))) return *found;
    throw Error::from_errno(errno, "stat " + path);
}

UserNamespaceFacts user_namespace(const std::string& path) {
    if (path.empty())
        return {.uid_mappings = parse_mappings(sys::read_file(HostPath("/proc/self/uid_map"))),
                .gid_mappings = parse_mappings(sys::read_file(HostPath("/proc/self/gid_map"))),
                .setgroups_denied = sys::own_setgroups_denied()};
    const auto maps = sys::user_namespace_maps(HostPath(path));
    return {.uid_mappings = parse_mappings(maps.uid_map),
            .gid_mappings = parse_mappings(maps.gid_map),
            .setgroups_denied = maps.setgroups_denied};
}

// Without NSS: a user who is in no /etc/passwd can be numbered in the two files.
SubordinateIds subordinate_ids(uid_t user) {
    const auto read = [](const char* path) { return sys::try_read_file(HostPath(path)).value_or(""); };
    const auto passwd = read("/etc/passwd");
    const auto name = user_name(passwd, user);
    return {.uids = parse_subordinate_ids(read("/etc/subuid"), name, user),
            .gids = parse_subordinate_ids(read("/etc/subgid"), name, user)};
}

bool is_own_network_namespace(const std::string& path) {
    const auto own = stat_path(kOwnNetworkNamespace);
    const auto other = stat_path(path);
    return own.st_dev == other.st_dev && own.st_ino == other.st_ino;
}

}  // namespace

HostQueries host_queries() {
    return {.real_path = real_path,
            .link_target = [](const std::string& path) { return sys::try_read_link(HostPath(path)); },
            .user_namespace = user_namespace,
            .subordinate_ids = subordinate_ids,
            .is_own_network_namespace = is_own_network_namespace};
}

}  // namespace runcxx::config
