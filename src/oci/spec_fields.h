// SPDX-License-Identifier: Apache-2.0
// The one list of the fields of every struct in spec.h: JSON name, member, and whether JSON output may leave
// it out. The order is the order of output. Runs in: either. Must not contain anything but the lists.
#pragma once

#include "oci/fields.h"
#include "oci/spec.h"

namespace runcxx::oci {

template <FieldsOf<Box> Self, class V>
void visit_fields(Self& self, V&& v) {
    v(always("height"), self.height);
    v(always("width"), self.width);
}

template <FieldsOf<User> Self, class V>
void visit_fields(Self& self, V&& v) {
    v(always("uid"), self.uid);
    v(always("gid"), self.gid);
    v("umask", self.umask);
    v("additionalGids", self.additional_gids);
}

template <FieldsOf<Capabilities> Self, class V>
void visit_fields(Self& self, V&& v) {
    v("bounding", self.bounding);
    v("effective", self.effective);
    v("inheritable", self.inheritable);
    v("permitted", self.permitted);
    v("ambient", self.ambient);
}

template <FieldsOf<Rlimit> Self, class V>
void visit_fields(Self& self, V&& v) {
    v(always("type"), self.type);
    v(always("hard"), self.hard);
    v(always("soft"), self.soft);
}

template <FieldsOf<Scheduler> Self, class V>
void visit_fields(Self& self, V&& v) {
    v(always("policy"), self.policy);
    v("nice", self.nice);
    v("priority", self.priority);
    v("flags", self.flags);
    v("runtime", self.runtime);
    v("deadline", self.deadline);
    v("period", self.period);
}

template <FieldsOf<IoPriority> Self, class V>
void visit_fields(Self& self, V&& v) {
    v(always("class"), self.class_name);
    v(always("priority"), self.priority);
}

template <FieldsOf<CpuAffinity> Self, class V>
void visit_fields(Self& self, V&& v) {
    v("initial", self.initial);
    v("final", self.final);
}

template <FieldsOf<Process> Self, class V>
void visit_fields(Self& self, V&& v) {
    v("terminal", self.terminal);
    v("consoleSize", self.console_size);
    v(always("user"), self.user);
    v("args", self.args);
    v("env", self.env);
    v(always("cwd"), self.cwd);
    v("capabilities", self.capabilities);
    v("rlimits", self.rlimits);
    v("noNewPrivileges", self.no_new_privileges);
    v("apparmorProfile", self.apparmor_profile);
    v("oomScoreAdj", self.oom_score_adj);
    v("scheduler", self.scheduler);
    v("selinuxLabel", self.selinux_label);
    v("ioPriority", self.io_priority);
    v("execCPUAffinity", self.exec_cpu_affinity);
}

template <FieldsOf<Root> Self, class V>
void visit_fields(Self& self, V&& v) {
    v(always("path"), self.path);
    v("readonly", self.readonly);
}

template <FieldsOf<IdMapping> Self, class V>
void visit_fields(Self& self, V&& v) {
    v(always("containerID"), self.container_id);
    v(always("hostID"), self.host_id);
    v(always("size"), self.size);
}

template <FieldsOf<Mount> Self, class V>
void visit_fields(Self& self, V&& v) {
    v(always("destination"), self.destination);
    v("type", self.type);
    v("source", self.source);
    v("options", self.options);
    v("uidMappings", self.uid_mappings);
    v("gidMappings", self.gid_mappings);
}

template <FieldsOf<Hook> Self, class V>
void visit_fields(Self& self, V&& v) {
    v(always("path"), self.path);
    v("args", self.args);
    v("env", self.env);
    v("timeout", self.timeout);
}

template <FieldsOf<Hooks> Self, class V>
void visit_fields(Self& self, V&& v) {
    v("prestart", self.prestart);
    v("createRuntime", self.create_runtime);
    v("createContainer", self.create_container);
    v("startContainer", self.start_container);
    v("poststart", self.poststart);
    v("poststop", self.poststop);
}

template <FieldsOf<Namespace> Self, class V>
void visit_fields(Self& self, V&& v) {
    v(always("type"), self.type);
    v("path", self.path);
}

template <FieldsOf<Device> Self, class V>
void visit_fields(Self& self, V&& v) {
    v(always("path"), self.path);
    v(always("type"), self.type);
    v(always("major"), self.major);
    v(always("minor"), self.minor);
    v("fileMode", self.file_mode);
    v("uid", self.uid);
    v("gid", self.gid);
}

template <FieldsOf<NetDevice> Self, class V>
void visit_fields(Self& self, V&& v) {
    v("name", self.name);
}

template <FieldsOf<DeviceCgroup> Self, class V>
void visit_fields(Self& self, V&& v) {
    v(always("allow"), self.allow);
    v("type", self.type);
    v("major", self.major);
    v("minor", self.minor);
    v("access", self.access);
}

template <FieldsOf<Memory> Self, class V>
void visit_fields(Self& self, V&& v) {
    v("limit", self.limit);
    v("reservation", self.reservation);
    v("swap", self.swap);
    v("kernel", self.kernel);
    v("kernelTCP", self.kernel_tcp);
    v("swappiness", self.swappiness);
    v("disableOOMKiller", self.disable_oom_killer);
    v("useHierarchy", self.use_hierarchy);
    v("checkBeforeUpdate", self.check_before_update);
}

template <FieldsOf<Cpu> Self, class V>
void visit_fields(Self& self, V&& v) {
    v("shares", self.shares);
    v("quota", self.quota);
    v("burst", self.burst);
    v("period", self.period);
    v("realtimeRuntime", self.realtime_runtime);
    v("realtimePeriod", self.realtime_period);
    v("cpus", self.cpus);
    v("mems", self.mems);
    v("idle", self.idle);
}

template <FieldsOf<Pids> Self, class V>
void visit_fields(Self& self, V&& v) {
    v("limit", self.limit);
}

template <FieldsOf<WeightDevice> Self, class V>
void visit_fields(Self& self, V&& v) {
    v(always("major"), self.major);
    v(always("minor"), self.minor);
    v("weight", self.weight);
    v("leafWeight", self.leaf_weight);
}

template <FieldsOf<ThrottleDevice> Self, class V>
void visit_fields(Self& self, V&& v) {
    v(always("major"), self.major);
    v(always("minor"), self.minor);
    v(always("rate"), self.rate);
}

template <FieldsOf<BlockIo> Self, class V>
void visit_fields(Self& self, V&& v) {
    v("weight", self.weight);
    v("leafWeight", self.leaf_weight);
    v("weightDevice", self.weight_device);
    v("throttleReadBpsDevice", self.throttle_read_bps_device);
    v("throttleWriteBpsDevice", self.throttle_write_bps_device);
    v("throttleReadIOPSDevice", self.throttle_read_iops_device);
    v("throttleWriteIOPSDevice", self.throttle_write_iops_device);
}

template <FieldsOf<HugepageLimit> Self, class V>
void visit_fields(Self& self, V&& v) {
    v(always("pageSize"), self.page_size);
    v(always("limit"), self.limit);
}

template <FieldsOf<InterfacePriority> Self, class V>
void visit_fields(Self& self, V&& v) {
    v(always("name"), self.name);
    v(always("priority"), self.priority);
}

template <FieldsOf<Network> Self, class V>
void visit_fields(Self& self, V&& v) {
    v("classID", self.class_id);
    v("priorities", self.priorities);
}

template <FieldsOf<Rdma> Self, class V>
void visit_fields(Self& self, V&& v) {
    v("hcaHandles", self.hca_handles);
    v("hcaObjects", self.hca_objects);
}

template <FieldsOf<Resources> Self, class V>
void visit_fields(Self& self, V&& v) {
    v("devices", self.devices);
    v("memory", self.memory);
    v("cpu", self.cpu);
    v("pids", self.pids);
    v("blockIO", self.block_io);
    v("hugepageLimits", self.hugepage_limits);
    v("network", self.network);
    v("rdma", self.rdma);
    v("unified", self.unified);
}

template <FieldsOf<SeccompArg> Self, class V>
void visit_fields(Self& self, V&& v) {
    v(always("index"), self.index);
    v(always("value"), self.value);
    v("valueTwo", self.value_two);
    v(always("op"), self.op);
}

template <FieldsOf<Syscall> Self, class V>
void visit_fields(Self& self, V&& v) {
    v(always("names"), self.names);
    v(always("action"), self.action);
    v("errnoRet", self.errno_ret);
    v("args", self.args);
}

template <FieldsOf<Seccomp> Self, class V>
void visit_fields(Self& self, V&& v) {
    v(always("defaultAction"), self.default_action);
    v("defaultErrnoRet", self.default_errno_ret);
    v("architectures", self.architectures);
    v("flags", self.flags);
    v("listenerPath", self.listener_path);
    v("listenerMetadata", self.listener_metadata);
    v("syscalls", self.syscalls);
}

template <FieldsOf<IntelRdt> Self, class V>
void visit_fields(Self& self, V&& v) {
    v("closID", self.clos_id);
    v("schemata", self.schemata);
    v("l3CacheSchema", self.l3_cache_schema);
    v("memBwSchema", self.mem_bw_schema);
    v("enableMonitoring", self.enable_monitoring);
}

template <FieldsOf<MemoryPolicy> Self, class V>
void visit_fields(Self& self, V&& v) {
    v(always("mode"), self.mode);
    v("nodes", self.nodes);
    v("flags", self.flags);
}

template <FieldsOf<Personality> Self, class V>
void visit_fields(Self& self, V&& v) {
    v(always("domain"), self.domain);
    v("flags", self.flags);
}

template <FieldsOf<TimeOffset> Self, class V>
void visit_fields(Self& self, V&& v) {
    v("secs", self.secs);
    v("nanosecs", self.nanosecs);
}

template <FieldsOf<Linux> Self, class V>
void visit_fields(Self& self, V&& v) {
    v("uidMappings", self.uid_mappings);
    v("gidMappings", self.gid_mappings);
    v("sysctl", self.sysctl);
    v("resources", self.resources);
    v("cgroupsPath", self.cgroups_path);
    v("namespaces", self.namespaces);
    v("devices", self.devices);
    v("netDevices", self.net_devices);
    v("seccomp", self.seccomp);
    v("rootfsPropagation", self.rootfs_propagation);
    v("maskedPaths", self.masked_paths);
    v("readonlyPaths", self.readonly_paths);
    v("mountLabel", self.mount_label);
    v("intelRdt", self.intel_rdt);
    v("memoryPolicy", self.memory_policy);
    v("personality", self.personality);
    v("timeOffsets", self.time_offsets);
}

template <FieldsOf<Spec> Self, class V>
void visit_fields(Self& self, V&& v) {
    v(always("ociVersion"), self.oci_version);
    v("process", self.process);
    v("root", self.root);
    v("hostname", self.hostname);
    v("domainname", self.domainname);
    v("mounts", self.mounts);
    v("hooks", self.hooks);
    v("annotations", self.annotations);
    v("linux", self.linux);
}

}  // namespace runcxx::oci
