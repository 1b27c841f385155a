// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/criu_messages.h"

#include <fmt/core.h>

#include "checkpoint/protobuf.h"

namespace runcxx::checkpoint {
namespace {

// Numbers of fields. Those of criu_opts stand beside their values in encode().
namespace req {
enum : unsigned { Type = 1, Opts = 2, NotifySuccess = 3, KeepOpen = 4, Features = 5 };
}
namespace resp {
enum : unsigned { Type = 1, Success = 2, Notify = 5, Errno = 7, Features = 8, Version = 10 };
}
namespace features {
enum : unsigned { MemTrack = 1, LazyPages = 2 };
}

// The shape that most nested messages of criu_opts have: two texts, or a text and a number.
std::string two(std::string_view first, std::string_view second) {
    MessageWriter writer;
    writer.text(1, first);
    writer.text(2, second);
    return writer.bytes();
}
std::string two(std::string_view first, std::int64_t second) {
    MessageWriter writer;
    writer.text(1, first);
    writer.number(2, second);
    return writer.bytes();
}

// Absent fields are false, empty or -1 to CRIU, so those are left out.
class OptionsWriter {
public:
    void flag(unsigned field, bool value) {
        if (value) writer_.number(field, 1);
    }
    void text(unsigned field, std::string_view value) {
        if (!value.empty()) writer_.text(field, value);
    }
    void fd(unsigned field, int value) {
        if (value >= 0) writer_.number(field, value);
    }
    void number(unsigned field, std::int64_t value) { writer_.number(field, value); }
    void message(unsigned field, const std::string& bytes) { writer_.text(field, bytes); }
    const std::string& bytes() const { return writer_.bytes(); }

private:
    MessageWriter writer_;
};

std::string encode(const CriuOptions& options) {
    OptionsWriter out;
    out.number(1, options.images_dir_fd);
    if (options.pid != 0) out.number(2, options.pid);
    out.flag(3, options.leave_running);
    out.flag(4, options.ext_unix_sk);
    out.flag(5, options.tcp_established);
    out.flag(6, options.evasive_devices);
    out.flag(7, options.shell_job);
    out.flag(8, options.file_locks);
    out.number(9, options.log_level);
    out.text(10, options.log_file);
    if (options.ps) out.message(11, two(options.ps->address, options.ps->port));
    out.flag(12, options.notify_scripts);
    out.text(13, options.root);
    out.text(14, options.parent_img);
    out.flag(15, options.track_mem);
    out.flag(16, options.auto_dedup);
    out.fd(17, options.work_dir_fd);
    out.flag(18, options.link_remap);
    for (const auto& mount : options.ext_mnt)
        out.message(23, two(mount.key, mount.value));
    if (options.manage_cgroups_mode) {
        out.flag(24, true);  // for CRIU before 2.0, which knows no modes
        out.number(34, static_cast<std::int64_t>(*options.manage_cgroups_mode));
    }
    for (const auto& root : options.cg_root)
        out.message(25, two(root.controllers, root.path));
    out.flag(26, options.rst_sibling);
    for (const auto& inherited : options.inherit_fd)
        out.message(27, two(inherited.key, inherited.fd));
    for (const auto& name : options.external)
        out.message(37, name);
    if (options.empty_ns != 0) out.number(38, options.empty_ns);
    for (const auto& joined : options.join_ns)
        out.message(39, two(joined.name, joined.path));
    out.text(44, options.freeze_cgroup);
    out.flag(46, options.tcp_skip_in_flight);
    out.flag(48, options.lazy_pages);
    out.fd(49, options.status_fd);
    out.flag(50, options.orphan_pts_master);
    out.text(51, options.config_file);
    out.flag(52, options.tcp_close);
    out.text(53, options.lsm_profile);
    out.text(60, options.cgroup_yard);
    out.text(63, options.lsm_mount_context);
    if (options.network_lock) out.number(64, static_cast<std::int64_t>(*options.network_lock));
    return out.bytes();
}

MessageWriter request_of(RequestType type) {
    MessageWriter writer;
    writer.number(req::Type, static_cast<std::int64_t>(type));
    return writer;
}

// major * 10000 + minor * 100 + sublevel. A build from git (it names its commit) is on the way to the next minor one.
int parse_version(std::string_view message) {
    enum : unsigned { Major = 1, Minor = 2, GitId = 3, Sublevel = 4 };
    std::int64_t version = 0;
    MessageReader reader(message);
    while (const auto field = reader.next()) {
        if (field->id == Major) version += field->number * 10000;
        if (field->id == Minor) version += field->number * 100;
        if (field->id == GitId && !field->text.empty() && field->text != "0") version += 100;
        if (field->id == Sublevel) version += field->number;
    }
    return static_cast<int>(version);
}

Features parse_features(std::string_view message) {
    Features found;
    MessageReader reader(message);
    while (const auto field = reader.next()) {
        if (field->id == features::MemTrack) found.mem_track = field->number != 0;
        if (field->id == features::LazyPages) found.lazy_pages = field->number != 0;
    }
    return found;
}

void parse_notify(std::string_view message, Response& response) {
    enum : unsigned { Script = 1, Pid = 2 };
    MessageReader reader(message);
    while (const auto field = reader.next()) {
        if (field->id == Script) response.notify_script = field->text;
        if (field->id == Pid) response.notify_pid = static_cast<pid_t>(field->number);
    }
}

}  // namespace

std::string to_string(RequestType type) {
    switch (type) {
        case RequestType::Empty:
            return "EMPTY";
        case RequestType::Dump:
            return "DUMP";
        case RequestType::Restore:
            return "RESTORE";
        case RequestType::PreDump:
            return "PRE_DUMP";
        case RequestType::Notify:
            return "NOTIFY";
        case RequestType::FeatureCheck:
            return "FEATURE_CHECK";
        case RequestType::Version:
            return "VERSION";
    }
    return fmt::format("type {}", static_cast<int>(type));
}

std::string version_request(bool keep_open) {
    auto writer = request_of(RequestType::Version);
    if (keep_open) writer.number(req::KeepOpen, 1);
    return writer.bytes();
}

std::string feature_request(const Features& asked, bool keep_open) {
    MessageWriter inner;
    if (asked.mem_track) inner.number(features::MemTrack, 1);
    if (asked.lazy_pages) inner.number(features::LazyPages, 1);
    auto writer = request_of(RequestType::FeatureCheck);
    if (keep_open) writer.number(req::KeepOpen, 1);
    writer.text(req::Features, inner.bytes());
    return writer.bytes();
}

std::string request(RequestType type, const CriuOptions& options) {
    auto writer = request_of(type);
    writer.text(req::Opts, encode(options));
    return writer.bytes();
}

std::string acknowledgement(bool success) {
    auto writer = request_of(RequestType::Notify);
    writer.number(req::NotifySuccess, success ? 1 : 0);
    return writer.bytes();
}

Response parse_response(std::string_view message) {
    Response response;
    MessageReader reader(message);
    while (const auto field = reader.next()) {
        switch (field->id) {
            case resp::Type:
                response.type = static_cast<RequestType>(field->number);
                break;
            case resp::Success:
                response.success = field->number != 0;
                break;
            case resp::Notify:
                parse_notify(field->text, response);
                break;
            case resp::Errno:
                response.cr_errno = static_cast<std::int32_t>(field->number);
                break;
            case resp::Features:
                response.features = parse_features(field->text);
                break;
            case resp::Version:
                response.version = parse_version(field->text);
                break;
            default:
                break;
        }
    }
    return response;
}

}  // namespace runcxx::checkpoint
