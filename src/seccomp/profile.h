// SPDX-License-Identifier: Apache-2.0
// linux.seccomp with its words turned into the numbers of libseccomp and the kernel, and the tables of those
// words. Private to this module.
// Runs in: runtime. Must not: build a filter.
#pragma once

#include <seccomp.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "oci/spec.h"

namespace runcxx::seccomp {

struct Rule {
    std::string name;          // of the system call, never empty
    std::uint32_t action = 0;  // SCMP_ACT_* with the errno in it
    std::vector<scmp_arg_cmp> conditions;
    bool any_condition = false;  // one that holds is enough; otherwise all have to
};

struct Profile {
    std::uint32_t default_action = 0;          // SCMP_ACT_*
    std::vector<std::uint32_t> architectures;  // SCMP_ARCH_*, distinct, the native one always among them
    std::uint32_t flags = 0;                   // SECCOMP_FILTER_FLAG_*
    bool has_notify = false;
    std::vector<Rule> rules;  // one per name, those that repeat the default included
};

// No default action and no system calls: as if there were no profile.
bool is_disabled(const oci::Seccomp& profile);

// Precondition: not disabled. The errors are those of check() in compile.h.
Profile decode(const oci::Seccomp& profile);

// The number of SCMP_ACT_ERRNO and SCMP_ACT_TRACE that name none.
inline constexpr std::uint32_t kDefaultErrno = 1;  // EPERM

struct ActionName {
    std::string_view name;
    std::uint32_t value;
    bool takes_errno;
};
struct OperatorName {
    std::string_view name;
    scmp_compare value;
};
struct ArchitectureName {
    std::string_view name;
    const char* libseccomp_name;  // a version that does not know it gives 0 for it
};
struct FlagName {
    std::string_view name;
    std::uint32_t value;
    std::uint32_t needs;  // other flags without which the kernel refuses this one
};

// Sorted by name, but for the flags, which are in the order in which `features` lists them.
inline constexpr ActionName kActions[] = {
    {"SCMP_ACT_ALLOW", SCMP_ACT_ALLOW, false},
    {"SCMP_ACT_ERRNO", SCMP_ACT_ERRNO(0), true},
    {"SCMP_ACT_KILL", SCMP_ACT_KILL_THREAD, false},
    {"SCMP_ACT_KILL_PROCESS", SCMP_ACT_KILL_PROCESS, false},
    {"SCMP_ACT_KILL_THREAD", SCMP_ACT_KILL_THREAD, false},
    {"SCMP_ACT_LOG", SCMP_ACT_LOG, false},
    {"SCMP_ACT_NOTIFY", SCMP_ACT_NOTIFY, false},
    {"SCMP_ACT_TRACE", SCMP_ACT_TRACE(0), true},
    {"SCMP_ACT_TRAP", SCMP_ACT_TRAP, false},
};
inline constexpr OperatorName kOperators[] = {
    {"SCMP_CMP_EQ", SCMP_CMP_EQ}, {"SCMP_CMP_GE", SCMP_CMP_GE}, {"SCMP_CMP_GT", SCMP_CMP_GT},
    {"SCMP_CMP_LE", SCMP_CMP_LE}, {"SCMP_CMP_LT", SCMP_CMP_LT}, {"SCMP_CMP_MASKED_EQ", SCMP_CMP_MASKED_EQ},
    {"SCMP_CMP_NE", SCMP_CMP_NE},
};
inline constexpr ArchitectureName kArchitectures[] = {
    {"SCMP_ARCH_AARCH64", "aarch64"},
    {"SCMP_ARCH_ARM", "arm"},
    {"SCMP_ARCH_LOONGARCH64", "loongarch64"},
    {"SCMP_ARCH_MIPS", "mips"},
    {"SCMP_ARCH_MIPS64", "mips64"},
    {"SCMP_ARCH_MIPS64N32", "mips64n32"},
    {"SCMP_ARCH_MIPSEL", "mipsel"},
    {"SCMP_ARCH_MIPSEL64", "mipsel64"},
    {"SCMP_ARCH_MIPSEL64N32", "mipsel64n32"},
    {"SCMP_ARCH_PPC", "ppc"},
    {"SCMP_ARCH_PPC64", "ppc64"},
    {"SCMP_ARCH_PPC64LE", "ppc64le"},
    {"SCMP_ARCH_RISCV64", "riscv64"},
    {"SCMP_ARCH_S390", "s390"},
    {"SCMP_ARCH_S390X", "s390x"},
    {"SCMP_ARCH_X32", "x32"},
    {"SCMP_ARCH_X86", "x86"},
    {"SCMP_ARCH_X86_64", "x86_64"},
};
inline constexpr std::uint32_t kFlagLog = 1U << 1;               // linux/seccomp.h, Linux 4.14
inline constexpr std::uint32_t kFlagSpecAllow = 1U << 2;         // Linux 4.17
inline constexpr std::uint32_t kFlagNewListener = 1U << 3;       // Linux 5.0
inline constexpr std::uint32_t kFlagWaitKillableRecv = 1U << 5;  // Linux 5.19
inline constexpr FlagName kFlags[] = {
    {"SECCOMP_FILTER_FLAG_TSYNC", 0, 0},  // there is one thread only
    {"SECCOMP_FILTER_FLAG_SPEC_ALLOW", kFlagSpecAllow, 0},
    {"SECCOMP_FILTER_FLAG_LOG", kFlagLog, 0},
    {"SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV", kFlagWaitKillableRecv, kFlagNewListener},
};

// "SCMP_ARCH_X86_64" of an SCMP_ARCH_*.
std::string_view architecture_name(std::uint32_t architecture);

// Whether the running kernel takes the flag.
bool is_supported(const FlagName& flag);

}  // namespace runcxx::seccomp
