// SPDX-License-Identifier: Apache-2.0
#include "cgroups/processes.h"

#include <fcntl.h>

#include <cerrno>

#include <fmt/core.h>

#include "base/log.h"
#include "base/numbers.h"
#include "base/paths.h"
#include "base/text.h"
#include "host/facts.h"
#include "sys/child_process.h"
#include "sys/file.h"
#include "sys/poll.h"

namespace runcxx::cgroups {
namespace {

void collect(const Directory& directory, std::vector<pid_t>& pids) {
    auto text = directory.try_read("cgroup.procs");
    if (!text && errno == EOPNOTSUPP) text = directory.try_read("cgroup.threads");
    if (text)
        for (const auto line : split(*text, '\n'))
            // 0: a process of another pid namespace, which nothing can be said about.
            if (const auto pid = parse_number<pid_t>(line); pid && *pid > 0) pids.push_back(*pid);
    for (const auto& name : directory.children())
        if (const auto child = directory.try_child(name); child.is_open()) collect(child, pids);
}

// One attempt; 0 also when there is nothing, else the errno.
int try_remove_tree(const Root& root, const std::string& path) {
    int failure = root.try_remove(path);
    if (failure == 0 || failure == ENOENT) return 0;
    // Cgroups below, processes that are about to vanish, or a read-only mount, which says EROFS even for what is
    // not there.
    const auto directory = root.try_open(path);
    if (!directory.is_open()) return errno == ENOENT ? 0 : errno;
    const auto below = directory.children();
    if (below.empty()) return failure;
    for (const auto& name : below)
        if (const int inner = try_remove_tree(root, join_path(path, name))) return inner;
    failure = root.try_remove(path);
    return failure == ENOENT ? 0 : failure;
}

constexpr std::size_t kMostDescribed = 10;

bool is_uninterruptible(pid_t thread) {
    const auto stat = sys::try_process_stat(thread);
    return stat && stat->state == 'D';
}

// Thread ids are found below /proc like process ids, though they are not listed there.
std::string describe_thread(pid_t thread) {
    const auto read = [&](const char* name) {
        const auto text = sys::try_read_file(HostPath(fmt::format("/proc/{}/{}", thread, name)));
        return text ? std::string(trim(*text)) : std::string();
    };
    const auto name = read("comm");
    const auto stat = sys::try_process_stat(thread);
    const auto where = stat && stat->state == 'D' ? read("wchan") : std::string();
    const bool is_known = !where.empty() && where != "0";
    return fmt::format("{} {} ({}{}{})", thread, name.empty() ? "?" : name, stat ? stat->state : '?',
                       is_known ? ", " : "", is_known ? where : "");
}

std::vector<pid_t> threads_of(pid_t process) {
    std::vector<pid_t> threads;
    const auto directory =
        sys::try_open(HostPath(fmt::format("/proc/{}/task", process)), O_RDONLY | O_DIRECTORY);
    if (!directory) return threads;  // it has ended
    for (const auto& name : sys::list_dir(directory))
        if (const auto thread = parse_number<pid_t>(name)) threads.push_back(*thread);
    return threads;
}

Error write_pid_error(pid_t pid, const std::string& path, int failure) {
    auto error = Error::from_errno(failure, fmt::format("failed to write {}: write {}", pid, path));
    // Both are of v2 (cgroups(7), "no internal processes" and threaded mode).
    if (failure == EBUSY)
        error.add_hint(
            "it passes controllers on to cgroups below it, so it may have no processes of its own: name "
            "another cgroup, or one below it");
    if (failure == EOPNOTSUPP)
        error.add_hint(
            "it is a threaded cgroup, or one that a threaded cgroup above has made invalid; cgroup.type "
            "tells which");
    return error;
}

}  // namespace

std::vector<pid_t> processes_in(const Directory& directory) {
    std::vector<pid_t> pids;
    if (directory.is_open()) collect(directory, pids);
    return pids;
}

Directory unified_directory_of(const Root& root, const std::string& mount, pid_t pid) {
    const auto text = sys::try_read_file(HostPath(fmt::format("/proc/{}/cgroup", pid)));
    if (!text) return {};
    for (const auto& hierarchy : host::parse_own_cgroups(*text))
        // "/..": outside of our own cgroup namespace, so it has no name here.
        if (hierarchy.controllers.empty() && !hierarchy.own_path.starts_with("/.."))
            return root.try_open(join_path(mount, hierarchy.own_path));
    return {};
}

void signal_each(const std::vector<pid_t>& pids, int signal) {
    for (const auto pid : pids)
        if (const int failure = sys::try_kill(pid, signal); failure != 0 && failure != ESRCH)
            log::warning("kill {}: {}", pid, errno_text(failure));
}

std::string describe_processes(const std::vector<pid_t>& pids) {
    std::string text;
    for (std::size_t i = 0; i < pids.size() && i < kMostDescribed; ++i)
        text += fmt::format("{}{}", i == 0 ? "" : ", ", describe_thread(pids[i]));
    if (pids.size() > kMostDescribed) text += fmt::format(" and {} more", pids.size() - kMostDescribed);
    return text;
}

std::string describe_stuck(const std::vector<pid_t>& pids) {
    std::vector<pid_t> stuck;
    for (const auto pid : pids)
        for (const auto thread : threads_of(pid))
            if (is_uninterruptible(thread)) stuck.push_back(thread);
    return describe_processes(stuck.empty() ? pids : stuck);
}

void write_process(const Directory& directory, pid_t pid) {
    const auto file = directory.try_open("cgroup.procs", O_WRONLY);
    const auto path = directory.path() + "/cgroup.procs";
    if (!file) throw Error::from_errno(errno, fmt::format("failed to write {}: openat2 {}", pid, path));
    write_pid(file, pid, path);
}

void write_pid(const sys::UniqueFd& file, pid_t pid, const std::string& path) {
    const auto text = std::to_string(pid);
    int failure = 0;
    for (int attempt = 0; attempt < 5; ++attempt) {
        if (attempt > 0) sys::sleep_ms(30);
        failure = sys::try_write_once(file, text);
        if (failure == 0) return;
        if (failure != EINVAL) break;
    }
    throw write_pid_error(pid, path, failure);
}

void remove_trees(const Root& root, std::vector<std::string> paths) {
    // All of them in every round: a process that leaves one hierarchy leaves all, so the waits need not add up.
    std::int64_t delay_ms = 1;
    int failure = 0;
    for (int round = 0; round <= 10; ++round) {
        if (round > 0) {
            sys::sleep_ms(delay_ms);
            delay_ms *= 2;
        }
        failure = 0;
        std::erase_if(paths, [&](const auto& path) {
            const int refusal = try_remove_tree(root, path);
            if (failure == 0) failure = refusal;
            return refusal == 0;
        });
        if (failure != EBUSY) break;
    }
    if (failure == 0) return;
    const auto& path = paths.front();
    const auto inside = processes_in(root.try_open(path));
    auto text = fmt::format("rmdir {}: {}", path, errno_text(failure));
    if (!inside.empty()) text += fmt::format("; processes inside: {}", describe_processes(inside));
    throw Error(Error::Kind::Failure, std::move(text), failure);
}

std::optional<std::uint64_t> value_of(std::string_view text, std::string_view key) {
    for (const auto line : split(text, '\n'))
        if (line.starts_with(key) && line.size() > key.size() && line[key.size()] == ' ')
            return parse_number<std::uint64_t>(trim(line.substr(key.size())));
    return std::nullopt;
}

}  // namespace runcxx::cgroups
