// SPDX-License-Identifier: Apache-2.0
#include "seccomp/decisions.h"

#include <linux/audit.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <utility>

#include "base/log.h"
#include "base/text.h"
#include "seccomp/conditions.h"

namespace runcxx::seccomp {
namespace {

constexpr std::uint32_t kX32Bit = 1U << 30;
constexpr std::uint32_t kHighBit = 1U << 31;

// libseccomp's numbers of calls that an architecture has through socketcall(2) or ipc(2), on some together
// with a direct one; below are those of calls it does not have (seccomp.h, __PNR_*).
constexpr int kFirstAbsent = -10000;

enum class Presence { Absent, Direct, Multiplexed };

Presence presence(int number) {
    if (number >= 0) return Presence::Direct;
    return number != __NR_SCMP_ERROR && number > kFirstAbsent ? Presence::Multiplexed : Presence::Absent;
}

// The way in for multiplexed calls: whatever is said about those concerns it.
bool is_multiplexer(const std::string& name) {
    return name == "socketcall" || name == "ipc";
}

// A tracer is expected to cope with new system calls; the other two let them through.
bool lets_unknown_through(std::uint32_t action) {
    return action == SCMP_ACT_ALLOW || action == SCMP_ACT_LOG || SCMP_ACT_TRACE(action) == action;
}

// What the rules about one number come to.
struct Verdict {
    std::uint32_t action = 0;
    std::vector<Conditions> alternatives;  // one of them has to hold; none: whatever the arguments
    bool is_mixed = false;                 // not for us to decide
};

struct Architecture {
    std::uint32_t token;       // SCMP_ARCH_*
    std::vector<int> numbers;  // of each rule
    std::map<std::uint32_t, Verdict> verdicts;
};

std::vector<Conditions> alternatives_of(const Rule& rule) {
    if (!rule.any_condition) return {rule.conditions};
    std::vector<Conditions> result;
    for (const auto& condition : rule.conditions)
        result.push_back({condition});
    return result;
}

void add_to(Verdict& verdict, bool is_new, const Rule& rule) {
    if (is_new) verdict.action = rule.action;
    verdict.is_mixed = verdict.is_mixed || verdict.action != rule.action || is_multiplexer(rule.name);
    const bool was_unconditional = !is_new && verdict.alternatives.empty();
    if (rule.conditions.empty() || was_unconditional) {
        verdict.alternatives.clear();
        return;
    }
    for (auto& alternative : alternatives_of(rule))
        verdict.alternatives.push_back(std::move(alternative));
}

Architecture judge(std::uint32_t token, const Profile& profile) {
    Architecture result{token, {}, {}};
    result.numbers.reserve(profile.rules.size());
    for (const auto& rule : profile.rules) {
        const int number = seccomp_syscall_resolve_name_arch(token, rule.name.c_str());
        result.numbers.push_back(number);
        if (number < 0 || rule.action == profile.default_action) continue;
        const auto [entry, is_new] = result.verdicts.try_emplace(static_cast<std::uint32_t>(number));
        add_to(entry->second, is_new, rule);
    }
    return result;
}

// Arguments of 64 bits. x32 and n32 run on 64-bit processors but pass 32.
bool is_wide(std::uint32_t token) {
    return (token & __AUDIT_ARCH_64BIT) != 0 && token != SCMP_ARCH_MIPS64N32 &&
           token != SCMP_ARCH_MIPSEL64N32;
}

bool is_decided(const Architecture& architecture, std::size_t rule) {
    const int number = architecture.numbers[rule];
    switch (presence(number)) {
        case Presence::Absent:
            return true;
        case Presence::Direct:
            return !architecture.verdicts.at(static_cast<std::uint32_t>(number)).is_mixed;
        case Presence::Multiplexed:
            return false;
    }
    return false;
}

std::vector<NumberRange> ranges_of(const Architecture& architecture, std::uint32_t default_action) {
    std::vector<NumberRange> ranges;
    const int largest = architecture.numbers.empty()
                            ? 0
                            : *std::max_element(architecture.numbers.begin(), architecture.numbers.end());
    if (!lets_unknown_through(default_action)) {
        if (largest > 0)
            ranges = unknown_numbers(architecture.token, static_cast<std::uint32_t>(largest));
        else
            log::warning("could not find any syscalls for seccomp arch {}",
                         architecture_name(architecture.token));
    }
    const auto is_unknown = [unknown = ranges](std::uint32_t number) {
        return std::any_of(unknown.begin(), unknown.end(), [number](const NumberRange& range) {
            return range.first <= number && number <= range.last;
        });
    };
    for (const auto& [number, verdict] : architecture.verdicts) {
        if (verdict.is_mixed || is_unknown(number)) continue;
        NumberRange range{number, number, verdict.action};
        if (!verdict.alternatives.empty())
            range.code =
                make_condition_code(verdict.alternatives, verdict.action, is_wide(architecture.token));
        ranges.push_back(std::move(range));
    }
    return ranges;
}

}  // namespace

std::vector<NumberRange> unknown_numbers(std::uint32_t architecture, std::uint32_t largest) {
    constexpr std::uint32_t kEnosys = SCMP_ACT_ERRNO(ENOSYS);
    switch (architecture) {
        case SCMP_ARCH_X86_64:
            return {{largest + 1, kX32Bit - 1, kEnosys}, {kHighBit, kHighBit + kX32Bit - 1, kEnosys}};
        case SCMP_ARCH_X32:
            return {{largest + 1, kHighBit - 1, kEnosys}, {kHighBit + kX32Bit, UINT32_MAX, kEnosys}};
        case SCMP_ARCH_S390:
        case SCMP_ARCH_S390X:
            return {{0, 0, kEnosys}, {largest + 1, UINT32_MAX, kEnosys}};
        default:
            return {{largest + 1, UINT32_MAX, kEnosys}};
    }
}

std::uint32_t audit_architecture(std::uint32_t architecture) {
    // libseccomp's own number for x32 is none the kernel ever reports.
    return architecture == SCMP_ARCH_X32 ? SCMP_ARCH_X86_64 : architecture;
}

Decisions decide(const Profile& profile) {
    std::vector<Architecture> architectures;
    architectures.reserve(profile.architectures.size());
    for (const auto token : profile.architectures)
        architectures.push_back(judge(token, profile));

    Decisions result;
    for (std::size_t i = 0; i < profile.rules.size(); ++i) {
        const auto& rule = profile.rules[i];
        // Redundant; libseccomp would refuse it.
        if (rule.action == profile.default_action) continue;
        if (seccomp_syscall_resolve_name(rule.name.c_str()) == __NR_SCMP_ERROR)
            log::debug("unknown seccomp syscall {} ignored", quoted(rule.name));
        else if (!std::all_of(architectures.begin(), architectures.end(),
                              [i](const Architecture& architecture) { return is_decided(architecture, i); }))
            result.left.push_back(&rule);
    }
    for (const auto& architecture : architectures) {
        const auto audit = audit_architecture(architecture.token);
        auto entry = std::find_if(result.decided.begin(), result.decided.end(),
                                  [audit](const auto& row) { return row.architecture == audit; });
        if (entry == result.decided.end()) entry = result.decided.insert(entry, {audit, {}});
        const auto ranges = ranges_of(architecture, profile.default_action);
        entry->ranges.insert(entry->ranges.end(), ranges.begin(), ranges.end());
    }
    return result;
}

}  // namespace runcxx::seccomp
