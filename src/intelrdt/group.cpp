// SPDX-License-Identifier: Apache-2.0
#include "intelrdt/group.h"

#include <fcntl.h>

#include <cerrno>

#include <fmt/core.h>

#include "base/error.h"
#include "base/paths.h"
#include "base/text.h"
#include "sys/file.h"

namespace runcxx::intelrdt {
namespace {

constexpr mode_t kDirectoryMode = 0755;

bool has_schema(const oci::IntelRdt& asked) {
    return !asked.l3_cache_schema.empty() || !asked.mem_bw_schema.empty() || !asked.schemata.empty();
}

std::string schemata_text(const oci::IntelRdt& asked) {
    std::string text;
    const auto add = [&](const std::string& line) {
        if (!line.empty()) text += line + '\n';
    };
    add(asked.l3_cache_schema);
    add(asked.mem_bw_schema);
    for (const auto& line : asked.schemata)
        add(line);
    return text;
}

// errno says little ("invalid argument"); what the kernel did not like is in this file.
[[noreturn]] void throw_with_status(const Group& group, const Error& error) {
    std::string text = error.message();
    if (const auto status = sys::try_read_file(HostPath(join_path(group.root, "info/last_cmd_status"))))
        text += fmt::format(", last_cmd_status: {}", trim(*status));
    throw Error(error.kind(), text, error.code());
}

// `what` reads as in "unable to <what>".
void write_file(const Group& group, const std::string& path, std::string_view text, std::string_view what) {
    const auto file = sys::try_open(HostPath(path), O_WRONLY);
    const int error = file ? sys::try_write_once(file, text) : errno;
    if (error == 0) return;
    throw_with_status(group, Error::from_errno(error, fmt::format("intelrdt: unable to {}: {} {}", what,
                                                                  file ? "write" : "open", path)));
}

bool has_tasks(const std::string& group_path) {
    const auto tasks = sys::try_read_file(HostPath(join_path(group_path, "tasks")));
    return tasks && !trim(*tasks).empty();
}

void remove_directory(const std::string& path) {
    const int error = sys::try_rmdir(HostPath(path));
    if (error != 0 && error != ENOENT) throw Error::from_errno(error, fmt::format("rmdir {}", path));
}

}  // namespace

Group find_group(const oci::IntelRdt& asked, const std::string& id, const std::string& root) {
    Group group;
    group.root = root;
    const auto& name = asked.clos_id.empty() ? id : asked.clos_id;
    group.path = name == "/" ? root : join_path(root, name);
    const bool exists = sys::exists(HostPath(group.path));
    if (!exists && !asked.clos_id.empty() && !has_schema(asked))
        throw Error::from_errno(ENOENT,
                                fmt::format("clos dir not accessible (must be pre-created when schemata, "
                                            "l3CacheSchema and memBwSchema are empty): stat {}",
                                            group.path));
    // A group that an administrator named belongs to all who use the name.
    group.owns_path = asked.clos_id.empty() && !exists;
    if (asked.enable_monitoring) {
        group.monitor_path = join_path(join_path(group.path, "mon_groups"), id);
        group.owns_monitor = !sys::exists(HostPath(group.monitor_path));
    }
    return group;
}

std::vector<std::string> create(const Group& group) {
    std::vector<std::string> made;
    for (const auto& path : {group.path, group.monitor_path}) {
        if (path.empty() || path == group.root) continue;
        const int error = sys::try_make_dir(HostPath(path), kDirectoryMode);
        if (error == 0) made.push_back(path);
        if (error == 0 || error == EEXIST) continue;
        undo(group, made);
        throw_with_status(group, Error::from_errno(error, fmt::format("mkdir {}", path)));
    }
    return made;
}

void write_schemata(const Group& group, const oci::IntelRdt& asked) {
    const auto text = schemata_text(asked);
    if (text.empty()) return;
    write_file(group, join_path(group.path, "schemata"), text, fmt::format("write {}", quoted(text)));
}

void update_schemata(const Group& group, const oci::IntelRdt& asked, Rollback& undo) {
    const auto path = join_path(group.path, "schemata");
    // What the kernel shows it also takes.
    undo.add(fmt::format("restore {}", path), [group, path, before = sys::read_file(HostPath(path))] {
        write_file(group, path, before, "restore the schemata");
    });
    write_schemata(group, asked);
}

void add_process(const Group& group, pid_t pid) {
    for (const auto& path : {group.path, group.monitor_path})
        if (!path.empty())
            write_file(group, join_path(path, "tasks"), fmt::format("{}", pid),
                       fmt::format("add pid {}", pid));
}

void undo(const Group& group, const std::vector<std::string>& made) {
    for (auto path = made.rbegin(); path != made.rend(); ++path)
        if (*path == group.monitor_path || group.owns_path || !has_tasks(*path)) remove_directory(*path);
}

void remove(const Group& group) {
    if (group.owns_monitor) remove_directory(group.monitor_path);
    if (group.owns_path) remove_directory(group.path);
}

}  // namespace runcxx::intelrdt
