// SPDX-License-Identifier: Apache-2.0
// The field lists of the structs in config/container.h, in the visitor form of oci/fields.h: one list for the
// bytes that cross to init and for the state file. A field missing here does not reach init.
// Runs in: either. Must not: know a format.
#pragma once

#include "config/container.h"
#include "oci/fields.h"
#include "oci/spec_fields.h"

namespace runcxx::config {

using oci::FieldsOf;

template <FieldsOf<NamespacePath> Self, class V>
void visit_fields(Self& self, V&& v) {
    v("flag", self.flag);
    v("path", self.path);
}

template <FieldsOf<Namespaces> Self, class V>
void visit_fields(Self& self, V&& v) {
    v("createFlags", self.create_flags);
    v("joined", self.joined);
}

template <FieldsOf<Mount> Self, class V>
void visit_fields(Self& self, V&& v) {
    v("source", self.source);
    v("destination", self.destination);
    v("type", self.type);
    v("flags", self.flags);
    v("clearedFlags", self.cleared_flags);
    v("propagation", self.propagation);
    v("recursiveAttrSet", self.recursive_attr_set);
    v("recursiveAttrClear", self.recursive_attr_clear);
    v("data", self.data);
    v("copyUp", self.copy_up);
    v("idMap", self.id_map);
    v("uidMappings", self.uid_mappings);
    v("gidMappings", self.gid_mappings);
    v("idMapUserNamespace", self.id_map_user_namespace);
    v("sourceFromRuntime", self.source_from_runtime);
    v("symlinkTarget", self.symlink_target);
    v("sourceNofollow", self.source_nofollow);
    v("destinationNofollow", self.destination_nofollow);
}

template <FieldsOf<DeviceNode> Self, class V>
void visit_fields(Self& self, V&& v) {
    v("path", self.path);
    v("type", self.type);
    v("major", self.major);
    v("minor", self.minor);
    v("mode", self.mode);
    v("uid", self.uid);
    v("gid", self.gid);
}

template <FieldsOf<CgroupMount::Hierarchy> Self, class V>
void visit_fields(Self& self, V&& v) {
    v("controllers", self.controllers);
    v("directory", self.directory);
    v("hostPath", self.host_path);
}

template <FieldsOf<CgroupMount> Self, class V>
void visit_fields(Self& self, V&& v) {
    v("unified", self.unified);
    v("ownNamespace", self.own_namespace);
    v("hierarchies", self.hierarchies);
}

template <FieldsOf<ContainerSetup> Self, class V>
void visit_fields(Self& self, V&& v) {
    v("rootfs", self.rootfs);
    v("readonlyRootfs", self.readonly_rootfs);
    v("rootfsPropagation", self.rootfs_propagation);
    v("noPivot", self.no_pivot);
    v("hasMountNamespace", self.has_mount_namespace);
    v("hasUserNamespace", self.has_user_namespace);
    v("rootless", self.rootless);
    v("bringUpLoopback", self.bring_up_loopback);
    v("mounts", self.mounts);
    v("populateDev", self.populate_dev);
    v("devices", self.devices);
    v("cgroupMount", self.cgroup_mount);
    v("maskedPaths", self.masked_paths);
    v("readonlyPaths", self.readonly_paths);
    v("sysctls", self.sysctls);
    v("hostname", self.hostname);
    v("domainname", self.domainname);
    v("mountLabel", self.mount_label);
    v("labelOption", self.label_option);
    v("createContainerHooks", self.create_container_hooks);
    v("stopsBeforePivot", self.stops_before_pivot);
}

template <FieldsOf<CapabilitySets> Self, class V>
void visit_fields(Self& self, V&& v) {
    v("bounding", self.bounding);
    v("effective", self.effective);
    v("inheritable", self.inheritable);
    v("permitted", self.permitted);
    v("ambient", self.ambient);
}

template <FieldsOf<SchedulerSetup> Self, class V>
void visit_fields(Self& self, V&& v) {
    v("policy", self.policy);
    v("flags", self.flags);
    v("nice", self.nice);
    v("priority", self.priority);
    v("runtime", self.runtime);
    v("deadline", self.deadline);
    v("period", self.period);
}

template <FieldsOf<MemoryPolicySetup> Self, class V>
void visit_fields(Self& self, V&& v) {
    v("mode", self.mode);
    v("nodeMask", self.node_mask);
}

template <FieldsOf<SeccompProgram> Self, class V>
void visit_fields(Self& self, V&& v) {
    v("instructions", self.instructions);
    v("flags", self.flags);
    v("hasListener", self.has_listener);
}

template <FieldsOf<ProcessSetup> Self, class V>
void visit_fields(Self& self, V&& v) {
    v("args", self.args);
    v("env", self.env);
    v("cwd", self.cwd);
    v("chroot", self.chroot);
    v("uid", self.uid);
    v("gid", self.gid);
    v("additionalGids", self.additional_gids);
    v("setGroups", self.set_groups);
    v("umask", self.umask);
    v("capabilities", self.capabilities);
    v("noNewPrivileges", self.no_new_privileges);
    v("apparmorProfile", self.apparmor_profile);
    v("selinuxLabel", self.selinux_label);
    v("scheduler", self.scheduler);
    v("ioPriority", self.io_priority);
    v("personality", self.personality);
    v("memoryPolicy", self.memory_policy);
    v("terminal", self.terminal);
    v("consoleRows", self.console_rows);
    v("consoleColumns", self.console_columns);
    v("keyringName", self.keyring_name);
    v("preservedFds", self.preserved_fds);
    v("startContainerHooks", self.start_container_hooks);
}

template <FieldsOf<Init> Self, class V>
void visit_fields(Self& self, V&& v) {
    v("hookState", self.hook_state);
    v("logLevel", self.log_level);
    v("waitForStart", self.wait_for_start);
    v("container", self.container);
    v("process", self.process);
}

template <FieldsOf<CpuAffinity> Self, class V>
void visit_fields(Self& self, V&& v) {
    v("initial", self.initial);
    v("final", self.final);
}

template <FieldsOf<SeccompRecord> Self, class V>
void visit_fields(Self& self, V&& v) {
    v("flags", self.flags);
    v("hasListener", self.has_listener);
    v("listenerPath", self.listener_path);
    v("listenerMetadata", self.listener_metadata);
}

template <FieldsOf<ExecDefaults> Self, class V>
void visit_fields(Self& self, V&& v) {
    v("namespaces", self.namespaces);
    v("uidMappings", self.uid_mappings);
    v("gidMappings", self.gid_mappings);
    v("oomScoreAdj", self.oom_score_adj);
    v("umask", self.umask);
    v("personality", self.personality);
    v("memoryPolicy", self.memory_policy);
    v("keyringName", self.keyring_name);
    v("seccomp", self.seccomp);
    v("capabilities", self.capabilities);
    v("selinuxLabel", self.selinux_label);
    v("scheduler", self.scheduler);
    v("ioPriority", self.io_priority);
    v("affinity", self.affinity);
    v("keepOriginalGroups", self.keep_original_groups);
}

template <FieldsOf<CheckpointFacts> Self, class V>
void visit_fields(Self& self, V&& v) {
    v("bindMounts", self.bind_mounts);
    v("maskedPaths", self.masked_paths);
    v("joinedNamespaces", self.joined_namespaces);
    v("hasIdMappedMounts", self.has_id_mapped_mounts);
}

template <FieldsOf<Extensions> Self, class V>
void visit_fields(Self& self, V&& v) {
    v("hookStdout", self.hook_stdout);
    v("hookStderr", self.hook_stderr);
    v("keepOriginalGroups", self.keep_original_groups);
    v("mountContextType", self.mount_context_type);
    v("pidfdReceiver", self.pidfd_receiver);
    v("seccompReceiver", self.seccomp_receiver);
    v("seccompProgram", self.seccomp_program);
    v("refuseUnknownSyscalls", self.refuse_unknown_syscalls);
}

template <FieldsOf<SystemdUnit> Self, class V>
void visit_fields(Self& self, V&& v) {
    v("slice", self.slice);
    v("name", self.name);
    v("description", self.description);
}

template <FieldsOf<Cgroup> Self, class V>
void visit_fields(Self& self, V&& v) {
    v("driver", self.driver);
    v("path", self.path);
    v("unit", self.unit);
    v("rootless", self.rootless);
    v("resources", self.resources);
}

template <FieldsOf<Container> Self, class V>
void visit_fields(Self& self, V&& v) {
    v("id", self.id);
    v("bundle", self.bundle);
    v("annotations", self.annotations);
    v("namespaces", self.namespaces);
    v("uidMappings", self.uid_mappings);
    v("gidMappings", self.gid_mappings);
    v("timeOffsets", self.time_offsets);
    v("oomScoreAdj", self.oom_score_adj);
    v("umask", self.umask);
    v("execAffinity", self.exec_affinity);
    v("rootless", self.rootless);
    v("noSubreaper", self.no_subreaper);
    v("cgroup", self.cgroup);
    v("netDevices", self.net_devices);
    v("intelRdt", self.intel_rdt);
    v("hooks", self.hooks);
    v("rlimits", self.rlimits);
    v("seccomp", self.seccomp);
    v("extensions", self.extensions);
    v("setup", self.setup);
    v("process", self.process);
    v("warnings", self.warnings);
}

}  // namespace runcxx::config
