// SPDX-License-Identifier: Apache-2.0
// What the outside sees of a container: the state that hooks and seccomp agents receive (runtime-spec,
// runtime.md "State"), and the one that `state` and `list` print (runc's own shape, a superset). Runs in:
// either (startContainer hooks run in init). Must not know how a state comes about, nor JSON.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "oci/fields.h"
#include "oci/spec.h"

namespace runcxx::oci {

struct State {
    std::string oci_version{kSpecVersion};  // of the runtime, not of config.json
    std::string id;
    std::string status;               // "creating", "created", "running", "stopped"
    std::optional<std::int32_t> pid;  // as the receiver's pid namespace has it; absent after the end
    std::string bundle;
    StringMap annotations;

    bool operator==(const State&) const = default;
};

// The message that goes with the notify fd to a seccomp agent.
struct ContainerProcessState {
    std::string oci_version{kSpecVersion};
    Strings fds{"seccompFd"};  // names, in the order of the fds of the same message
    std::int32_t pid = 0;      // of the process with the filter
    std::string metadata;      // linux.seccomp.listenerMetadata
    State state;

    bool operator==(const ContainerProcessState&) const = default;
};

// One container in the output of `state` and `list`.
struct RuntimeState {
    std::string oci_version{kSpecVersion};
    std::string id;
    std::int32_t pid = 0;  // 0: stopped
    std::string status;    // as above, and "paused"
    std::string bundle;
    std::string rootfs;
    std::string created;  // RFC 3339 with nanoseconds, UTC
    StringMap annotations;
    std::string owner;  // user name; `state` leaves it empty, like runc

    bool operator==(const RuntimeState&) const = default;
};

template <FieldsOf<State> Self, class V>
void visit_fields(Self& self, V&& v) {
    v(always("ociVersion"), self.oci_version);
    v(always("id"), self.id);
    v(always("status"), self.status);
    v("pid", self.pid);
    v(always("bundle"), self.bundle);
    v("annotations", self.annotations);
}

template <FieldsOf<ContainerProcessState> Self, class V>
void visit_fields(Self& self, V&& v) {
    v(always("ociVersion"), self.oci_version);
    v(always("fds"), self.fds);
    v(always("pid"), self.pid);
    v("metadata", self.metadata);
    v(always("state"), self.state);
}

template <FieldsOf<RuntimeState> Self, class V>
void visit_fields(Self& self, V&& v) {
    v(always("ociVersion"), self.oci_version);
    v(always("id"), self.id);
    v(always("pid"), self.pid);
    v(always("status"), self.status);
    v(always("bundle"), self.bundle);
    v(always("rootfs"), self.rootfs);
    v(always("created"), self.created);
    v("annotations", self.annotations);
    v(always("owner"), self.owner);
}

// Compact, one line, no newline: for a hook's stdin and for the agent's socket.
std::string to_json(const State& state);
std::string to_json(const ContainerProcessState& state);

// `state ID`: two spaces of indentation, no newline at the end.
std::string to_json(const RuntimeState& state);

// `list --format json`: one line without the newline; "null" when there is none.
std::string list_to_json(std::span<const RuntimeState> containers);

}  // namespace runcxx::oci
