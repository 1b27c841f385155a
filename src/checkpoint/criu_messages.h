// SPDX-License-Identifier: Apache-2.0
// What is said to CRIU and what it answers (CRIU's images/rpc.proto), one packet per message. Names are CRIU's. Runs
// in: runtime. Pure.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace runcxx::checkpoint {

enum class RequestType : std::uint8_t {
    Empty = 0,
    Dump = 1,
    Restore = 2,
    PreDump = 4,
    Notify = 6,
    FeatureCheck = 9,
    Version = 10,
};
// "DUMP"; "type 5" for one that is not asked for here.
std::string to_string(RequestType type);

// What CRIU does with the cgroups of what it dumps and restores: criu(8), --manage-cgroups.
enum class CgroupMode : std::uint8_t { Ignore = 0, Soft = 3, Full = 4, Strict = 5, Default = 6 };

// How the network is silenced during a dump: criu(8), --network-lock.
enum class NetworkLock : std::uint8_t { Iptables = 1, Nftables = 2, Skip = 3 };

// Something outside of the container, by which name CRIU keeps it in the images and where it is.
struct ExternalMount {
    std::string key;
    std::string value;  // dump: the name in the images; restore: the host path of the source

    bool operator==(const ExternalMount&) const = default;
};
struct InheritedFd {
    std::string key;  // "pipe:[1234]", or what was external[] in the dump
    int fd = -1;      // in CRIU's process
};
struct JoinedNamespace {
    std::string name;  // as below /proc/PID/ns
    std::string path;
};
struct CgroupRoot {
    std::string controllers;  // as in /proc/PID/cgroup; empty: cgroup2
    std::string path;
};
struct PageServer {
    std::string address;
    std::int32_t port = 0;
};

// criu_opts. Descriptors are ours unless said otherwise: CRIU opens them through /proc.
struct CriuOptions {
    int images_dir_fd = -1;
    int work_dir_fd = -1;  // -1: the images' directory
    std::int32_t log_level = 0;
    std::string log_file;  // in the working directory
    std::string config_file;
    pid_t pid = 0;     // dump: the root of the process tree
    std::string root;  // of the container's file system
    bool leave_running = false;
    bool ext_unix_sk = false;
    bool tcp_established = false;
    bool tcp_skip_in_flight = false;
    bool tcp_close = false;
    bool evasive_devices = false;
    bool shell_job = false;
    bool file_locks = false;
    bool notify_scripts = false;
    bool track_mem = false;
    bool auto_dedup = false;
    bool link_remap = false;
    bool lazy_pages = false;
    bool rst_sibling = false;
    bool orphan_pts_master = false;
    std::string parent_img;
    std::optional<PageServer> ps;
    std::optional<CgroupMode> manage_cgroups_mode;
    std::vector<CgroupRoot> cg_root;
    std::string freeze_cgroup;
    std::string cgroup_yard;  // criu(8), --cgroup-yard
    std::vector<ExternalMount> ext_mnt;
    std::vector<std::string> external;
    std::vector<InheritedFd> inherit_fd;
    std::vector<JoinedNamespace> join_ns;
    std::uint32_t empty_ns = 0;  // CLONE_NEW* whose contents are left out
    int status_fd = -1;
    std::optional<NetworkLock> network_lock;
    std::string lsm_profile;
    std::string lsm_mount_context;
};

struct Features {
    bool mem_track = false;
    bool lazy_pages = false;
};

// `keep_open`: another request follows on the same connection.
std::string version_request(bool keep_open);
std::string feature_request(const Features& asked, bool keep_open);
std::string request(RequestType type, const CriuOptions& options);
// The answer to a notification.
std::string acknowledgement(bool success);

struct Response {
    RequestType type = RequestType::Empty;
    bool success = false;
    std::int32_t cr_errno = 0;
    std::string notify_script;  // "post-dump", "setup-namespaces", ...
    pid_t notify_pid = 0;       // of the restored init, in our pid namespace
    int version = 0;            // 40101: 4.1.1
    Features features;
};
// Errors: "malformed message: ...".
Response parse_response(std::string_view message);

}  // namespace runcxx::checkpoint
