// SPDX-License-Identifier: Apache-2.0
#include "seccomp/profile.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "config/invalid_config.h"
#include "sys/seccomp.h"

namespace runcxx::seccomp {
namespace {

using config::invalid;

template <class Row, std::size_t N>
const Row* find(const Row (&table)[N], std::string_view name) {
    const auto* row = std::find_if(std::begin(table), std::end(table),
                                   [name](const Row& candidate) { return candidate.name == name; });
    return row == std::end(table) ? nullptr : row;
}

template <class Row, std::size_t N>
const Row& get(const Row (&table)[N], std::string_view name, std::string_view what) {
    const auto* row = find(table, name);
    if (row == nullptr) throw invalid("string {} is not a valid {} for seccomp", name, what);
    return *row;
}

std::uint32_t decode_action(const std::string& name, const std::optional<std::uint32_t>& errno_ret) {
    const auto& action = get(kActions, name, "action");
    if (!action.takes_errno) return action.value;
    const auto number = errno_ret.value_or(kDefaultErrno);
    // A filter returns 16 bits of data; cut off, 65536 would be an errno of 0: success.
    if (number > 0xffff) throw invalid("seccomp errnoRet {} for {} is greater than 65535", number, name);
    return action.value | number;
}

std::uint32_t decode_flags(const oci::Seccomp& profile, bool has_notify) {
    std::uint32_t flags = has_notify ? kFlagNewListener : 0;
    if (!profile.flags) {
        const auto& spec_allow = *find(kFlags, "SECCOMP_FILTER_FLAG_SPEC_ALLOW");
        return is_supported(spec_allow) ? flags | spec_allow.value : flags;
    }
    for (const auto& name : *profile.flags) {
        const auto* flag = find(kFlags, name);
        if (flag == nullptr) throw invalid("seccomp flag {} is not known to runcxx", name);
        if (!is_supported(*flag))
            throw Error(Error::Kind::NotSupported,
                        fmt::format("seccomp flag {} is not supported by this kernel", name));
        if (flag->value == kFlagWaitKillableRecv && !has_notify)
            throw invalid("seccomp flag {} needs a rule with SCMP_ACT_NOTIFY", name);
        flags |= flag->value;
    }
    return flags;
}

std::vector<std::uint32_t> decode_architectures(const oci::Strings& names) {
    std::vector<std::uint32_t> result{seccomp_arch_native()};
    for (const auto& name : names) {
        const auto token = seccomp_arch_resolve_name(get(kArchitectures, name, "arch").libseccomp_name);
        if (token == 0) throw invalid("this libseccomp does not know the seccomp architecture {}", name);
        if (std::find(result.begin(), result.end(), token) == result.end()) result.push_back(token);
    }
    return result;
}

constexpr std::size_t kMaxArguments = 6;

// Fills in the conditions of `rule`.
void decode_conditions(const oci::Syscall& call, Rule& rule) {
    std::array<bool, kMaxArguments> seen{};
    for (const auto& argument : call.args) {
        const auto& comparison = get(kOperators, argument.op, "operator");
        if (argument.index >= kMaxArguments)
            throw invalid("seccomp rule for {}: system calls have 6 arguments, there is no index {}",
                          join(call.names, ", "), argument.index);
        // libseccomp takes one condition per argument, so two on the same one have been alternatives always.
        rule.any_condition = rule.any_condition || seen[argument.index];
        seen[argument.index] = true;
        rule.conditions.push_back({argument.index, comparison.value, argument.value, argument.value_two});
    }
}

void check_notify(const oci::Seccomp& profile) {
    const auto level = seccomp_api_get();
    if (level < 6)
        throw Error(Error::Kind::NotSupported,
                    fmt::format("seccomp notify unsupported: API level: got {}, want at least 6. Please try "
                                "with libseccomp >= 2.5.0 and Linux >= 5.7",
                                level));
    if (profile.listener_path.empty()) throw invalid("seccomp listenerPath is not set");
}

}  // namespace

bool is_disabled(const oci::Seccomp& profile) {
    return profile.default_action.empty() && profile.syscalls.empty();
}

std::string_view architecture_name(std::uint32_t architecture) {
    for (const auto& row : kArchitectures)
        if (seccomp_arch_resolve_name(row.libseccomp_name) == architecture) return row.name;
    return "unknown";
}

bool is_supported(const FlagName& flag) {
    return flag.value == 0 || sys::supports_filter_flags(flag.value | flag.needs);
}

Profile decode(const oci::Seccomp& profile) {
    Profile result;
    result.has_notify = std::any_of(profile.syscalls.begin(), profile.syscalls.end(),
                                    [](const auto& call) { return call.action == "SCMP_ACT_NOTIFY"; });
    result.flags = decode_flags(profile, result.has_notify);
    result.architectures = decode_architectures(profile.architectures);
    result.default_action = decode_action(profile.default_action, profile.default_errno_ret);
    // Between the filter and the moment the runtime has its listener, init writes one message: a held-back
    // write would wait for an agent that is never told.
    if (result.default_action == SCMP_ACT_NOTIFY)
        throw invalid("SCMP_ACT_NOTIFY cannot be used as default action");
    for (const auto& call : profile.syscalls) {
        Rule rule;
        rule.action = decode_action(call.action, call.errno_ret);
        decode_conditions(call, rule);
        for (const auto& name : call.names) {
            if (name.empty()) throw invalid("empty string is not a valid syscall");
            if (rule.action == SCMP_ACT_NOTIFY && name == "write")
                throw invalid("SCMP_ACT_NOTIFY cannot be used for the write syscall");
            result.rules.push_back(rule);
            result.rules.back().name = name;
        }
    }
    if (result.has_notify) check_notify(profile);
    return result;
}

}  // namespace runcxx::seccomp
