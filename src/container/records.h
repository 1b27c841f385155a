// SPDX-License-Identifier: Apache-2.0
// The two records of a state directory.
//   intent.json  written before the first side effect: enough to undo a creation that was killed at any
//   instant state.json   written when init is ready: the container, and what exec needs of its configuration
// They are separate because a reader that finds state.json without a pid takes a half-made container for a
// stopped one. Runs in: runtime. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/config_fields.h"
#include "config/container.h"
#include "intelrdt/group.h"
#include "oci/spec.h"
#include "oci/spec_fields.h"

namespace runcxx::container {

struct Intent {
    std::string id;
    std::string bundle;
    std::string config_file;  // of create --config; empty: config.json in the bundle
    std::string rootfs;
    std::string created;  // RFC 3339, nanoseconds, UTC
    std::string boot_id;  // pids and cgroups of another boot mean nothing
    oci::StringMap annotations;
    config::CgroupDriver cgroup_driver = config::CgroupDriver::Cgroupfs;
    bool rootless_cgroup = false;
    std::map<std::string, std::string>
        cgroup_paths;          // controller -> absolute directory, as in runc's state.json
    std::string systemd_unit;  // driver systemd: what to stop, and where it is
    std::string systemd_slice;
    oci::Hooks hooks;                        // poststart and poststop are still to run
    std::optional<oci::IntelRdt> intel_rdt;  // as configured, for update; and where that is
    std::optional<intelrdt::Group> intel_rdt_group;
    bool private_pid_namespace = false;
};

struct State {
    Intent intent;  // the same facts, now true
    bool details_follow = true;
    // Absent: written by a version that recorded nothing for it, so nobody knows what to enter.
    std::optional<config::ExecDefaults> exec;
    std::int32_t init_process_pid = 0;
    std::uint64_t init_process_start = 0;  // clock ticks after boot, field 22 of /proc/PID/stat
    // sys::process_inode(), which says more than the start time; 0: the kernel has none.
    std::uint64_t init_process_inode = 0;
    // Absent: written by a version that could not be checkpointed.
    std::optional<config::CheckpointFacts> checkpoint;
    std::vector<std::string> external_descriptors;  // links of init's streams 0, 1, 2: "pipe:[1234]"
    oci::Resources resources;  // in force, but for device rules: `update` merges into them
};

// What `state` and `list` tell, and what they look up.
template <oci::FieldsOf<Intent> Self, class V>
void visit_summary(Self& self, V&& v) {
    v("id", self.id);
    v("bundle", self.bundle);
    v("rootfs", self.rootfs);
    v("created", self.created);
    v("boot_id", self.boot_id);
    v("annotations", self.annotations);
    v("cgroup_driver", self.cgroup_driver);
    v("rootless", self.rootless_cgroup);
    v("cgroup_paths", self.cgroup_paths);
    v("systemd_unit", self.systemd_unit);
    v("systemd_slice", self.systemd_slice);
}

template <oci::FieldsOf<Intent> Self, class V>
void visit_details(Self& self, V&& v) {
    v("config_file", self.config_file);
    v("hooks", self.hooks);
    v("intel_rdt", self.intel_rdt);
    v("intel_rdt_group", self.intel_rdt_group);
    v("private_pid_namespace", self.private_pid_namespace);
}

template <oci::FieldsOf<Intent> Self, class V>
void visit_fields(Self& self, V&& v) {
    visit_summary(self, v);
    visit_details(self, v);
}

// One flat object, so that "id", "cgroup_paths", "init_process_pid" are where readers of runc's state.json
// look.
template <oci::FieldsOf<State> Self, class V>
void visit_fields(Self& self, V&& v) {
    visit_summary(self.intent, v);
    v("init_process_pid", self.init_process_pid);
    v("init_process_start", self.init_process_start);
    v("init_process_inode", self.init_process_inode);
    v("details_follow", self.details_follow);
    visit_details(self.intent, v);
    v("exec", self.exec);
    v("checkpoint", self.checkpoint);
    v("external_descriptors", self.external_descriptors);
    v("resources", self.resources);
}

// Where the reader of a summary stops. A file of an older version has no such property and is read to its end.
constexpr std::string_view kEndOfSummary = "details_follow";

}  // namespace runcxx::container
