// SPDX-License-Identifier: Apache-2.0
// process.apparmorProfile, process.selinuxLabel, linux.mountLabel: what happens with them, and what is said on hosts
// without these security modules.
#include "support/sandbox.h"

using namespace runcxx::tests;

RUNTIME_TEST("labels: an AppArmor profile confines the program", "[labels][apparmor]") {
    REQUIRES("apparmor");
    Bundle& b = bundle().sh("cat /proc/self/attr/apparmor/current || cat /proc/self/attr/current");
    b.spec["process"]["apparmorProfile"] = "unconfined";
    const auto result = run(b);
    INFO(describe(result));
    CHECK(result.exit_code == 0);
    CHECK_THAT(result.out, HasText("unconfined"));
}

RUNTIME_TEST("labels: an AppArmor profile that is not loaded is an error", "[labels][apparmor][errors]") {
    REQUIRES("apparmor");
    Bundle& b = bundle().idle();
    b.spec["process"]["apparmorProfile"] = "no-such-profile";
    CHECK_FAILS(try_create(b), 1, "apparmor failed to apply profile");
}

RUNTIME_TEST("labels: an AppArmor profile on a host without AppArmor is an error", "[labels][errors]") {
    REQUIRES("no-apparmor");
    Bundle& b = bundle().idle();
    b.spec["process"]["apparmorProfile"] = "acme";
    // runc finds out when init writes it.
    CHECK_FAILS(try_create(b), 1,
                is_runcxx() ? "apparmor: config provided but apparmor not supported"
                            : "unable to apply apparmor profile");
    CHECK(status(last_id()).empty());
}

RUNTIME_TEST("labels: a label on a host without SELinux is an error", "[labels][errors]") {
    REQUIRES("no-selinux");
    Bundle& b = bundle().idle();
    b.spec["process"]["selinuxLabel"] = "system_u:system_r:t:s0";
    CHECK_FAILS(try_create(b), 1,
                "selinux label is specified in config, but selinux is disabled or not supported");
}

RUNTIME_TEST("labels: the mount label is an option of file systems, not of binds nor of proc",
             "[labels][mounts]") {
    REQUIRES("no-selinux");
    Bundle& b = bundle().idle();
    b.spec["linux"]["mountLabel"] = "system_u:object_r:x:s0";
    // Without SELinux tmpfs does not know the option, and the error shows it.
    CHECK_FAILS(try_create(b), 1, "size=65536k,context=\"system_u:object_r:x:s0\"");
    if (is_runcxx()) {
        CHECK_FAILS(try_create(b), 1, "linux.mountLabel: SELinux is not enabled on this host");
        b.spec["annotations"] = {{"run.oci.mount_context_type", "rootcontext"}};
        CHECK_FAILS(try_create(b), 1, "size=65536k,rootcontext=\"system_u:object_r:x:s0\"");
        b.spec.erase("annotations");
    }
    // proc and binds are none the worse for it.
    b.spec["mounts"] = json::array(
        {{{"destination", "/proc"}, {"type", "proc"}, {"source", "proc"}},
         {{"destination", "/mnt"}, {"type", "bind"}, {"source", temp("").string()}, {"options", {"bind"}}}});
    b.spec["linux"]["maskedPaths"] = b.spec["linux"]["readonlyPaths"] = json::array();
    remove(create(b.writable()));
}
