// SPDX-License-Identifier: Apache-2.0
// Cgroups that a container manages itself, and a container inside a container.
#include <sys/stat.h>
#include <unistd.h>

#include "support/container_cgroup.h"
#include "support/sandbox.h"

using namespace runcxx::tests;
namespace fs = std::filesystem;

namespace {

constexpr unsigned kRoot = 100000;  // of the user namespace, on the host

Bundle& with_writable_cgroup(Bundle& b) {
    for (auto& mount : b.spec["mounts"])
        if (mount["destination"] == "/sys/fs/cgroup") mount["options"] = {"nosuid", "noexec", "nodev"};
    return b;
}

unsigned owner_of(const fs::path& path) {
    struct stat facts {};
    return stat(path.c_str(), &facts) == 0 ? facts.st_uid : ~0U;
}

// A container that can run the runtime: every capability, its own cgroups writable, a bundle at /inner for which `inner`
// is the place to change it. The runtime must be a static program.
struct Nest {
    explicit Nest(Bundle& outer) : outer(outer), inner(outer.rootfs() / "inner") {
        fs::copy_file(runtime_identity().path, outer.rootfs() / "runtime");
        with_writable_cgroup(outer.privileged().writable());
        outer.mount(
            {{"destination", "/run"}, {"type", "tmpfs"}, {"source", "tmpfs"}, {"options", {"mode=755"}}});
        outer.mount(
            {{"destination", "/tmp"}, {"type", "tmpfs"}, {"source", "tmpfs"}, {"options", {"mode=1777"}}});
    }
    // What to run in the outer container.
    Bundle& script(const std::string& text) {
        inner.save();
        return outer.sh("set -e; r='/runtime --root /run/r'; cd /inner; " + text);
    }

    Bundle& outer;
    Bundle inner;
};

}  // namespace

RUNTIME_TEST("delegation: a writable cgroup belongs to the container's user, with the files the kernel lists",
             "[delegation][cgroups][userns][root]") {
    REQUIRES("cgroup-v2");
    REQUIRES("fs-delegation");
    Bundle& b = with_writable_cgroup(bundle().idle()).user_namespace(kRoot).add_namespace("cgroup");
    const auto directory = ContainerCgroup(init_pid(create(b))).v2();
    CHECK(owner_of(directory) == kRoot);
    for (const char* name : {"cgroup.procs", "cgroup.threads", "cgroup.subtree_control"}) {
        INFO(name);
        CHECK(owner_of(directory / name) == kRoot);
    }
    // Limits are the host's.
    for (const char* name : {"cgroup.freeze", "cgroup.max.depth", "cgroup.type"}) {
        INFO(name);
        CHECK(owner_of(directory / name) == 0);
    }
    b.spec["process"]["user"] = {{"uid", 33}, {"gid", 0}};
    CHECK(owner_of(ContainerCgroup(init_pid(create(b))).v2()) == kRoot + 33);
}

RUNTIME_TEST("delegation: a read-only cgroup, or one without a namespace, stays the host's",
             "[delegation][cgroups][userns][root]") {
    REQUIRES("cgroup-v2");
    Bundle& read_only = bundle().idle().user_namespace(kRoot).add_namespace("cgroup");
    CHECK(owner_of(ContainerCgroup(init_pid(create(read_only))).v2()) == 0);
    Bundle& shared = with_writable_cgroup(bundle().idle()).user_namespace(kRoot);
    CHECK(owner_of(ContainerCgroup(init_pid(create(shared))).v2()) == 0);
}

RUNTIME_TEST("delegation: the container makes cgroups below its own, moves there, and all go with it",
             "[delegation][cgroups][userns][root]") {
    REQUIRES("cgroup-v2");
    REQUIRES("fs-delegation");
    Bundle& b = with_writable_cgroup(bundle()).user_namespace(kRoot).add_namespace("cgroup");
    b.sh(
        "cd /sys/fs/cgroup && grep ^0: /proc/self/cgroup && mkdir -p inner/deeper && "
        "echo 0 > inner/cgroup.procs && grep ^0: /proc/self/cgroup && ! echo 1 > cgroup.freeze");
    Result result = run(b);
    INFO(describe(result));
    CHECK(result.exit_code == 0);
    CHECK(result.out == "0::/\n0::/inner\n");
    for (const auto& directory : HostSnapshot::take().cgroups)
        CHECK(directory.find(last_id()) == directory.npos);
}

RUNTIME_TEST("nested: a container runs in a container, with limits and device rules of its own",
             "[delegation][cgroups][nested][nosan][root]") {
    if (!is_runcxx()) return;  // not static
    for (const bool own_cgroup_namespace : {true, false}) {
        INFO((own_cgroup_namespace ? "with" : "without") << " a cgroup namespace");
        Nest nest(bundle());
        if (own_cgroup_namespace) nest.outer.add_namespace("cgroup");
        nest.inner.spec["linux"]["cgroupsPath"] = "";
        nest.inner.probe({"open", "/dev/null", "open", "/dev/tty0", "cgroup"});
        nest.inner.spec["linux"]["devices"] = json::array(
            {{{"path", "/dev/tty0"}, {"type", "c"}, {"major", 4}, {"minor", 0}, {"fileMode", 0666}}});
        Result result = run(nest.script("$r run one"));
        INFO(describe(result));
        REQUIRE(result.exit_code == 0);
        const json facts = json::parse(result.out);
        CHECK(facts["open /dev/null"]["read"] == "");
        CHECK(facts["open /dev/tty0"]["read"] == "EPERM");
        for (const auto& line : facts["cgroup"]) {
            const std::string text = line;
            // The hierarchies that are mounted inside: on a hybrid host not the cgroup2 one.
            if (text.starts_with("0::") != fs::exists("/sys/fs/cgroup/cgroup.procs")) continue;
            INFO(text);
            CHECK(text.ends_with("/one"));
        }
    }
}

RUNTIME_TEST("nested: what the outer container may not open the inner one may not either",
             "[delegation][cgroups][nested][devices][nosan][root]") {
    REQUIRES("device-rules");
    if (!is_runcxx()) return;  // not static
    Nest nest(bundle());
    nest.outer.add_namespace("cgroup");
    nest.inner.spec["linux"]["resources"]["devices"] = json::array({{{"allow", true}, {"access", "rwm"}}});
    nest.inner.spec["linux"]["devices"] =
        json::array({{{"path", "/dev/tty0"}, {"type", "c"}, {"major", 4}, {"minor", 0}, {"fileMode", 0666}}});
    nest.inner.probe({"open", "/dev/tty0"});
    Result result = run(nest.script("$r run one"));
    INFO(describe(result));
    if (fs::exists("/sys/fs/cgroup/cgroup.procs")) {
        // v2: the programs of both are asked.
        REQUIRE(result.exit_code == 0);
        CHECK(json::parse(result.out)["open /dev/tty0"]["read"] == "EPERM");
    } else {
        CHECK(result.exit_code == 1);
        CHECK_THAT(plain_errors(result),
                   HasText("devices.allow: operation not permitted (a cgroup above allows "
                           "less, and none can allow more than that)"));
    }
}

RUNTIME_TEST("nested: in a user namespace device rules are left alone, and the container runs",
             "[delegation][cgroups][nested][userns][nosan][root]") {
    if (!is_runcxx()) return;  // not static
    Nest nest(bundle());
    nest.outer.add_namespace("cgroup");
    // Mounting /proc anew needs one that shows everything.
    nest.outer.spec["linux"].erase("maskedPaths");
    nest.outer.spec["linux"].erase("readonlyPaths");
    nest.inner.probe({"open", "/dev/null", "cgroup"});
    nest.outer.user_namespace(kRoot);
    Result result = run(nest.script("$r run one"));
    INFO(describe(result));
    REQUIRE(result.exit_code == 0);
    const json facts = json::parse(result.out);
    CHECK(facts["open /dev/null"]["both"] == "");
    // v2: the outer container was given its cgroup, so the inner one has one of its own.
    if (fs::exists("/sys/fs/cgroup/cgroup.procs"))
        CHECK(facts["cgroup"].back().get<std::string>().ends_with("/one"));
}
