// SPDX-License-Identifier: Apache-2.0
// The names by which a dump and a restore mean the same thing outside of the container: those that runc uses, so
// that one can restore what the other has dumped. Runs in: runtime. Pure.
#pragma once

#include <sched.h>

#include <cstdint>
#include <string_view>

namespace runcxx::checkpoint {

// The first version of CRIU that says what version it is (3.0).
inline constexpr int kOldestCriu = 30000;

// What masked files are covered by. Other external mounts go by their mountpoint.
inline constexpr const char* kMaskName = "/dev/null";

// A namespace that stays outside of the images, with what CRIU needs for it. Other kinds are dumped even where the
// container has joined one, and joined again.
struct ExternalNamespace {
    std::uint32_t flag;
    std::string_view name;
    int criu_version;
};
inline constexpr ExternalNamespace kExternalNamespaces[] = {
    {CLONE_NEWNET, "extRootNetNS", 31100},
    {CLONE_NEWPID, "extRootPidNS", 31500},
};
// nullptr for another kind.
constexpr const ExternalNamespace* external_namespace(std::uint32_t flag) {
    for (const auto& each : kExternalNamespaces)
        if (each.flag == flag) return &each;
    return nullptr;
}

}  // namespace runcxx::checkpoint
