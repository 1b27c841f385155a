// SPDX-License-Identifier: Apache-2.0
// The resource groups of a container in resctrl (Intel RDT, AMD QoS, Arm MPAM): a control group, whose
// "schemata" says what of the caches and of the memory bandwidth its tasks may use, and perhaps a monitoring
// group below it (kernel: Documentation/filesystems/resctrl.rst). One directory level, unlike cgroups; a new
// task is born into the groups of its parent. Runs in: runtime. Must not: mount resctrl, or look for it.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "base/rollback.h"
#include "oci/fields.h"
#include "oci/spec.h"

namespace runcxx::intelrdt {

// Recorded before anything is made, so that a creation that was killed can be undone from it.
struct Group {
    std::string root;          // where resctrl is mounted
    std::string path;          // the control group; `root` itself is the default one
    std::string monitor_path;  // the monitoring group; empty: none of the container's own
    // It was not there before, and it goes with the container.
    bool owns_path = false;
    bool owns_monitor = false;
};

template <oci::FieldsOf<Group> Self, class V>
void visit_fields(Self& self, V&& v) {
    v("root", self.root);
    v("path", self.path);
    v("monitorPath", self.monitor_path);
    v("ownsPath", self.owns_path);
    v("ownsMonitor", self.owns_monitor);
}

// Which groups linux.intelRdt means; only looks. closID names the control group ("/" is the default one), else the
// container's id does, and then the group is the container's own. Errors: "clos dir not accessible (must be
// pre-created when schemata, l3CacheSchema and memBwSchema are empty): ...".
Group find_group(const oci::IntelRdt& asked, const std::string& id, const std::string& root);

// Makes the directories that are missing and returns those it made, outermost first; what was made before a
// failure is removed again. Errors end in ", last_cmd_status: ..." with the kernel's own words.
std::vector<std::string> create(const Group& group);

// l3CacheSchema, memBwSchema and schemata, one line each, in one write; nothing when none is set. Errors: `intelrdt: unable to write "L3:0=f\n": ..., last_cmd_status: ...`.
void write_schemata(const Group& group, const oci::IntelRdt& asked);

// Like write_schemata() for an existing container; `undo` gets what restores the schemata that it finds.
void update_schemata(const Group& group, const oci::IntelRdt& asked, Rollback& undo);

// Puts a process into both groups (exec: one that is to belong to the container). Its children follow it, its
// threads do not. Errors: "intelrdt: unable to add pid N: ...".
void add_process(const Group& group, pid_t pid);

// Undoes create(): removes what it made, except a group named by closID that has got other tasks meanwhile.
void undo(const Group& group, const std::vector<std::string>& made);

// At the end of the container: removes the groups it owns. What is gone already is fine.
void remove(const Group& group);

}  // namespace runcxx::intelrdt
