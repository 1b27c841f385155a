// SPDX-License-Identifier: Apache-2.0
// A new cgroup has what its parent had, so it is reset and filled without being read: one write per rule,
// since devices.allow takes one rule per write(2). A cgroup that existed is read and only the difference is
// written, so that devices in use stay usable meanwhile.
#include <fcntl.h>

#include "cgroups/controller.h"
#include "cgroups/v1/devices_list.h"
#include "sys/file.h"

namespace runcxx::cgroups::v1 {
namespace {

// An empty list means deny all as well.
bool wants(const oci::Resources&) {
    return true;
}

Error refusal(const Directory& directory, const char* name, const DeviceWrite& rule, int failure) {
    auto error = directory.write_error(name, rule.line, failure);
    if (failure == EPERM && rule.allow)
        error.add_hint("a cgroup above allows less, and none can allow more than that");
    return error;
}

void write_rules(const Directory& directory, const std::vector<DeviceWrite>& writes) {
    sys::UniqueFd allow, deny;
    for (const auto& rule : writes) {
        const char* name = rule.allow ? "devices.allow" : "devices.deny";
        auto& file = rule.allow ? allow : deny;
        if (!file) file = directory.try_open(name, O_WRONLY);
        if (!file) throw directory.write_error(name, rule.line, errno);
        const int failure = sys::try_write_once(file, rule.line);
        if (failure != 0) throw refusal(directory, name, rule, failure);
    }
}

void apply(const Directory& directory, const oci::Resources& resources, const Situation& situation) {
    if (situation.skip_devices || situation.in_user_namespace) return;
    const auto target = DeviceState::of(resources.devices);
    const auto writes = situation.is_new
                            ? all_device_writes(target)
                            : device_writes(parse_devices_list(directory.read("devices.list")), target);
    if (writes.empty()) return;
    write_rules(directory, writes);
    // The kernel ignores some rules without an error: believe the result only.
    const auto result = parse_devices_list(directory.read("devices.list"));
    if (result.allows_by_default() != target.allows_by_default())
        throw Error("resulting devices cgroup doesn't match target mode");
    if (!target.allows_by_default() && result != target)
        throw Error("resulting devices cgroup doesn't precisely match target");
}

}  // namespace

extern const Controller kDevices{.name = "devices", .wants = wants, .apply = apply};

}  // namespace runcxx::cgroups::v1
