// SPDX-License-Identifier: Apache-2.0
#include "config/capabilities.h"

#include <linux/capability.h>

#include <set>

#include "base/text.h"

namespace runcxx::config {
namespace {

constexpr Named<unsigned> kCapabilities[] = {
    {"CAP_CHOWN", CAP_CHOWN},
    {"CAP_DAC_OVERRIDE", CAP_DAC_OVERRIDE},
    {"CAP_DAC_READ_SEARCH", CAP_DAC_READ_SEARCH},
    {"CAP_FOWNER", CAP_FOWNER},
    {"CAP_FSETID", CAP_FSETID},
    {"CAP_KILL", CAP_KILL},
    {"CAP_SETGID", CAP_SETGID},
    {"CAP_SETUID", CAP_SETUID},
    {"CAP_SETPCAP", CAP_SETPCAP},
    {"CAP_LINUX_IMMUTABLE", CAP_LINUX_IMMUTABLE},
    {"CAP_NET_BIND_SERVICE", CAP_NET_BIND_SERVICE},
    {"CAP_NET_BROADCAST", CAP_NET_BROADCAST},
    {"CAP_NET_ADMIN", CAP_NET_ADMIN},
    {"CAP_NET_RAW", CAP_NET_RAW},
    {"CAP_IPC_LOCK", CAP_IPC_LOCK},
    {"CAP_IPC_OWNER", CAP_IPC_OWNER},
    {"CAP_SYS_MODULE", CAP_SYS_MODULE},
    {"CAP_SYS_RAWIO", CAP_SYS_RAWIO},
    {"CAP_SYS_CHROOT", CAP_SYS_CHROOT},
    {"CAP_SYS_PTRACE", CAP_SYS_PTRACE},
    {"CAP_SYS_PACCT", CAP_SYS_PACCT},
    {"CAP_SYS_ADMIN", CAP_SYS_ADMIN},
    {"CAP_SYS_BOOT", CAP_SYS_BOOT},
    {"CAP_SYS_NICE", CAP_SYS_NICE},
    {"CAP_SYS_RESOURCE", CAP_SYS_RESOURCE},
    {"CAP_SYS_TIME", CAP_SYS_TIME},
    {"CAP_SYS_TTY_CONFIG", CAP_SYS_TTY_CONFIG},
    {"CAP_MKNOD", CAP_MKNOD},
    {"CAP_LEASE", CAP_LEASE},
    {"CAP_AUDIT_WRITE", CAP_AUDIT_WRITE},
    {"CAP_AUDIT_CONTROL", CAP_AUDIT_CONTROL},
    {"CAP_SETFCAP", CAP_SETFCAP},
    {"CAP_MAC_OVERRIDE", CAP_MAC_OVERRIDE},
    {"CAP_MAC_ADMIN", CAP_MAC_ADMIN},
    {"CAP_SYSLOG", CAP_SYSLOG},
    {"CAP_WAKE_ALARM", CAP_WAKE_ALARM},
    {"CAP_BLOCK_SUSPEND", CAP_BLOCK_SUSPEND},
    {"CAP_AUDIT_READ", CAP_AUDIT_READ},
    {"CAP_PERFMON", CAP_PERFMON},
    {"CAP_BPF", CAP_BPF},
    {"CAP_CHECKPOINT_RESTORE", CAP_CHECKPOINT_RESTORE},
};

std::uint64_t to_mask(const oci::Strings& names, std::set<std::string>& unknown) {
    std::uint64_t mask = 0;
    for (const auto& name : names) {
        if (const auto number = capability_number(name))
            mask |= std::uint64_t{1} << *number;
        else
            unknown.insert(name);
    }
    return mask;
}

}  // namespace

std::optional<unsigned> capability_number(std::string_view name) {
    return find_value(kCapabilities, name);
}

CapabilitySets resolve_capabilities(const oci::Capabilities& capabilities,
                                    std::vector<std::string>& warnings) {
    std::set<std::string> unknown;
    const CapabilitySets sets{
        .bounding = to_mask(capabilities.bounding, unknown),
        .effective = to_mask(capabilities.effective, unknown),
        .inheritable = to_mask(capabilities.inheritable, unknown),
        .permitted = to_mask(capabilities.permitted, unknown),
        .ambient = to_mask(capabilities.ambient, unknown),
    };
    if (!unknown.empty()) {
        const oci::Strings names(unknown.begin(), unknown.end());
        warnings.push_back("ignoring unknown or unavailable capabilities: [" + join(names, " ") + "]");
    }
    return sets;
}

oci::Strings capability_names() {
    oci::Strings names;
    for (const auto& row : kCapabilities)
        names.emplace_back(row.name);
    return names;
}

}  // namespace runcxx::config
