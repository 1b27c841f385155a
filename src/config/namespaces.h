// SPDX-License-Identifier: Apache-2.0
// The kinds of namespaces: names in config.json and below /proc/PID/ns, CLONE_NEW* flags, joining order; and
// the decoding of linux.namespaces. Flags are CLONE_NEW* of <sched.h>. The rows are those of
// runcxx/bootstrap_wire.h, which the C stage shares. Runs in: runtime.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "config/container.h"
#include "oci/spec.h"

namespace runcxx::config {

struct NamespaceKind {
    std::string_view spec_name;  // "network"
    std::string_view proc_name;  // "net": /proc/PID/ns/net, and the prefix in the bootstrap message
    std::uint32_t flag;          // CLONE_NEWNET
};

// In joining order: the user namespace first, because joining it gives the rights for the others.
extern const NamespaceKind kNamespaceKinds[8];

// "net" of CLONE_NEWNET. Precondition: one of the kinds.
std::string_view proc_name(std::uint32_t flag);

// Errors: an unknown type, a type named twice.
Namespaces resolve_namespaces(const std::vector<oci::Namespace>& namespaces);

// For a namespace that was to be made and that somebody has made meanwhile.
void join_instead(Namespaces& namespaces, std::uint32_t flag, std::string path);

// The path of a joined namespace, "" when it is made or not there.
std::string path_of(const Namespaces& namespaces, std::uint32_t flag);

// Sorted, for `features`.
oci::Strings namespace_names();

}  // namespace runcxx::config
