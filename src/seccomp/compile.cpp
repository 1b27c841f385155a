// SPDX-License-Identifier: Apache-2.0
#include "seccomp/compile.h"

#include <linux/filter.h>
#include <seccomp.h>

#include <cstring>
#include <memory>

#include <fmt/core.h>

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "seccomp/decisions.h"
#include "seccomp/profile.h"
#include "sys/seccomp.h"

namespace runcxx::seccomp {
namespace {

// Rules that numbers do not decide are few, as a rule. From here on libseccomp makes a tree of them, too.
constexpr std::size_t kTreeThreshold = 32;

struct ReleaseFilter {
    void operator()(void* filter) const { seccomp_release(filter); }
};
using Filter = std::unique_ptr<void, ReleaseFilter>;  // scmp_filter_ctx

// `result` is 0 or a negative errno, as everything in libseccomp.
void require(int result, std::string_view what) {
    if (result < 0) throw Error::from_errno(-result, what);
}

Filter make_filter(const Profile& profile) {
    Filter filter(seccomp_init(profile.default_action));
    if (!filter) throw Error("error creating seccomp filter: libseccomp refuses the default action");
    for (const auto architecture : profile.architectures) {
        const int result = seccomp_arch_add(filter.get(), architecture);
        if (result != -EEXIST) require(result, "error adding architecture to seccomp filter");
    }
    return filter;
}

void add_rule(const Filter& filter, const Rule& rule) {
    const int number = seccomp_syscall_resolve_name(rule.name.c_str());
    const auto add = [&](const scmp_arg_cmp* conditions, std::size_t count) {
        const int result = seccomp_rule_add_array(filter.get(), rule.action, number,
                                                  static_cast<unsigned>(count), conditions);
        if (result < 0)
            throw Error::from_errno(
                -result, fmt::format("error adding seccomp filter rule for syscall {}", rule.name));
    };
    if (rule.any_condition) {
        for (const auto& condition : rule.conditions)
            add(&condition, 1);
    } else {
        add(rule.conditions.data(), rule.conditions.size());
    }
}

void add_rules(const Filter& filter, const std::vector<const Rule*>& rules) {
    for (const auto* rule : rules)
        add_rule(filter, *rule);
    if (rules.size() > kTreeThreshold)
        require(seccomp_attr_set(filter.get(), SCMP_FLTATR_CTL_OPTIMIZE, 2),
                "error making a tree of the seccomp filter");
}

std::string export_filter(const Filter& filter) {
    const auto file = sys::make_scratch_file();
    require(seccomp_export_bpf(filter.get(), file.get()), "error exporting seccomp filter");
    return sys::read_from_start(file);
}

}  // namespace

void check(const oci::Seccomp& profile, UnknownNames unknown) {
    if (is_disabled(profile)) return;
    const auto decoded = decode(profile);
    if (unknown == UnknownNames::Skipped) return;
    for (const auto& rule : decoded.rules)
        if (seccomp_syscall_resolve_name(rule.name.c_str()) == __NR_SCMP_ERROR)
            throw Error(Error::Kind::InvalidConfig,
                        fmt::format("unknown seccomp syscall {}", quoted(rule.name)));
}

std::optional<config::SeccompProgram> compile(const oci::Seccomp& profile) {
    if (is_disabled(profile)) return std::nullopt;
    const auto decoded = decode(profile);
    const auto decisions = decide(decoded);
    const auto tree = make_number_tree(decisions.decided);
    const auto filter = make_filter(decoded);
    add_rules(filter, decisions.left);
    const auto rest = export_filter(filter);

    const auto tree_size = tree.size() * sizeof(sock_filter);
    const auto count = tree.size() + rest.size() / sizeof(sock_filter);
    if (count > BPF_MAXINSNS)
        throw Error(fmt::format("seccomp filter is too long: {} instructions, the kernel takes {}", count,
                                BPF_MAXINSNS));

    config::SeccompProgram program;
    program.instructions.resize(tree_size + rest.size());
    if (tree_size > 0) std::memcpy(program.instructions.data(), tree.data(), tree_size);
    std::memcpy(program.instructions.data() + tree_size, rest.data(), rest.size());
    program.flags = decoded.flags;
    program.has_listener = decoded.has_notify;
    log::debug("seccomp filter: {} instructions, {} of them the tree of numbers", count, tree.size());
    log::debug("seccomp filter flags: {}", program.flags);
    return program;
}

}  // namespace runcxx::seccomp
