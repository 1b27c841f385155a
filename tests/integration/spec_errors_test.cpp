// SPDX-License-Identifier: Apache-2.0
// What is wrong with a config.json is said before anything is made, in runc's words.
#include <unistd.h>

#include "support/sandbox.h"

using namespace runcxx::tests;
namespace fs = std::filesystem;

namespace {

// A row: a change to a good spec, and the text that must be in the error.
struct Mistake {
    const char* what;
    const char* patch;  // RFC 7386
    const char* text;
};

}  // namespace

RUNTIME_TEST("spec errors: each mistake is refused in runc's words and leaves nothing", "[spec][errors]") {
    const Mistake mistakes[] = {
        {"no process", R"({"process": null})", "process property must not be empty"},
        {"no args", R"({"process": {"args": []}})", "args must not be empty"},
        {"no cwd", R"({"process": {"cwd": ""}})", "Cwd property must not be empty"},
        {"relative cwd", R"({"process": {"cwd": "etc"}})", "Cwd must be an absolute path"},
        {"no root", R"({"root": null})", "root must be specified"},
        {"root propagation", R"({"linux": {"rootfsPropagation": "x"}})",
         "rootfsPropagation=x is not supported"},
        {"rlimit", R"({"process": {"rlimits": [{"type": "RLIMIT_X", "soft": 1, "hard": 1}]}})",
         "wrong rlimit value: RLIMIT_X"},
        {"hostname without uts",
         R"({"linux": {"namespaces": [{"type": "pid"}, {"type": "network"}, {"type": "ipc"}, {"type": "mount"}]}})",
         "unable to set hostname without a private UTS namespace"},
        {"masked paths without mount namespace",
         R"({"hostname": null, "linux": {"namespaces": [{"type": "pid"}]}})",
         "unable to restrict sys entries without a private MNT namespace"},
        {"ipc sysctl without ipc namespace",
         R"({"linux": {"sysctl": {"kernel.msgmax": "1"}, "namespaces": [{"type": "pid"}, {"type": "network"}, {"type": "uts"}, {"type": "mount"}]}})",
         "sysctl \"kernel.msgmax\" is not allowed in the hosts ipc namespace"},
        {"net sysctl without network namespace",
         R"({"linux": {"sysctl": {"net.ipv4.ip_forward": "1"}, "namespaces": [{"type": "pid"}, {"type": "ipc"}, {"type": "uts"}, {"type": "mount"}]}})",
         "sysctl \"net.ipv4.ip_forward\" not allowed in host network namespace"},
        {"hostname as sysctl", R"({"linux": {"sysctl": {"kernel.hostname": "x"}}})",
         "sysctl \"kernel.hostname\" is not allowed as it conflicts with the OCI \"hostname\" field"},
        {"other sysctl", R"({"linux": {"sysctl": {"vm.swappiness": "1"}}})",
         "sysctl \"vm.swappiness\" is not in a separate kernel namespace"},
        {"device type", R"({"linux": {"devices": [{"path": "/dev/x", "type": "y"}]}})",
         "invalid device type \"y\""},
        {"seccomp action",
         R"({"linux": {"seccomp": {"defaultAction": "NO", "syscalls": [{"names": ["mkdir"], "action": "SCMP_ACT_ERRNO"}]}}})",
         "string NO is not a valid action for seccomp"},
        {"selinux", R"({"process": {"selinuxLabel": "a:b:c:d"}})",
         "selinux label is specified in config, but selinux is disabled or not supported"},
    };
    for (const auto& mistake : mistakes) {
        INFO(mistake.what);
        if (is_old_runc() && std::string(mistake.what) == "device type") continue;  // without quotes there
        Bundle& b = bundle().idle().merge(json::parse(mistake.patch));
        Result result = try_create(b);
        CHECK_FAILS(result, 1, mistake.text);
        CHECK_FALSE(fs::exists(state_root() / last_id()));
        fs::remove_all(b.dir());
    }
}

RUNTIME_TEST("spec errors: fields newer than runc 1.1 are checked too", "[spec][errors]") {
    REQUIRES("scheduler");
    const Mistake mistakes[] = {
        {"io class", R"({"process": {"ioPriority": {"class": "IOPRIO_CLASS_X", "priority": 4}}})",
         "ioPriority"},
        {"io priority", R"({"process": {"ioPriority": {"class": "IOPRIO_CLASS_BE", "priority": 9}}})",
         "invalid ioPriority.Priority: 9"},
        {"domainname without uts",
         R"({"hostname": null, "domainname": "x", "linux": {"namespaces": [{"type": "pid"}, {"type": "network"}, {"type": "ipc"}, {"type": "mount"}]}})",
         "unable to set domainname without a private UTS namespace"},
    };
    for (const auto& mistake : mistakes) {
        INFO(mistake.what);
        Result result = try_create(bundle().idle().merge(json::parse(mistake.patch)));
        // What is not implemented yet may say so, by name.
        CHECK(result.exit_code == 1);
        CHECK_THAT(plain_errors(result), HasText(mistake.text) || HasText("not supported yet"));
        CHECK_FALSE(fs::exists(state_root() / last_id()));
    }
}

RUNTIME_TEST("spec errors: JSON that is none, or of the wrong shape, is located", "[spec][errors]") {
    Bundle& b = bundle().idle();
    b.save();
    auto create_with = [&](const std::string& text) {
        write_file(b.dir() / "config.json", text);
        return call({"create", "--bundle", b.dir(), id()});
    };
    CHECK(create_with("").exit_code == 1);
    CHECK(create_with("{").exit_code == 1);
    CHECK(create_with("[]").exit_code == 1);
    CHECK(create_with("{} trailing").exit_code == 1);
    if (!is_old_runc()) CHECK_FAILS(create_with("null"), 1, "config cannot be null");  // 1.1 panics
    CHECK(fs::is_empty(state_root()));
    json spec = b.spec;
    spec["process"]["args"] = "a string";
    CHECK_FAILS(create_with(spec.dump()), 1, "args");
    spec = b.spec;
    spec["process"]["user"]["uid"] = "root";
    CHECK_FAILS(create_with(spec.dump()), 1, "uid");
    spec = b.spec;
    spec["process"]["user"]["uid"] = -1;
    CHECK_FAILS(create_with(spec.dump()), 1, "uid");
    spec = b.spec;
    spec["linux"]["namespaces"] = {{"type", "pid"}};
    CHECK_FAILS(create_with(spec.dump()), 1, "namespaces");
    CHECK(fs::is_empty(state_root()));
}

RUNTIME_TEST("spec errors: properties nobody knows are ignored, as the specification demands", "[spec]") {
    Bundle& b = bundle().args({"true"});
    b.spec["futureProperty"] = {{"a", {1, 2, 3}}};
    b.spec["process"]["future"] = true;
    b.spec["linux"]["future"] = "x";
    b.spec["mounts"][0]["future"] = 1;
    CHECK(run(b).exit_code == 0);
}

RUNTIME_TEST("spec errors: ociVersion is not checked", "[spec]") {
    Bundle& b = bundle().args({"true"});
    b.spec["ociVersion"] = "9.9.9";
    CHECK(run(b).exit_code == 0);
    b.spec.erase("ociVersion");
    CHECK(run(b).exit_code == 0);
}

RUNTIME_TEST("spec errors: what the fields of other platforms say does not matter", "[spec]") {
    Bundle& b = bundle().args({"true"});
    b.spec["windows"] = {{"layerFolders", {"c:/"}}};
    b.spec["solaris"] = {{"milestone", "x"}};
    b.spec["vm"] = {{"kernel", {{"path", "/x"}}}};
    b.spec["process"]["commandLine"] = "x";
    b.spec["process"]["user"]["username"] = "x";
    CHECK(run(b).exit_code == 0);
}

RUNTIME_TEST("spec errors: ids at the edges of their types", "[spec][root]") {
    Bundle& b = bundle();
    b.spec["process"]["user"] = {{"uid", 2147483647}, {"gid", 2147483647}};
    CHECK(probe(b, {"ids"})["ids"]["uid"] == 2147483647);
    b.spec["process"]["user"] = {{"uid", 4294967296LL}, {"gid", 0}};
    CHECK(try_create(b.idle()).exit_code == 1);
    CHECK(status(last_id()).empty());
}
