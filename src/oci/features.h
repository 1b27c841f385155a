// SPDX-License-Identifier: Apache-2.0
// The output of `features` (runtime-spec, features.md and features-linux.md) as structs. The values come from
// the tables of the modules that implement them. Runs in: runtime. Must not know a value.
#pragma once

#include <optional>
#include <string>

#include "oci/fields.h"
#include "oci/spec.h"

namespace runcxx::oci::features {

struct Cgroup {
    std::optional<bool> v1;
    std::optional<bool> v2;
    std::optional<bool> systemd;
    std::optional<bool> systemd_user;
    std::optional<bool> rdma;
};

struct Seccomp {
    std::optional<bool> enabled;
    Strings actions;
    Strings operators;
    Strings archs;
    Strings known_flags;
    Strings supported_flags;
};

struct Apparmor {
    std::optional<bool> enabled;
};

struct Selinux {
    std::optional<bool> enabled;
};

struct IntelRdt {
    std::optional<bool> enabled;
    std::optional<bool> schemata;
    std::optional<bool> monitoring;
};

struct MemoryPolicy {
    Strings modes;
    Strings flags;
};

struct IdMap {
    std::optional<bool> enabled;
};

struct MountExtensions {
    IdMap idmap;
};

struct NetDevices {
    std::optional<bool> enabled;
};

struct Linux {
    Strings namespaces;
    Strings capabilities;
    Cgroup cgroup;
    Seccomp seccomp;
    Apparmor apparmor;
    Selinux selinux;
    IntelRdt intel_rdt;
    MemoryPolicy memory_policy;
    MountExtensions mount_extensions;
    NetDevices net_devices;
};

struct Features {
    std::string oci_version_min;
    std::string oci_version_max;
    Strings hooks;
    Strings mount_options;
    Linux linux;
    StringMap annotations;
    Strings potentially_unsafe_config_annotations;
};

template <FieldsOf<Cgroup> Self, class V>
void visit_fields(Self& self, V&& v) {
    v("v1", self.v1);
    v("v2", self.v2);
    v("systemd", self.systemd);
    v("systemdUser", self.systemd_user);
    v("rdma", self.rdma);
}

template <FieldsOf<Seccomp> Self, class V>
void visit_fields(Self& self, V&& v) {
    v("enabled", self.enabled);
    v("actions", self.actions);
    v("operators", self.operators);
    v("archs", self.archs);
    v("knownFlags", self.known_flags);
    v("supportedFlags", self.supported_flags);
}

template <FieldsOf<Apparmor> Self, class V>
void visit_fields(Self& self, V&& v) {
    v("enabled", self.enabled);
}

template <FieldsOf<Selinux> Self, class V>
void visit_fields(Self& self, V&& v) {
    v("enabled", self.enabled);
}

template <FieldsOf<IntelRdt> Self, class V>
void visit_fields(Self& self, V&& v) {
    v("enabled", self.enabled);
    v("schemata", self.schemata);
    v("monitoring", self.monitoring);
}

template <FieldsOf<MemoryPolicy> Self, class V>
void visit_fields(Self& self, V&& v) {
    v("modes", self.modes);
    v("flags", self.flags);
}

template <FieldsOf<IdMap> Self, class V>
void visit_fields(Self& self, V&& v) {
    v("enabled", self.enabled);
}

template <FieldsOf<MountExtensions> Self, class V>
void visit_fields(Self& self, V&& v) {
    v("idmap", self.idmap);
}

template <FieldsOf<NetDevices> Self, class V>
void visit_fields(Self& self, V&& v) {
    v("enabled", self.enabled);
}

template <FieldsOf<Linux> Self, class V>
void visit_fields(Self& self, V&& v) {
    v("namespaces", self.namespaces);
    v("capabilities", self.capabilities);
    v("cgroup", self.cgroup);
    v("seccomp", self.seccomp);
    v("apparmor", self.apparmor);
    v("selinux", self.selinux);
    v("intelRdt", self.intel_rdt);
    v("memoryPolicy", self.memory_policy);
    v("mountExtensions", self.mount_extensions);
    v("netDevices", self.net_devices);
}

template <FieldsOf<Features> Self, class V>
void visit_fields(Self& self, V&& v) {
    v("ociVersionMin", self.oci_version_min);
    v("ociVersionMax", self.oci_version_max);
    v("hooks", self.hooks);
    v("mountOptions", self.mount_options);
    v("linux", self.linux);
    v("annotations", self.annotations);
    v("potentiallyUnsafeConfigAnnotations", self.potentially_unsafe_config_annotations);
}

// Four spaces of indentation, without the newline at the end. A list left empty and a flag left unset do not
// appear.
std::string to_json(const Features& features);

}  // namespace runcxx::oci::features

namespace runcxx::oci {
using features::Features;
}
