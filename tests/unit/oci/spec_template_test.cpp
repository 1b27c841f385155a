// SPDX-License-Identifier: Apache-2.0
#include "oci/spec_template.h"

#include <algorithm>
#include <vector>

#include "oci/json.h"
#include "support/catch.h"

using namespace runcxx::oci;

namespace {

std::vector<std::string> namespace_types(const Spec& spec) {
    std::vector<std::string> types;
    for (const auto& each : spec.linux->namespaces)
        types.push_back(each.type);
    return types;
}

const Mount& mount_at(const Spec& spec, const std::string& destination) {
    const auto at = std::find_if(spec.mounts.begin(), spec.mounts.end(),
                                 [&](const Mount& each) { return each.destination == destination; });
    REQUIRE(at != spec.mounts.end());
    return *at;
}

}  // namespace

TEST_CASE("the default spec survives writing and parsing", "[oci]") {
    const auto rootless = GENERATE(false, true);
    const auto cgroup2 = GENERATE(false, true);
    const Spec spec = default_spec(rootless, cgroup2, 1000, 1001);
    CHECK(parse_spec(to_json(spec, Layout::Tabs)) == spec);
    CHECK(parse_spec(to_json(spec)) == spec);
}

TEST_CASE("the default spec starts a shell with few capabilities, none of them inheritable", "[oci]") {
    const Spec spec = default_spec(false, false, 0, 0);
    const Strings names{"CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"};
    CHECK(spec.oci_version == "1.3.0");
    CHECK(spec.process->args == Strings{"sh"});
    CHECK(spec.process->no_new_privileges);
    CHECK(spec.process->capabilities ==
          Capabilities{
              .bounding = names, .effective = names, .inheritable = {}, .permitted = names, .ambient = {}});
    CHECK(spec.process->rlimits ==
          std::vector<Rlimit>{{.type = "RLIMIT_NOFILE", .hard = 1024, .soft = 1024}});
    CHECK(spec.root == Root{.path = "rootfs", .readonly = true});
    CHECK(spec.hostname == "runcxx");
    CHECK(spec.mounts.size() == 7);
    CHECK(namespace_types(spec) == std::vector<std::string>{"pid", "network", "ipc", "uts", "mount"});
    CHECK(to_json(spec).find(R"("resources":{"devices":[{"allow":false,"access":"rwm"}]})") !=
          std::string::npos);
}

TEST_CASE("on cgroup v2 the default spec has a cgroup namespace", "[oci]") {
    CHECK(namespace_types(default_spec(false, true, 0, 0)).back() == "cgroup");
}

TEST_CASE("the rootless spec maps the caller to root and drops what needs privileges", "[oci]") {
    const Spec spec = default_spec(true, true, 1000, 1001);
    CHECK(namespace_types(spec) == std::vector<std::string>{"pid", "ipc", "uts", "mount", "cgroup", "user"});
    CHECK(spec.linux->uid_mappings ==
          std::vector<IdMapping>{{.container_id = 0, .host_id = 1000, .size = 1}});
    CHECK(spec.linux->gid_mappings ==
          std::vector<IdMapping>{{.container_id = 0, .host_id = 1001, .size = 1}});
    CHECK_FALSE(spec.linux->resources);
    CHECK(mount_at(spec, "/sys").options == Strings{"rbind", "nosuid", "noexec", "nodev", "ro"});
    CHECK(mount_at(spec, "/sys").type == "none");
    CHECK(mount_at(spec, "/dev/pts").options ==
          Strings{"nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"});
}
