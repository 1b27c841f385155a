// SPDX-License-Identifier: Apache-2.0
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "oci/json.h"
#include "oci/spec_fields.h"
#include "oci/spec_template.h"
#include "support/catch.h"
#include "unit/oci/full_spec.h"

using namespace runcxx;
using namespace runcxx::oci;

namespace {

// Collects the paths of all members that are empty, going down into structs, optionals, arrays and maps.
struct EmptyFinder {
    std::vector<std::string>& empty;
    std::string path;

    template <class T>
    void operator()(const char* name, const T& member) const {
        check(path + "." + name, member);
    }

    void check(const std::string& at, const std::string& text) const {
        if (text.empty()) empty.push_back(at);
    }
    template <class T>
    requires std::is_arithmetic_v<T>
    void check(const std::string& at, const T& number) const {
        if (number == T{}) empty.push_back(at);
    }
    template <class T>
    void check(const std::string& at, const std::optional<T>& value) const {
        if (value)
            check(at, *value);
        else
            empty.push_back(at);
    }
    template <class T>
    void check(const std::string& at, const std::vector<T>& list) const {
        if (list.empty()) empty.push_back(at);
        // An element may be empty text or zero; a struct may not have empty members.
        if constexpr (HasFields<T>)
            for (const auto& each : list)
                check(at, each);
    }
    template <class T>
    void check(const std::string& at, const std::map<std::string, T>& map) const {
        if (map.empty()) empty.push_back(at);
        for (const auto& [name, each] : map)
            check(at + "." + name, each);
    }
    template <class T>
    requires HasFields<const T>
    void check(const std::string& at, const T& value) const { visit_fields(value, EmptyFinder{empty, at}); }
};

}  // namespace

TEST_CASE("every property of the specification survives parsing and writing", "[oci]") {
    const Spec spec = parse_spec(kFullSpec);

    SECTION("nothing of the document is lost") {
        const auto layout = GENERATE(Layout::Compact, Layout::Tabs, Layout::FourSpaces);
        CHECK(nlohmann::json::parse(to_json(spec, layout)) == nlohmann::json::parse(kFullSpec));
    }
    SECTION("the document leaves no member of any struct unset") {
        std::vector<std::string> empty;
        visit_fields(spec, EmptyFinder{empty, {}});
        CHECK(empty == std::vector<std::string>{});
    }
    SECTION("the values are where they belong") {
        CHECK(spec.oci_version == "1.0.2-dev");
        CHECK(spec.process->user.umask == 18u);
        CHECK(spec.process->rlimits.at(0).hard == 18446744073709551615u);
        CHECK(spec.process->oom_score_adj == -100);
        CHECK(spec.process->exec_cpu_affinity.final == "0-3,7");
        CHECK(spec.mounts.at(0).gid_mappings.at(0).host_id == 2000);
        CHECK(spec.hooks.poststop.at(0).timeout == 10);
        CHECK(spec.annotations.at("com.example.key2") == "<&> \u00e9 \U0001f600 \x01");
        CHECK(spec.linux->resources->memory.swap == -1);
        CHECK(spec.linux->resources->block_io.throttle_write_iops_device.at(0).rate == 603);
        CHECK(spec.linux->resources->rdma.at("mlx5_1").hca_objects == 10000u);
        CHECK(spec.linux->devices.at(0).file_mode == 0666u);
        CHECK(spec.linux->net_devices.at("eth0").name == "container_eth0");
        CHECK(spec.linux->seccomp->syscalls.at(0).args.at(0).value == 18446744073709551614u);
        CHECK(spec.linux->time_offsets.at("boottime") == TimeOffset{.secs = -5, .nanosecs = 999999999});
    }
    SECTION("parsing what was written gives an equal spec") {
        CHECK(parse_spec(to_json(spec)) == spec);
    }
}

TEST_CASE("properties are written in the order of the specification's Go bindings", "[oci]") {
    const auto ordered = nlohmann::ordered_json::parse(to_json(parse_spec(kFullSpec)));
    std::vector<std::string> names;
    for (const auto& [name, value] : ordered.items())
        names.push_back(name);
    CHECK(names == std::vector<std::string>{"ociVersion", "process", "root", "hostname", "domainname",
                                            "mounts", "hooks", "annotations", "linux"});
    names.clear();
    for (const auto& [name, value] : ordered["process"].items())
        names.push_back(name);
    CHECK(names.front() == "terminal");
    CHECK(names.back() == "execCPUAffinity");
}

TEST_CASE("absent differs from zero where the runtime must tell them apart", "[oci]") {
    const Spec absent = parse_spec(R"({"process":{"user":{}},"linux":{"resources":{"pids":{}},"seccomp":{}},
                                       "hooks":{"prestart":[{"path":"/x"}]}})");
    CHECK_FALSE(absent.root);
    CHECK_FALSE(absent.process->capabilities);
    CHECK_FALSE(absent.process->oom_score_adj);
    CHECK_FALSE(absent.process->user.umask);
    CHECK_FALSE(absent.linux->resources->pids.limit);
    CHECK_FALSE(absent.linux->resources->memory.limit);
    CHECK_FALSE(absent.linux->seccomp->flags);
    CHECK_FALSE(absent.linux->seccomp->default_errno_ret);
    CHECK_FALSE(absent.hooks.prestart.at(0).timeout);

    const Spec zero =
        parse_spec(R"({"process":{"capabilities":{},"oomScoreAdj":0,"user":{"umask":0}},"root":{},
        "linux":{"resources":{"pids":{"limit":0},"memory":{"limit":0}},"seccomp":{"flags":[],"defaultErrnoRet":0}},
        "hooks":{"prestart":[{"path":"/x","timeout":0}]}})");
    CHECK(zero.root);
    CHECK(zero.process->capabilities);
    CHECK(zero.process->oom_score_adj == 0);
    CHECK(zero.process->user.umask == 0u);
    CHECK(zero.linux->resources->pids.limit == 0);
    CHECK(zero.linux->resources->memory.limit == 0);
    CHECK(zero.linux->seccomp->flags == Strings{});
    CHECK(zero.linux->seccomp->default_errno_ret == 0u);
    CHECK(zero.hooks.prestart.at(0).timeout == 0);

    CHECK(parse_spec(to_json(absent)) == absent);
    CHECK(parse_spec(to_json(zero)) == zero);
}

TEST_CASE("what is empty is left out of the output, but for what Go always writes", "[oci]") {
    CHECK(to_json(Spec{}) == R"({"ociVersion":""})");
    Spec spec;
    spec.process.emplace();
    spec.root.emplace();
    spec.mounts.emplace_back().destination = "/x";
    spec.linux.emplace().resources.emplace();
    CHECK(to_json(spec) ==
          R"({"ociVersion":"","process":{"user":{"uid":0,"gid":0},"cwd":""},"root":{"path":""},)"
          R"("mounts":[{"destination":"/x"}],"linux":{"resources":{}}})");
}

TEST_CASE("a process object and a resources object can be read alone", "[oci]") {
    CHECK(parse_process(R"({"args":["a"],"cwd":"/"})").args == Strings{"a"});
    CHECK(parse_resources(R"({"memory":{"limit":-1},"cpu":{}})").memory.limit == -1);
    CHECK_THROWS_WITH(parse_process(R"({"args":"a"})"), "args: expected an array, found a string");
    CHECK_THROWS_WITH(parse_resources(R"({"pids":{"limit":"1"}})"),
                      "pids.limit: expected an integer, found a string");
}
