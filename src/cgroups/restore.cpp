// SPDX-License-Identifier: Apache-2.0
#include "cgroups/restore.h"

#include <algorithm>

#include <fmt/core.h>

#include "base/text.h"

namespace runcxx::cgroups {
namespace {

// Files that are tables "KEY VALUE", one line for each key that is set: what takes a key out again.
constexpr Named<std::string_view> kUnsetValues[] = {
    {"blkio.bfq.weight_device", "0"},
    {"blkio.leaf_weight_device", "0"},
    {"blkio.throttle.read_bps_device", "0"},
    {"blkio.throttle.read_iops_device", "0"},
    {"blkio.throttle.write_bps_device", "0"},
    {"blkio.throttle.write_iops_device", "0"},
    {"blkio.weight_device", "0"},
    {"io.bfq.weight", "default"},
    {"io.latency", "target=0"},
    {"io.max", "rbps=max wbps=max riops=max wiops=max"},
    {"io.weight", "default"},
    {"misc.max", "max"},
    {"net_prio.ifpriomap", "0"},
    {"rdma.max", "hca_handle=max hca_object=max"},
};

constexpr std::string_view kOomControl = "memory.oom_control";

// Left is written, right changes along (sched_group_set_idle() in kernel/sched/fair.c).
constexpr Named<std::string_view> kChangedAlong[] = {{"cpu.idle", "cpu.shares"}, {"cpu.idle", "cpu.weight"}};

std::string_view key_of(std::string_view line) {
    return line.substr(0, line.find(' '));
}

std::vector<std::string_view> lines_of(std::string_view text) {
    auto lines = split(text, '\n');
    std::erase(lines, std::string_view());
    return lines;
}

bool contains(const std::vector<std::string_view>& lines, std::string_view line) {
    return std::ranges::find(lines, line) != lines.end();
}

std::vector<std::string> table_writes(const std::vector<std::string_view>& before,
                                      const std::vector<std::string_view>& now, std::string_view unset) {
    std::vector<std::string> writes;
    for (const auto line : now)
        if (std::ranges::none_of(before, [&](auto old) { return key_of(old) == key_of(line); }))
            writes.push_back(fmt::format("{} {}", key_of(line), unset));
    for (const auto line : before)
        if (!contains(now, line)) writes.emplace_back(line);
    return writes;
}

// A list of controllers, which takes "+NAME" and "-NAME".
std::vector<std::string> controller_writes(std::string_view before, std::string_view now) {
    const auto old_names = split(trim(before), ' '), names = split(trim(now), ' ');
    std::vector<std::string> writes;
    for (const auto name : names)
        if (!contains(old_names, name)) writes.push_back(fmt::format("-{}", name));
    for (const auto name : old_names)
        if (!contains(names, name)) writes.push_back(fmt::format("+{}", name));
    return writes;
}

// Without what is no setting: memory.oom_control is "oom_kill_disable 0" and then counters.
std::string_view setting_of(std::string_view name, std::string_view text) {
    return trim(name == kOomControl ? text.substr(0, text.find('\n')) : text);
}

void restore_file(const Directory& directory, const FileContents& before) {
    if (!before.text) throw Error("it cannot be read, so what it was is not known");
    const auto old = setting_of(before.name, *before.text);
    const auto now = directory.read(before.name);
    if (setting_of(before.name, now) == old) return;
    for (const auto& text : restoring_writes(before.name, *before.text, now))
        directory.write(before.name, text);
    const auto result = directory.read(before.name);
    if (setting_of(before.name, result) != old)
        throw Error(
            fmt::format("it was {} and is {} now", quoted(old), quoted(setting_of(before.name, result))));
}

}  // namespace

std::vector<FileContents> contents_before(const Directory& directory, const std::string& name) {
    std::vector<FileContents> contents{{name, directory.try_read(name)}};
    for (const auto& [written, along] : kChangedAlong) {
        if (written != name) continue;
        if (auto text = directory.try_read(std::string(along)))
            contents.push_back({std::string(along), std::move(text)});
    }
    return contents;
}

void restore(const Directory& directory, const std::vector<FileContents>& before) {
    for (const auto& file : before)
        restore_file(directory, file);
}

std::vector<std::string> restoring_writes(std::string_view name, std::string_view before,
                                          std::string_view now) {
    if (const auto unset = find_value(kUnsetValues, name))
        return table_writes(lines_of(before), lines_of(now), *unset);
    if (name == "cgroup.subtree_control") return controller_writes(before, now);
    const auto setting = setting_of(name, before);
    if (name == kOomControl) return {std::string(setting.substr(setting.rfind(' ') + 1))};
    // An empty text would not reach the kernel.
    return {setting.empty() ? "\n" : std::string(setting)};
}

}  // namespace runcxx::cgroups
