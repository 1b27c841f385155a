// SPDX-License-Identifier: Apache-2.0
#include "config/exec.h"

#include <algorithm>
#include <limits>

#include "base/numbers.h"
#include "base/text.h"
#include "config/invalid_config.h"

namespace runcxx::config {
namespace {

constexpr std::uint32_t kNoId = std::numeric_limits<std::uint32_t>::max();  // (uid_t)-1, "leave unchanged"

std::uint32_t parse_id(std::string_view text, std::string_view kind) {
    const bool digits =
        !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
    const auto id = digits ? parse_number<std::uint32_t>(text) : std::nullopt;
    if (!id || *id == kNoId)
        throw invalid("bad {}: strconv.Atoi: parsing {}: {}", kind, quoted(text),
                      digits ? "value out of range" : "invalid syntax");
    return *id;
}

// Without a gid the one of config.json stays, as in runc.
void override_user(oci::User& user, std::string_view text) {
    const auto colon = text.find(':');
    if (colon != text.npos) user.gid = parse_id(text.substr(colon + 1), "gid");
    user.uid = parse_id(text.substr(0, colon), "uid");
}

void add_groups(oci::User& user, const std::vector<std::int64_t>& gids) {
    for (const auto gid : gids) {
        if (gid < 0) throw invalid("additional-gids must be a positive number {}", gid);
        if (gid >= kNoId) throw invalid("bad additional gid: {} is larger than {}", gid, kNoId - 1);
        user.additional_gids.push_back(static_cast<std::uint32_t>(gid));
    }
}

// Without a capabilities object the process keeps all that the runtime has: there is nothing to add to.
void add_capabilities(std::optional<oci::Capabilities>& sets, const std::vector<std::string>& names) {
    if (!sets) return;
    for (auto* set : {&sets->bounding, &sets->effective, &sets->permitted})
        set->insert(set->end(), names.begin(), names.end());
    if (!sets->inheritable.empty()) sets->ambient.insert(sets->ambient.end(), names.begin(), names.end());
}

Error empty_prefix(const std::string& argument) {
    return invalid("invalid --cgroup argument: {} (empty <controller> prefix)", argument);
}

}  // namespace

void override_process(oci::Process& process, const ProcessOverrides& overrides) {
    if (overrides.args.empty()) throw invalid("exec args cannot be empty");
    process.args = overrides.args;
    if (!overrides.cwd.empty()) process.cwd = overrides.cwd;
    if (!overrides.apparmor_profile.empty()) process.apparmor_profile = overrides.apparmor_profile;
    if (!overrides.selinux_label.empty()) process.selinux_label = overrides.selinux_label;
    add_capabilities(process.capabilities, overrides.capabilities);
    process.env.insert(process.env.end(), overrides.env.begin(), overrides.env.end());
    process.terminal = overrides.terminal;
    if (overrides.no_new_privileges) process.no_new_privileges = *overrides.no_new_privileges;
    if (!overrides.user.empty()) override_user(process.user, overrides.user);
    add_groups(process.user, overrides.additional_gids);
}

SubCgroups parse_sub_cgroups(const std::vector<std::string>& arguments) {
    SubCgroups result;
    for (const auto& argument : arguments) {
        const auto colon = argument.find(':');
        if (colon == argument.npos) {
            if (arguments.size() != 1)
                throw invalid("invalid --cgroup argument: {} (missing <controller>: prefix)", argument);
            result[""] = argument;
            continue;
        }
        const auto controllers = std::string_view(argument).substr(0, colon);
        if (controllers.empty()) throw empty_prefix(argument);
        for (const auto controller : split(controllers, ',')) {
            if (controller.empty()) throw empty_prefix(argument);
            if (!result.emplace(controller, argument.substr(colon + 1)).second)
                throw invalid("invalid --cgroup argument(s): controller {} specified multiple times",
                              controller);
        }
    }
    return result;
}

}  // namespace runcxx::config
