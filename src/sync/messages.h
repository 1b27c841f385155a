// SPDX-License-Identifier: Apache-2.0
// What runtime and init say to each other after init has its configuration: one SEQPACKET packet each, a type
// byte and the encoded payload; fds ride on the packet that names them.
//
// clang-format off
//   from init            runtime does                                    answer
//   -------------------  ----------------------------------------------  --------------------------------
//   MountPlease{index}   opens the source of mounts[index]: a detached   MountSource + 1 fd
//                        mount when it is id-mapped, else a handle
//   RootfsReady          cgroup limits, prestart, createRuntime hooks    HooksDone
//     (only when something needs it: ContainerSetup::stops_before_pivot)
//   ProcessReady         cgroup limits (if not yet), rlimits, saves      Run{seccomp program}
//                        state.json, compiles the seccomp profile
//   SeccompListener{fd}  fetches fd number `fd` of init, hands it to     ListenerTaken
//                        the seccomp agent
//   Failure{...}         aborts                                          -
//   (end of file)        init waits at the exec fifo (create), or has become its program (run)
// clang-format on
//
// Runs in: either. The order is enforced by sync/order.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/error.h"
#include "config/config_fields.h"
#include "config/container.h"
#include "oci/fields.h"

namespace runcxx::sync {

enum class Type : std::uint8_t {
    MountPlease,
    MountSource,
    RootfsReady,
    HooksDone,
    ProcessReady,
    Run,
    SeccompListener,
    ListenerTaken,
    Failure,
};

struct MountPlease {
    static constexpr Type kType = Type::MountPlease;
    std::uint32_t index = 0;
};
struct MountSource {
    static constexpr Type kType = Type::MountSource;
};
struct RootfsReady {
    static constexpr Type kType = Type::RootfsReady;
};
struct HooksDone {
    static constexpr Type kType = Type::HooksDone;
};
struct ProcessReady {
    static constexpr Type kType = Type::ProcessReady;
};
struct Run {
    static constexpr Type kType = Type::Run;
    std::optional<config::SeccompProgram> seccomp;
};
struct SeccompListener {
    static constexpr Type kType = Type::SeccompListener;
    std::int32_t fd = -1;
};
struct ListenerTaken {
    static constexpr Type kType = Type::ListenerTaken;
};
struct Failure {
    static constexpr Type kType = Type::Failure;
    Error::Kind kind = Error::Kind::Failure;
    std::int32_t errno_value = 0;
    std::string message;
};

template <oci::FieldsOf<MountPlease> Self, class V>
void visit_fields(Self& self, V&& v) {
    v("index", self.index);
}
template <oci::FieldsOf<MountSource> Self, class V>
void visit_fields(Self&, V&&) {}
template <oci::FieldsOf<RootfsReady> Self, class V>
void visit_fields(Self&, V&&) {}
template <oci::FieldsOf<HooksDone> Self, class V>
void visit_fields(Self&, V&&) {}
template <oci::FieldsOf<ProcessReady> Self, class V>
void visit_fields(Self&, V&&) {}
template <oci::FieldsOf<Run> Self, class V>
void visit_fields(Self& self, V&& v) {
    v("seccomp", self.seccomp);
}
template <oci::FieldsOf<SeccompListener> Self, class V>
void visit_fields(Self& self, V&& v) {
    v("fd", self.fd);
}
template <oci::FieldsOf<ListenerTaken> Self, class V>
void visit_fields(Self&, V&&) {}
template <oci::FieldsOf<Failure> Self, class V>
void visit_fields(Self& self, V&& v) {
    v("kind", self.kind);
    v("errno", self.errno_value);
    v("message", self.message);
}

}  // namespace runcxx::sync
