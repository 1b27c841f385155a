// SPDX-License-Identifier: Apache-2.0
// Tables of device rules, and what the program made of one answers to an access.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cgroups/v2/device_program.h"
#include "unit/cgroups/ebpf_interpreter.h"

namespace runcxx::tests {

using namespace runcxx::cgroups;
using Rules = std::vector<oci::DeviceCgroup>;

inline constexpr std::optional<std::int64_t> any;

inline oci::DeviceCgroup rule(bool allow, const char* type, std::optional<std::int64_t> major,
                              std::optional<std::int64_t> minor, const char* access) {
    return {.allow = allow, .type = type, .major = major, .minor = minor, .access = access};
}
inline oci::DeviceCgroup allow_all() {
    return rule(true, "a", any, any, "rwm");
}
inline oci::DeviceCgroup deny_all() {
    return rule(false, "a", any, any, "rwm");
}

struct Access {
    char type;
    std::uint32_t major, minor;
    std::uint8_t bits;
};

inline bool decides(const std::vector<bpf_insn>& program, const Access& access) {
    bpf_cgroup_dev_ctx context{};
    const auto type = access.type == 'b' ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR;
    context.access_type = static_cast<std::uint32_t>(access.bits) << 16 | static_cast<std::uint32_t>(type);
    context.major = access.major;
    context.minor = access.minor;
    return run_device_program(program, context);
}

inline const std::vector<std::pair<const char*, Rules>>& tables() {
    static const std::vector<std::pair<const char*, Rules>> all = {
        {"nothing", {}},
        {"deny all", {deny_all()}},
        {"allow all", {allow_all()}},
        {"an access", {rule(true, "c", 1, 3, "r")}},
        {"merged accesses", {rule(true, "c", 1, 3, "r"), rule(true, "c", 1, 3, "m")}},
        {"any minor", {rule(true, "b", 8, any, "rw")}},
        {"any major", {rule(true, "c", any, 3, "w")}},
        {"any device of a type", {rule(true, "c", any, any, "m"), rule(true, "b", any, any, "rwm")}},
        {"a device in an allowed type", {rule(true, "c", any, any, "m"), rule(true, "c", 1, 3, "rwm")}},
        {"denied ones", {allow_all(), rule(false, "c", 1, 3, "rwm"), rule(false, "b", any, any, "w")}},
        {"denied writing", {allow_all(), rule(false, "c", 195, any, "w"), rule(false, "c", 195, 0, "r")}},
        {"allowed again", {allow_all(), rule(false, "c", 1, 3, "rw"), rule(true, "c", 1, 3, "r")}},
        {"a wider rule takes back", {rule(true, "c", 1, 3, "rw"), rule(false, "c", 1, any, "w")}},
        {"a type takes back", {rule(true, "b", 8, 1, "rw"), rule(false, "b", any, any, "rwm")}},
        {"exactly a denial is lifted",
         {allow_all(), rule(false, "c", 1, any, "rw"), rule(true, "c", 1, any, "w")}},
        {"reset", {rule(true, "c", 1, 3, "rwm"), deny_all(), rule(true, "c", 5, any, "rwm")}},
        {"the largest numbers", {rule(true, "c", 4095, 0xfffff, "rwm"), rule(true, "b", 4095, any, "r")}},
    };
    return all;
}

}  // namespace runcxx::tests
