// SPDX-License-Identifier: Apache-2.0
// The small tables of names.
#include <linux/capability.h>
#include <sched.h>

#include <algorithm>
#include <csignal>

#include "base/error.h"
#include "base/text.h"
#include "config/capabilities.h"
#include "config/cpu_list.h"
#include "config/environment.h"
#include "config/hook_kinds.h"
#include "config/id_mappings.h"
#include "config/namespaces.h"
#include "config/scheduling.h"
#include "config/signals.h"
#include "support/catch.h"

using namespace runcxx;
using namespace runcxx::config;

namespace {

template <class Action>
std::string error_of(Action&& action) {
    try {
        action();
    } catch (const Error& error) {
        return error.message();
    }
    return {};
}

}  // namespace

TEST_CASE("features: the sorted lists of names are runc's", "[config]") {
    CHECK(join(namespace_names(), " ") == "cgroup ipc mount network pid time user uts");
    CHECK(join(hook_names(), " ") ==
          "prestart createRuntime createContainer startContainer poststart poststop");
    CHECK(join(memory_policy_modes(), " ") ==
          "MPOL_BIND MPOL_DEFAULT MPOL_INTERLEAVE MPOL_LOCAL MPOL_PREFERRED MPOL_PREFERRED_MANY "
          "MPOL_WEIGHTED_INTERLEAVE");
    CHECK(join(memory_policy_flags(), " ") ==
          "MPOL_F_NUMA_BALANCING MPOL_F_RELATIVE_NODES MPOL_F_STATIC_NODES");
}

TEST_CASE("capabilities: all that the kernel headers know have names, in the order of their numbers",
          "[config]") {
    const auto names = capability_names();
    REQUIRE(names.size() == CAP_LAST_CAP + 1);
    for (unsigned number = 0; number < names.size(); ++number)
        CHECK(capability_number(names[number]) == number);
    CHECK(capability_number("CAP_SYS_ADMIN") == 21);
    CHECK_FALSE(capability_number("cap_sys_admin"));
    CHECK_FALSE(capability_number("SYS_ADMIN"));
}

TEST_CASE("capabilities: unknown names are left out with one sorted warning", "[config]") {
    std::vector<std::string> warnings;
    const auto sets = resolve_capabilities({.bounding = {"CAP_KILL", "CAP_ZEBRA"},
                                            .effective = {"CAP_CHOWN"},
                                            .inheritable = {},
                                            .permitted = {"CAP_APE", "CAP_ZEBRA"},
                                            .ambient = {"CAP_CHECKPOINT_RESTORE"}},
                                           warnings);
    CHECK(sets.bounding == std::uint64_t{1} << CAP_KILL);
    CHECK(sets.effective == std::uint64_t{1} << CAP_CHOWN);
    CHECK(sets.inheritable == 0);
    CHECK(sets.permitted == 0);
    CHECK(sets.ambient == std::uint64_t{1} << 40);
    CHECK(warnings ==
          std::vector<std::string>{"ignoring unknown or unavailable capabilities: [CAP_APE CAP_ZEBRA]"});
}

TEST_CASE("signals: by number, by name with and without SIG, in any case", "[config]") {
    CHECK(parse_signal("9") == SIGKILL);
    CHECK(parse_signal("0") == 0);
    CHECK(parse_signal("64") == 64);
    CHECK(parse_signal("KILL") == SIGKILL);
    CHECK(parse_signal("sigterm") == SIGTERM);
    CHECK(parse_signal("Usr1") == SIGUSR1);
    CHECK(parse_signal("SIGSTKFLT") == SIGSTKFLT);
    CHECK(signal_name(SIGWINCH) == "SIGWINCH");
    CHECK(signal_name(0).empty());
    for (const std::string bad : {"", "SIG", "FOO", "9x", "SIGRTMIN", "RTMIN+1", " 9"}) {
        CAPTURE(bad);
        CHECK(error_of([&] { parse_signal(bad); }) == "unknown signal \"" + bad + "\"");
    }
}

TEST_CASE("signals: the names that completion offers are sorted and are taken by kill", "[config]") {
    const auto names = signal_names();
    CHECK(std::ranges::is_sorted(names));
    CHECK(std::ranges::find(names, "SIGKILL") != names.end());
    for (const auto name : names)
        CHECK(signal_name(parse_signal(name)) == name);
}

TEST_CASE("signals: every standard signal has a name", "[config]") {
    for (int number = 1; number < 32; ++number) {
        CAPTURE(number);
        CHECK(parse_signal(signal_name(number)) == number);
    }
}

TEST_CASE("cpu lists: ranges, single numbers, blanks and empty pieces", "[config]") {
    CHECK(parse_cpu_list("").empty());
    CHECK(parse_cpu_list("0") == std::vector<std::uint64_t>{1});
    CHECK(parse_cpu_list(" 0-3 ,, 5 ") == std::vector<std::uint64_t>{0b101111});
    CHECK(parse_cpu_list("63-64") == std::vector<std::uint64_t>{std::uint64_t{1} << 63, 1});
    CHECK(parse_cpu_list("65536").size() == 1025);
    CHECK(count_bits(parse_cpu_list("0-99")) == 100);
}

TEST_CASE("cpu lists: what is wrong is said as Go says it", "[config]") {
    const auto [text, error] = GENERATE(table<std::string, std::string>({
        {"x", "strconv.ParseUint: parsing \"x\": invalid syntax"},
        {"-1", "strconv.ParseUint: parsing \"\": invalid syntax"},
        {"1-", "strconv.ParseUint: parsing \"\": invalid syntax"},
        {"4294967296", "strconv.ParseUint: parsing \"4294967296\": value out of range"},
        {"65537", "values larger than 65536 are not supported"},
        {"5-1", "invalid range: 5-1"},
        {",", "no members found in set \",\""},
        {" ", "no members found in set \" \""},
    }));
    CAPTURE(text);
    CHECK(error_of([&, t = text] { parse_cpu_list(t); }) == error);
}

TEST_CASE("environment: the last value wins, an empty HOME is left to init", "[config]") {
    CHECK(resolve_environment({"A=1", "B=2", "A=3", "C="}) == oci::Strings{"B=2", "A=3", "C="});
    CHECK(resolve_environment({"HOME=", "A=b=c"}) == oci::Strings{"A=b=c"});
    CHECK(resolve_environment({"HOME=/x", "HOME="}) == oci::Strings{});
    CHECK(resolve_environment({"HOME=/x"}) == oci::Strings{"HOME=/x"});
    CHECK(error_of([] { resolve_environment({"A"}); }) == "invalid environment variable: missing '='");
    CHECK(error_of([] { resolve_environment({"=A"}); }) ==
          "invalid environment variable: name cannot be empty");
    CHECK(error_of([] { resolve_environment({std::string("A=b\0c", 5)}); }) ==
          "invalid environment variable \"A\": contains nul byte (\\x00)");
}

TEST_CASE("id mappings: ids are found in the range that holds them", "[config]") {
    const IdMappings mappings = {{0, 1000, 1}, {1, 100000, 65535}};
    CHECK(to_host_id(0, mappings) == 1000);
    CHECK(to_host_id(1, mappings) == 100000);
    CHECK(to_host_id(65535, mappings) == 165534);
    CHECK_FALSE(to_host_id(65536, mappings));
    CHECK_FALSE(to_host_id(0, {}));
    CHECK_FALSE(to_host_id(0, {{0, 5, 0}}));
    CHECK(to_host_id(4294967294U, {{0, 0, 4294967295U}}) == 4294967294U);
    CHECK_FALSE(to_host_id(10, {{0, 4294967290U, 100}}));
}

TEST_CASE("id mappings: the kernel's text goes there and back", "[config]") {
    const IdMappings mappings = {{0, 1000, 1}, {1, 100000, 65536}};
    CHECK(mappings_text(mappings) == "0 1000 1\n1 100000 65536\n");
    CHECK(parse_mappings("         0       1000          1\n         1     100000      65536\n") == mappings);
    CHECK(parse_mappings("").empty());
    CHECK(error_of([] { parse_mappings("0 1\n"); }) ==
          "parsing id map failed: invalid format in line \"0 1\"");
    CHECK(error_of([] { parse_mappings("0 1 x\n"); }) ==
          "parsing id map failed: invalid format in line \"0 1 x\"");
}

TEST_CASE("id mappings: only the caller's own gid can be mapped without a tool", "[config]") {
    CHECK_FALSE(needs_mapping_tool({{0, 1000, 1}}, 1000));
    CHECK(needs_mapping_tool({{0, 1001, 1}}, 1000));
    CHECK(needs_mapping_tool({{0, 1000, 2}}, 1000));
    CHECK(needs_mapping_tool({{0, 1000, 1}, {1, 5, 1}}, 1000));
}

TEST_CASE("namespaces: new ones become flags, joined ones are ordered with the user namespace first",
          "[config]") {
    const auto namespaces = resolve_namespaces({{"time", "/t"},
                                                {"mount", ""},
                                                {"cgroup", "/c"},
                                                {"pid", "/p"},
                                                {"network", "/n"},
                                                {"uts", "/u"},
                                                {"ipc", "/i"},
                                                {"user", "/user"}});
    CHECK(namespaces.create_flags == CLONE_NEWNS);
    std::string order;
    for (const auto& each : namespaces.joined)
        order += each.path;
    CHECK(order == "/user/i/u/n/p/c/t");
    CHECK(namespaces.has(CLONE_NEWNS));
    CHECK(namespaces.has(CLONE_NEWTIME));
    CHECK(namespaces.creates(CLONE_NEWNS));
    CHECK_FALSE(namespaces.creates(CLONE_NEWUSER));
    CHECK(path_of(namespaces, CLONE_NEWNET) == "/n");
    CHECK(path_of(namespaces, CLONE_NEWNS).empty());
}

TEST_CASE("scheduler: policies, flags and values become sched_attr", "[config]") {
    const auto setup =
        resolve_scheduler(oci::Scheduler{.policy = "SCHED_DEADLINE",
                                         .flags = {"SCHED_FLAG_RESET_ON_FORK", "SCHED_FLAG_UTIL_CLAMP_MAX"},
                                         .runtime = 1,
                                         .deadline = 2,
                                         .period = 3});
    CHECK(setup.policy == 6);
    CHECK(setup.flags == 0x41);
    CHECK(setup.runtime == 1);
    CHECK(setup.deadline == 2);
    CHECK(setup.period == 3);
    CHECK(resolve_scheduler(oci::Scheduler{.policy = "SCHED_FIFO", .priority = 7}).priority == 7);
    CHECK(resolve_scheduler(oci::Scheduler{.policy = "SCHED_BATCH", .nice = -5}).nice == -5);
}
