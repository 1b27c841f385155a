// SPDX-License-Identifier: Apache-2.0
#include "oci/features.h"

#include "oci/json_value.h"
#include "support/catch.h"

using namespace runcxx::oci;

TEST_CASE("features are written with four spaces, and unset ones left out", "[oci]") {
    CHECK(to_json(Features{}) == "{}");
    Features some;
    some.oci_version_max = "1.3.0";
    some.linux.cgroup.v1 = true;
    some.linux.cgroup.rdma = false;
    some.linux.mount_extensions.idmap.enabled = true;
    CHECK(to_json(some) == R"({
    "ociVersionMax": "1.3.0",
    "linux": {
        "cgroup": {
            "v1": true,
            "rdma": false
        },
        "mountExtensions": {
            "idmap": {
                "enabled": true
            }
        }
    }
})");
}

TEST_CASE("every property of features.json has its field", "[oci]") {
    const char* all =
        R"({"ociVersionMin":"1.0.0","ociVersionMax":"1.3.0","hooks":["prestart"],"mountOptions":["ro"],)"
        R"("linux":{"namespaces":["pid"],"capabilities":["CAP_KILL"],)"
        R"("cgroup":{"v1":true,"v2":true,"systemd":false,"systemdUser":true,"rdma":true},)"
        R"("seccomp":{"enabled":true,"actions":["a"],"operators":["o"],"archs":["x"],"knownFlags":["k"],)"
        R"("supportedFlags":["s"]},"apparmor":{"enabled":true},"selinux":{"enabled":false},)"
        R"("intelRdt":{"enabled":true,"schemata":true,"monitoring":true},)"
        R"("memoryPolicy":{"modes":["m"],"flags":["f"]},"mountExtensions":{"idmap":{"enabled":true}},)"
        R"("netDevices":{"enabled":true}},"annotations":{"k":"v"},)"
        R"("potentiallyUnsafeConfigAnnotations":["bundle"]})";
    CHECK(runcxx::oci::to_json(from_json<Features>(all), Layout::Compact) == all);
}
