// SPDX-License-Identifier: Apache-2.0
// Profiles and their compiled programs, for short tests.
#pragma once

#include <linux/audit.h>

#include <cstring>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "seccomp/compile.h"
#include "unit/seccomp/interpreter.h"

namespace runcxx::tests {

#if defined(__x86_64__)
inline constexpr std::uint32_t kNative = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
inline constexpr std::uint32_t kNative = AUDIT_ARCH_AARCH64;
#elif defined(__riscv) && __riscv_xlen == 64
inline constexpr std::uint32_t kNative = AUDIT_ARCH_RISCV64;
#elif defined(__powerpc64__)
inline constexpr std::uint32_t kNative = AUDIT_ARCH_PPC64LE;
#elif defined(__s390x__)
inline constexpr std::uint32_t kNative = AUDIT_ARCH_S390X;
#endif

inline constexpr std::uint32_t kAllow = SECCOMP_RET_ALLOW;
constexpr std::uint32_t fails_with(std::uint32_t number) {
    return SECCOMP_RET_ERRNO | number;
}

inline oci::Syscall rule(oci::Strings names, std::string action) {
    oci::Syscall call;
    call.names = std::move(names);
    call.action = std::move(action);
    return call;
}

inline oci::Syscall rule(oci::Strings names, std::string action, std::vector<oci::SeccompArg> args) {
    auto call = rule(std::move(names), std::move(action));
    call.args = std::move(args);
    return call;
}

inline oci::Seccomp profile(std::string default_action, std::vector<oci::Syscall> calls,
                            oci::Strings architectures = {}) {
    oci::Seccomp result;
    result.default_action = std::move(default_action);
    result.syscalls = std::move(calls);
    result.architectures = std::move(architectures);
    result.flags = oci::Strings{};
    return result;
}

inline std::vector<sock_filter> instructions(const config::SeccompProgram& program) {
    std::vector<sock_filter> result(program.instructions.size() / sizeof(sock_filter));
    std::memcpy(result.data(), program.instructions.data(), program.instructions.size());
    return result;
}

inline std::vector<sock_filter> compiled(const oci::Seccomp& source) {
    return instructions(seccomp::compile(source).value());
}

}  // namespace runcxx::tests
