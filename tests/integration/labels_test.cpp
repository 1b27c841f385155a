// SPDX-License-Identifier: Apache-2.0
// process.apparmorProfile, process.selinuxLabel, linux.mountLabel: what happens with them, and what is said on hosts
// without these security modules.
#include "support/exec.h"

using namespace runcxx::tests;

namespace {

// A profile of this test run that forbids to write /denied, loaded into the kernel as long as this lives.
class Profile {
public:
    explicit Profile(const Sandbox& sandbox, const std::string& suffix)
        : name_(own_name() + "-" + suffix), file_(sandbox.temp(name_)) {
        write_file(file_,
                   "profile " + name_ + " flags=(attach_disconnected, mediate_deleted) {\n" +
                       "  file,\n  capability,\n  network,\n  mount,\n  umount,\n  signal,\n  ptrace,\n"
                       "  deny /denied w,\n}\n");
        parse("--replace");
    }
    ~Profile() { execute({"apparmor_parser", "--remove", file_}); }
    Profile(const Profile&) = delete;
    Profile& operator=(const Profile&) = delete;

    const std::string& name() const { return name_; }
    // What a process with it finds in /proc/self/attr/apparmor/current.
    std::string label() const { return name_ + " (enforce)\n"; }

private:
    void parse(const char* action) const {
        REQUIRE_OK(execute({"apparmor_parser", "--skip-cache", action, file_}));
    }

    std::string name_, file_;
};

constexpr auto kShowLabel = "cat /proc/self/attr/apparmor/current";
constexpr auto kNotLoaded = "(profile \"no-such-profile\" is not loaded (see apparmor_parser))";

}  // namespace

RUNTIME_TEST("labels: the AppArmor profile \"unconfined\" is always there", "[labels][apparmor]") {
    REQUIRES("apparmor");
    Bundle& b = bundle().sh(kShowLabel);
    b.spec["process"]["apparmorProfile"] = "unconfined";
    const auto result = run(b);
    INFO(describe(result));
    CHECK(result.exit_code == 0);
    CHECK(result.out == "unconfined\n");
}

RUNTIME_TEST(
    "labels: an AppArmor profile confines the program, with and without no_new_privs and capabilities",
    "[labels][apparmor][root]") {
    REQUIRES("apparmor");
    const Profile profile(*this, "run");
    Bundle& b = bundle().writable().sh(
        std::string(kShowLabel) + "; echo 1 > /allowed && echo allowed; echo 1 > /denied || echo denied");
    b.spec["process"]["apparmorProfile"] = profile.name();
    for (const bool is_privileged : {false, true}) {
        if (is_privileged) b.privileged();
        const auto result = run(b);
        INFO(describe(result));
        CHECK(result.exit_code == 0);
        CHECK(result.out == profile.label() + "allowed\ndenied\n");
        CHECK_THAT(result.err, HasText("/denied: Permission denied"));
    }
    // The runtime and its hooks are not confined by it, nor is what has another user as its root.
    b.user_namespace();
    b.spec["process"]["args"] = {"sh", "-c", kShowLabel};
    CHECK(run(b).out == profile.label());
}

EXEC_TEST("labels: a further process gets the container's AppArmor profile, or its own",
          "[labels][apparmor][exec][root]") {
    REQUIRES("apparmor");
    const Profile theirs(*this, "container"), own(*this, "exec");
    Bundle& b = bundle().idle();
    b.spec["process"]["apparmorProfile"] = theirs.name();
    const auto c = run_detached(b);
    const auto label_of_init = [&] {
        return read_file("/proc/" + std::to_string(init_pid(c)) + "/attr/apparmor/current");
    };
    // run --detach returns when the program has begun.
    CHECK(label_of_init() == theirs.label());
    const std::vector<std::string> show{"sh", "-c", kShowLabel};
    CHECK(exec(c, show).out == theirs.label());
    CHECK(exec(c, show, {"--apparmor", own.name()}).out == own.label());
    auto process = process_object({"ids"});
    process["args"] = show;
    CHECK(exec_process(c, process).out == "unconfined\n");
    process["apparmorProfile"] = own.name();
    CHECK(exec_process(c, process).out == own.label());
    CHECK_FAILS(exec(c, show, {"--apparmor", "no-such-profile"}), 255, kNotLoaded);
    CHECK(label_of_init() == theirs.label());
}

RUNTIME_TEST("labels: an AppArmor profile that is not loaded is an error that says so, and leaves nothing",
             "[labels][apparmor][errors]") {
    REQUIRES("apparmor");
    Bundle& b = bundle().idle();
    b.spec["process"]["apparmorProfile"] = "no-such-profile";
    CHECK_FAILS(try_create(b), 1, "apparmor failed to apply profile");
    if (is_runcxx()) CHECK_FAILS(try_create(b), 1, kNotLoaded);
    CHECK(status(last_id()).empty());
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
