// SPDX-License-Identifier: Apache-2.0
#include "config/systemd_unit.h"

#include "base/error.h"
#include "support/catch.h"
#include "unit/config/made_up_host.h"

using namespace runcxx;
using namespace runcxx::config;
using test::Case;

namespace {

std::string error_of(const oci::StringMap& annotations) {
    try {
        resolve_systemd_properties(annotations);
    } catch (const Error& error) {
        CHECK(error.kind() == Error::Kind::InvalidConfig);
        return error.message();
    }
    return "";
}

SystemdProperty property(const std::string& name, const std::string& text) {
    const auto all = resolve_systemd_properties({{"org.systemd.property." + name, text}});
    REQUIRE(all.size() == 1);
    return all.front();
}

}  // namespace

TEST_CASE("systemd: cgroupsPath names a slice and a unit", "[config]") {
    const auto unit = [](const std::string& path) { return resolve_systemd_unit(path, "c1"); };
    CHECK(unit("").name == "runc-c1.scope");
    CHECK(unit("").slice.empty());
    CHECK(unit("").description == "libcontainer container c1");
    CHECK(unit("machine.slice:libpod:abc").name == "libpod-abc.scope");
    CHECK(unit("machine.slice:libpod:abc").slice == "machine.slice");
    CHECK(unit("machine.slice:libpod:abc").description == "libcontainer container abc");
    CHECK(unit("::x").name == "-x.scope");
    CHECK(unit("-:a:b").slice == "-.slice");
    CHECK(unit("a.slice::a-b.slice").name == "a-b.slice");
    CHECK(unit("a.slice::a-b.slice").is_slice());
    for (const auto* path : {"/a/b", "a:b", "a.slice:b:c:d"})
        CHECK_THROWS_WITH(
            unit(path),
            "expected cgroupsPath to be of format \"slice:prefix:name\" for systemd cgroups, got \"" +
                std::string(path) + "\" instead");
}

TEST_CASE("systemd: slices are found by the dashes in their names", "[config]") {
    CHECK(expand_slice("system.slice") == "/system.slice");
    CHECK(expand_slice("a-b-c.slice") == "/a.slice/a-b.slice/a-b-c.slice");
    CHECK(expand_slice("-.slice") == "/");
    CHECK(expand_slice("-") == "/");
    for (const auto* name :
         {"", ".slice", "a", "a.scope", "-a.slice", "a-.slice", "a--b.slice", "a/b.slice", "../x.slice"})
        CHECK_THROWS_WITH(expand_slice(name), "invalid slice name: " + std::string(name));
}

TEST_CASE("systemd: a name that is none would lead elsewhere than systemd makes it", "[config]") {
    CHECK_THROWS_WITH(resolve_systemd_unit("a.slice:x:../../y", "c1"), "invalid unit name: x-../../y.scope");
    CHECK_THROWS_WITH(resolve_systemd_unit("a.slice:x:a b", "c1"), "invalid unit name: x-a b.scope");
    CHECK_THROWS_WITH(resolve_systemd_unit("a/b.slice:x:y", "c1"), "invalid slice name: a/b.slice");
    CHECK_THROWS_WITH(resolve_systemd_unit("::--.slice", "c1"), "invalid slice name: --.slice");
    CHECK(resolve_systemd_unit(":x:" + std::string(247, 'y'), "").name.size() == 255);
    CHECK_THROWS(resolve_systemd_unit(":x:" + std::string(248, 'y'), ""));
}

TEST_CASE("systemd: annotations become properties of their types", "[config]") {
    const auto all = resolve_systemd_properties({{"org.systemd.property.CollectMode", "'inactive-or-failed'"},
                                                 {"org.systemd.property.After", "['a.service']"},
                                                 {"org.systemd.propertyX", "?"},
                                                 {"io.kubernetes", "?"}});
    REQUIRE(all.size() == 2);
    CHECK(all[0] == SystemdProperty{"After", dbus::strings({"a.service"})});
    CHECK(all[1] == SystemdProperty{"CollectMode", dbus::string("inactive-or-failed")});
}

TEST_CASE("systemd: seconds become microseconds", "[config]") {
    CHECK(property("TimeoutStopSec", "5") == SystemdProperty{"TimeoutStopUSec", dbus::uint64(5'000'000)});
    CHECK(property("TimeoutStopSec", "byte 5").value == dbus::uint64(5'000'000));
    CHECK(property("TimeoutStopSec", "uint64 18446744073709").value.number == 18446744073709'000'000U);
    CHECK(property("TimeoutStopSec", "2.5").value == dbus::uint64(2'500'000));
    // Not behind a lower-case letter.
    CHECK(property("TimeoutStopUSec", "uint64 5") == SystemdProperty{"TimeoutStopUSec", dbus::uint64(5)});
    CHECK(property("Sec", "5").name == "Sec");
    const std::string prefix = "annotation org.systemd.property.";
    CHECK(error_of({{"org.systemd.property.AbcSec", "'5'"}}) ==
          prefix + "AbcSec='5' value parse error: not a number");
    CHECK(error_of({{"org.systemd.property.AbcSec", "-5"}}) ==
          prefix + "AbcSec=-5 value parse error: value out of range");
    CHECK(error_of({{"org.systemd.property.AbcSec", "1e20"}}) ==
          prefix + "AbcSec=1e20 value parse error: value out of range");
    CHECK(error_of({{"org.systemd.property.AbcSec", "uint64 18446744073710"}}) ==
          prefix + "AbcSec=uint64 18446744073710 value parse error: value out of range");
}

TEST_CASE("systemd: annotations that are no property are refused", "[config]") {
    CHECK(error_of({{"org.systemd.property.", "1"}}) ==
          "annotation org.systemd.property. name incorrect: too short");
    CHECK(error_of({{"org.systemd.property.Ab", "1"}}) ==
          "annotation org.systemd.property.Ab name incorrect: too short");
    CHECK(error_of({{"org.systemd.property.Abc1", "1"}}) ==
          "annotation org.systemd.property.Abc1 name incorrect: contains non-alphabetic character");
    CHECK(error_of({{"org.systemd.property.Abc", "x"}}) ==
          "annotation org.systemd.property.Abc=x value parse error: unrecognized type \"x\", at character 1");
}

TEST_CASE("systemd: the path of a cgroup tells whose it is", "[config]") {
    CHECK(owner_of_cgroup("/user.slice/user-1000.slice/user@1000.service/app.slice") == 1000);
    CHECK(owner_of_cgroup("/user.slice/user-0.slice/session-1.scope") == 0);
    CHECK(owner_of_cgroup("/system.slice/containerd.service") == 0);
    CHECK(owner_of_cgroup("/user-x.slice") == 0);
}

TEST_CASE("systemd: resolve() chooses driver, manager and owner", "[config]") {
    Case c;
    c.options.systemd_cgroup = true;
    c.linux_part().cgroups_path = "system.slice:docker:abc";
    c.spec.annotations["org.systemd.property.TimeoutStopUSec"] = "uint64 7";
    auto cgroup = c.resolve().cgroup;
    CHECK(cgroup.driver == CgroupDriver::Systemd);
    CHECK(cgroup.unit.name == "docker-abc.scope");
    CHECK(cgroup.unit.properties == std::vector<SystemdProperty>{{"TimeoutStopUSec", dbus::uint64(7)}});
    CHECK(cgroup.path.empty());
    CHECK_FALSE(cgroup.rootless);

    // Root of a user namespace has a user's manager when its cgroup is a user's.
    c.facts.in_user_namespace = true;
    CHECK_FALSE(c.resolve().cgroup.rootless);
    c.facts.cgroups.hierarchies.front().own_path = "/user.slice/user-1000.slice/user@1000.service/x";
    CHECK(c.resolve().cgroup.rootless);
    c.options.rootless_cgroups = false;
    CHECK_FALSE(c.resolve().cgroup.rootless);
}
