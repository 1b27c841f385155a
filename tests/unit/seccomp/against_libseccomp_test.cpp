// SPDX-License-Identifier: Apache-2.0
// Our programs against libseccomp's own for the same profile: same answer to every number of every
// architecture, whatever was taken out of libseccomp's hands. Where they differ the rules themselves decide:
// libseccomp 2.5.4 now and then translates conditions on 32-bit architectures to code that contradicts its own
// listing of the filter (seccomp_export_pfc(3)).
#include <linux/audit.h>
#include <seccomp.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <random>
#include <set>

#include "base/error.h"
#include "support/catch.h"
#include "support/fd.h"
#include "unit/seccomp/docker_names.h"
#include "unit/seccomp/profiles.h"

using namespace runcxx;
using namespace runcxx::tests;

namespace {

struct Call {
    std::string name;
    std::uint32_t action;
    std::vector<scmp_arg_cmp> conditions;
};

std::string action_name(std::uint32_t action) {
    if (action == SCMP_ACT_ALLOW) return "SCMP_ACT_ALLOW";
    if (action == SCMP_ACT_KILL_PROCESS) return "SCMP_ACT_KILL_PROCESS";
    return "SCMP_ACT_ERRNO";
}

constexpr std::pair<scmp_compare, const char*> kOperators[] = {
    {SCMP_CMP_NE, "SCMP_CMP_NE"},
    {SCMP_CMP_LT, "SCMP_CMP_LT"},
    {SCMP_CMP_LE, "SCMP_CMP_LE"},
    {SCMP_CMP_EQ, "SCMP_CMP_EQ"},
    {SCMP_CMP_GE, "SCMP_CMP_GE"},
    {SCMP_CMP_GT, "SCMP_CMP_GT"},
    {SCMP_CMP_MASKED_EQ, "SCMP_CMP_MASKED_EQ"},
};

const char* operator_name(scmp_compare op) {
    for (const auto& [value, name] : kOperators)
        if (value == op) return name;
    return "";
}

// Empty when libseccomp refuses a rule: some contradictions.
std::vector<sock_filter> by_libseccomp(std::uint32_t default_action,
                                       const std::vector<std::uint32_t>& architectures,
                                       const std::vector<Call>& calls) {
    auto* filter = seccomp_init(default_action);
    for (const auto architecture : architectures)
        seccomp_arch_add(filter, architecture);
    for (const auto& call : calls) {
        if (call.action == default_action) continue;
        const int result =
            seccomp_rule_add_array(filter, call.action, seccomp_syscall_resolve_name(call.name.c_str()),
                                   static_cast<unsigned>(call.conditions.size()), call.conditions.data());
        if (result != 0) {
            seccomp_release(filter);
            return {};
        }
    }
    const auto file = memory_file("filter");
    seccomp_export_bpf(filter, file.get());
    seccomp_release(filter);
    const auto bytes = read_back(file);
    std::vector<sock_filter> program(bytes.size() / sizeof(sock_filter));
    std::memcpy(program.data(), bytes.data(), bytes.size());
    return program;
}

oci::Seccomp as_profile(std::uint32_t default_action, const oci::Strings& architectures,
                        const std::vector<Call>& calls) {
    auto source = profile(action_name(default_action), {}, architectures);
    if (action_name(default_action) == "SCMP_ACT_ERRNO") source.default_errno_ret = default_action & 0xffff;
    for (const auto& call : calls) {
        auto entry = rule({call.name}, action_name(call.action));
        if (entry.action == "SCMP_ACT_ERRNO") entry.errno_ret = call.action & 0xffff;
        for (const auto& condition : call.conditions)
            entry.args.push_back(
                {condition.arg, condition.datum_a, condition.datum_b, operator_name(condition.op)});
        source.syscalls.push_back(entry);
    }
    return source;
}

bool holds(const scmp_arg_cmp& condition, const std::array<std::uint64_t, 6>& args, bool wide) {
    const std::uint64_t mask = wide ? UINT64_MAX : UINT32_MAX;
    const auto value = args[condition.arg] & mask;
    const auto a = condition.datum_a & mask;
    switch (condition.op) {
        case SCMP_CMP_NE:
            return value != a;
        case SCMP_CMP_LT:
            return value < a;
        case SCMP_CMP_LE:
            return value <= a;
        case SCMP_CMP_EQ:
            return value == a;
        case SCMP_CMP_GE:
            return value >= a;
        case SCMP_CMP_GT:
            return value > a;
        default:
            return (value & a) == (condition.datum_b & a);
    }
}

// What the rules say about a call: one answer, or several when they contradict each other. Not for calls that
// an architecture multiplexes.
std::set<std::uint32_t> answers(std::uint32_t default_action, const std::vector<Call>& calls,
                                std::uint32_t architecture, std::uint32_t number,
                                const std::array<std::uint64_t, 6>& args) {
    const bool is_x32 = architecture == AUDIT_ARCH_X86_64 && (number & 0x40000000) != 0;
    const std::uint32_t token = is_x32 ? SCMP_ARCH_X32 : architecture;
    const bool wide = (token & 0x80000000) != 0;
    std::set<std::uint32_t> result;
    for (const auto& call : calls)
        if (seccomp_syscall_resolve_name_arch(token, call.name.c_str()) == static_cast<int>(number) &&
            std::all_of(call.conditions.begin(), call.conditions.end(),
                        [&](const auto& condition) { return holds(condition, args, wide); }))
            result.insert(call.action);
    if (result.empty()) result.insert(default_action);
    return result;
}

// The first answer that is neither libseccomp's nor that of the rules, nor an unknown number's ENOSYS; or "".
std::string difference(const std::vector<sock_filter>& ours, const std::vector<sock_filter>& theirs,
                       std::uint32_t default_action, const std::vector<Call>& calls) {
    for (const std::uint32_t architecture :
         {std::uint32_t{AUDIT_ARCH_X86_64}, std::uint32_t{AUDIT_ARCH_I386}, std::uint32_t{AUDIT_ARCH_AARCH64},
          std::uint32_t{AUDIT_ARCH_ARM}, std::uint32_t{AUDIT_ARCH_S390X}, std::uint32_t{AUDIT_ARCH_MIPSEL64},
          std::uint32_t{AUDIT_ARCH_PPC64LE}})
        for (const std::uint32_t base : {0U, 0x40000000U, 5000U, 0x0f0000U, 0x80000000U, 0xfffff000U})
            for (std::uint32_t offset = 0; offset < 600; ++offset)
                for (std::uint64_t first = 0; first < 12; ++first) {
                    const std::uint64_t upper = std::uint64_t{first / 6} << 32;
                    const std::array<std::uint64_t, 6> args{first % 6 + upper, 5 - first % 6};
                    const std::uint32_t number =
                        base == 0xfffff000U && offset == 599 ? 0xffffffff : base + offset;
                    const auto a = interpret(ours, architecture, number, args).value;
                    const auto b = interpret(theirs, architecture, number, args).value;
                    if (a == b || (default_action != SCMP_ACT_ALLOW && a == fails_with(ENOSYS))) continue;
                    if (answers(default_action, calls, architecture, number, args).count(a) != 0) continue;
                    char text[128];
                    std::snprintf(text, sizeof text, "arch %#x number %#x args %d: %#x, libseccomp %#x",
                                  architecture, number, static_cast<int>(first), a, b);
                    return text;
                }
    return "";
}

}  // namespace

TEST_CASE("any profile answers as libseccomp alone would, or as its rules say") {
    std::mt19937 random(20240607);
    const auto below = [&](unsigned limit) { return static_cast<unsigned>(random() % limit); };
    const auto number = [&] { return below(6) + (std::uint64_t{below(4) == 0} << 32); };
    const auto condition = [&](unsigned argument) {
        return scmp_arg_cmp{argument, kOperators[below(std::size(kOperators))].first, number(), number()};
    };
    // Favour what is special somewhere: multiplexed calls and their way in, names that share a number.
    const char* const special[] = {"socketcall",
                                   "ipc",
                                   "socket",
                                   "connect",
                                   "shmat",
                                   "semop",
                                   "msgget",
                                   "accept4",
                                   "recvmmsg",
                                   "sendto",
                                   "arm_sync_file_range",
                                   "sync_file_range2",
                                   "sync_file_range"};
    int refused = 0;
    constexpr int kRounds = 40;
    for (int round = 0; round < kRounds; ++round) {
        INFO("round " << round);
        const std::uint32_t default_action =
            std::array{SCMP_ACT_ERRNO(1), SCMP_ACT_ALLOW, SCMP_ACT_KILL_PROCESS}[below(3)];
        std::vector<std::uint32_t> architectures;
        oci::Strings names;
        for (const auto& [token, name] : {std::pair{std::uint32_t{SCMP_ARCH_X86}, "SCMP_ARCH_X86"},
                                          {SCMP_ARCH_X32, "SCMP_ARCH_X32"},
                                          {SCMP_ARCH_AARCH64, "SCMP_ARCH_AARCH64"},
                                          {SCMP_ARCH_ARM, "SCMP_ARCH_ARM"},
                                          {SCMP_ARCH_PPC64LE, "SCMP_ARCH_PPC64LE"},
                                          {SCMP_ARCH_MIPSEL64, "SCMP_ARCH_MIPSEL64"}})
            if (below(2) == 0) {
                architectures.push_back(token);
                names.emplace_back(name);
            }
        std::vector<Call> calls;
        const auto count = 1 + below(round % 2 == 0 ? 12 : 250);
        for (unsigned i = 0; i < count; ++i) {
            Call call;
            call.name = below(4) == 0 ? special[below(std::size(special))]
                                      : kDockerNames[below(std::size(kDockerNames))];
            call.action = std::array{SCMP_ACT_ALLOW, SCMP_ACT_ALLOW, SCMP_ACT_ERRNO(13),
                                     SCMP_ACT_KILL_PROCESS}[below(4)];
            if (below(4) == 0) call.conditions.push_back(condition(0));
            if (below(6) == 0) call.conditions.push_back(condition(1));
            calls.push_back(std::move(call));
        }
        const auto source = as_profile(default_action, names, calls);
        const auto theirs = by_libseccomp(default_action, architectures, calls);
        if (theirs.empty()) {
            CHECK_THROWS_AS(seccomp::compile(source), Error);
            ++refused;
            continue;
        }
        const auto ours = compiled(source);
        CHECK(difference(ours, theirs, default_action, calls) == "");
    }
    CHECK(refused < kRounds / 2);
}
