// SPDX-License-Identifier: Apache-2.0
#include "sys/idmap_mount.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include <fmt/core.h>

#include "base/error.h"
#include "base/text.h"
#include "sys/file.h"
#include "sys/mount.h"
#include "sys/retry.h"
#include "sys/socket.h"
#include "sys/worker.h"

namespace runcxx::sys {
namespace {

constexpr Named<long> kFileSystemNames[] = {
    {"ext4", EXT4_SUPER_MAGIC},
    {"xfs", 0x58465342},
    {"btrfs", BTRFS_SUPER_MAGIC},
    {"tmpfs", TMPFS_MAGIC},
    {"overlay", OVERLAYFS_SUPER_MAGIC},
    {"fuse", 0x65735546},
    {"nfs", NFS_SUPER_MAGIC},
    {"cifs", 0xFF534D42},
    {"9p", V9FS_MAGIC},
    {"proc", PROC_SUPER_MAGIC},
    {"sysfs", SYSFS_MAGIC},
    {"zfs", 0x2FC12FC1},
    {"ceph", 0x00C36400},
};

std::string file_system_text(long type) {
    const auto name = find_name(kFileSystemNames, type);
    return name.empty() ? fmt::format("type {:#x}", static_cast<unsigned long>(type)) : std::string(name);
}

UniqueFd make_user_namespace(const std::string& uid_map, const std::string& gid_map) {
    auto ready = make_pipe();
    const Worker child([&] {
        // Nothing runs in the namespace that its mapped users could attack: the child only waits for its end.
        const int error = ::unshare(CLONE_NEWUSER) < 0 ? errno : 0;
        if (::write(ready.write_end.get(), &error, sizeof error) == sizeof error && error == 0)
            for (;;)
                ::pause();
    });
    ready.write_end.reset();
    int error = EPIPE;
    if (retry([&] { return ::read(ready.read_end.get(), &error, sizeof error); }) != sizeof error)
        error = EPIPE;
    if (error != 0) throw Error::from_errno(error, "unshare(CLONE_NEWUSER)");
    const HostPath directory(fmt::format("/proc/{}", child.pid()));
    write_existing(directory / "uid_map", uid_map);
    write_existing(directory / "gid_map", gid_map);
    return open_file(directory / "ns/user", O_RDONLY);
}

// What the visiting child reports besides the fd.
enum class Stage : int { Done, JoinNamespace, OpenTree, SetIdMap, Open };
struct Report {
    Stage stage;
    int error;
    long file_system;
};

struct Outcome {
    Report report;
    UniqueFd fd;
};

Outcome open_here(const UniqueFd& mount_namespace, const MountSourceRequest& request) {
    const auto failed = [](Stage stage, long type = 0) { return Outcome{{stage, errno, type}, {}}; };
    if (::setns(mount_namespace.get(), CLONE_NEWNS) < 0) return failed(Stage::JoinNamespace);
    if (request.user_namespace == nullptr) {
        auto fd = try_open(request.source, request.follow ? O_PATH : O_PATH | O_NOFOLLOW);
        if (!fd) return failed(Stage::Open);
        return {{Stage::Done, 0, 0}, std::move(fd)};
    }
    auto mount = try_clone_mount(request.source.str(), request.recursive, request.follow);
    if (!mount) return failed(Stage::OpenTree);
    const MountAttributes attributes{.set = MOUNT_ATTR_IDMAP, .user_namespace = request.user_namespace};
    if (const int error = try_set_mount_attributes(mount, attributes, request.map_recursively); error != 0) {
        errno = error;
        return failed(Stage::SetIdMap, file_system_type(mount));
    }
    return {{Stage::Done, 0, 0}, std::move(mount)};
}

std::string id_map_hint(const Report& report) {
    const auto type = file_system_text(report.file_system);
    switch (report.error) {
        case EINVAL:
            return fmt::format(
                " (maybe the filesystem used doesn't support idmap mounts on this kernel? the file system is "
                "{})",
                type);
        case EPERM:
            return fmt::format(
                " (id-mapping a mount needs CAP_SYS_ADMIN in the user namespace that owns the {} file "
                "system)",
                type);
        case ENOSYS:
            return " (id-mapped mounts need Linux 5.12)";
        default:
            return {};
    }
}

[[noreturn]] void throw_failure(const Report& report, const std::string& source) {
    const auto text = [&]() -> std::string {
        switch (report.stage) {
            case Stage::JoinNamespace:
                return "join the container's mount namespace";
            case Stage::OpenTree:
                return fmt::format("open_tree(OPEN_TREE_CLONE) {}", source);
            case Stage::SetIdMap:
                return fmt::format("failed to set MOUNT_ATTR_IDMAP on {}", source);
            default:
                return fmt::format("open {}", source);
        }
    }();
    if (report.stage != Stage::SetIdMap) throw Error::from_errno(report.error, text);
    throw Error(Error::Kind::Failure,
                fmt::format("{}: {}{}", text, errno_text(report.error), id_map_hint(report)), report.error);
}

}  // namespace

const UniqueFd& IdMapNamespaces::get(const std::string& uid_map, const std::string& gid_map) {
    const std::string maps = uid_map + "/" + gid_map;
    for (const auto& entry : entries_)
        if (entry.maps == maps) return entry.user_namespace;
    try {
        entries_.push_back({maps, make_user_namespace(uid_map, gid_map)});
    } catch (Error& error) {
        error.add_context("cannot make a user namespace for the id mapping");
        throw;
    }
    return entries_.back().user_namespace;
}

UniqueFd open_mount_source(pid_t init, const MountSourceRequest& request) {
    const auto mount_namespace = open_file(HostPath(fmt::format("/proc/{}/ns/mnt", init)), O_RDONLY);
    auto sockets = make_socket_pair(SocketKind::Seqpacket);
    const Worker visitor([&] {
        const auto outcome = open_here(mount_namespace, request);
        std::vector<int> fds;
        if (outcome.fd) fds.push_back(outcome.fd.get());
        const auto* bytes = reinterpret_cast<const char*>(&outcome.report);
        try_send_packet(sockets.init_end, {bytes, sizeof outcome.report}, fds);
    });
    sockets.init_end.reset();
    auto packet = receive_packet(sockets.runtime_end);
    Report report{};
    if (!packet || packet->data.size() != sizeof report)
        throw Error(fmt::format("open {}: no answer", request.source.str()));
    std::memcpy(&report, packet->data.data(), sizeof report);
    if (report.stage != Stage::Done) throw_failure(report, request.source.str());
    if (packet->fds.size() != 1)
        throw Error(fmt::format("open {}: no file descriptor in the answer", request.source.str()));
    return std::move(packet->fds.front());
}

}  // namespace runcxx::sys
