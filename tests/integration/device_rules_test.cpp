// SPDX-License-Identifier: Apache-2.0
// Device rules: what a program in the container can open, read, write and make, on cgroup v1 and v2.
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstring>

#include "support/container_cgroup.h"
#include "support/sandbox.h"

using namespace runcxx::tests;
namespace fs = std::filesystem;

namespace {

json rule(bool allow, const char* type, int major, int minor, const char* access) {
    json made = {{"allow", allow}, {"access", access}};
    if (*type) made["type"] = type;
    if (major >= 0) made["major"] = major;
    if (minor >= 0) made["minor"] = minor;
    return made;
}
json deny_all() {
    return rule(false, "", -1, -1, "rwm");
}
json allow_all() {
    return rule(true, "", -1, -1, "rwm");
}

struct Node {
    const char* name;
    const char* type;
    int major, minor;
};
// None of them is allowed by default, and none does anything when it is opened: 1:10 has no driver.
constexpr Node kNodes[] = {
    {"none", "c", 1, 10}, {"vc", "c", 7, 0}, {"disk", "b", 7, 61}, {"ram", "b", 1, 61}};

Bundle& with_nodes(Bundle& b, const json& rules) {
    b.spec["linux"]["devices"] = json::array();
    for (const auto& node : kNodes)
        b.spec["linux"]["devices"].push_back({{"path", std::string("/dev/t/") + node.name},
                                              {"type", node.type},
                                              {"major", node.major},
                                              {"minor", node.minor},
                                              {"fileMode", 0666}});
    b.spec["linux"]["resources"]["devices"] = rules;
    return b;
}

// "rwb" for what does not fail with EPERM: reading, writing, both. A driver that is not there says ENXIO, but after the
// rules were asked.
std::string opened(const json& facts, const char* name) {
    const json result = facts[std::string("open /dev/t/") + name];
    std::string letters;
    for (const auto& [field, letter] : {std::pair{"read", 'r'}, {"write", 'w'}, {"both", 'b'}})
        if (result[field] != "EPERM") letters += letter;
    return letters;
}

struct Row {
    const char* name;
    std::vector<json> rules;
    const char *none, *vc, *disk, *ram;  // as opened()
    bool ours_only = false;              // docs/compatibility.md
};

const std::vector<Row>& table() {
    static const std::vector<Row> rows = {
        {"an empty list", {}, "", "", "", ""},
        {"deny all", {deny_all()}, "", "", "", ""},
        {"allow all", {allow_all()}, "rwb", "rwb", "rwb", "rwb"},
        {"one device", {deny_all(), rule(true, "c", 1, 10, "rwm")}, "rwb", "", "", ""},
        {"reading", {deny_all(), rule(true, "c", 1, 10, "r")}, "r", "", "", ""},
        {"writing", {deny_all(), rule(true, "b", 7, 61, "w")}, "", "", "w", ""},
        {"two rules for one device",
         {deny_all(), rule(true, "c", 1, 10, "r"), rule(true, "c", 1, 10, "w")},
         "rwb",
         "",
         "",
         ""},
        {"every minor", {deny_all(), rule(true, "c", 1, -1, "rw")}, "rwb", "", "", ""},
        {"every major", {deny_all(), rule(true, "b", -1, 61, "r")}, "", "", "r", "r"},
        {"every device of a type", {deny_all(), rule(true, "b", -1, -1, "rw")}, "", "", "rwb", "rwb"},
        {"the type of a number counts", {deny_all(), rule(true, "b", 1, 10, "rwm")}, "", "", "", ""},
        {"taken back",
         {deny_all(), rule(true, "c", 1, 10, "rw"), rule(false, "c", 1, 10, "w")},
         "r",
         "",
         "",
         ""},
        {"all but one", {allow_all(), rule(false, "c", 1, 10, "rwm")}, "", "rwb", "rwb", "rwb"},
        {"all but a type", {allow_all(), rule(false, "b", -1, -1, "rwm")}, "rwb", "rwb", "", ""},
        {"a later reset",
         {rule(true, "c", 1, 10, "rwm"), deny_all(), rule(true, "c", 7, 0, "r")},
         "",
         "r",
         "",
         ""},
        // runc's v2 program compares for "all of it" in both modes.
        {"all but writing", {allow_all(), rule(false, "c", 1, 10, "w")}, "r", "rwb", "rwb", "rwb", true},
        // The v1 controller, and runc, ignore such a rule.
        {"a wider rule takes back",
         {deny_all(), rule(true, "c", 1, 10, "rw"), rule(false, "c", 1, -1, "w")},
         "r",
         "",
         "",
         "",
         true},
    };
    return rows;
}

int device_programs(const fs::path& cgroup) {
    const Fd directory(open(cgroup.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    std::uint32_t ids[64];
    union bpf_attr attributes;
    std::memset(&attributes, 0, sizeof attributes);
    attributes.query.target_fd = static_cast<std::uint32_t>(directory.get());
    attributes.query.attach_type = BPF_CGROUP_DEVICE;
    attributes.query.prog_ids = reinterpret_cast<std::uintptr_t>(ids);
    attributes.query.prog_cnt = 64;
    if (syscall(SYS_bpf, BPF_PROG_QUERY, &attributes, sizeof attributes) != 0) return -errno;
    return static_cast<int>(attributes.query.prog_cnt);
}

}  // namespace

RUNTIME_TEST("device rules: every kind of rule allows and denies as written", "[devices][cgroups][root]") {
    REQUIRES("device-rules");
    for (const auto& row : table()) {
        if (row.ours_only && !is_runcxx()) continue;
        INFO(row.name);
        Bundle& b = with_nodes(bundle(), row.rules);
        json facts = probe(b, {"open", "/dev/t/none", "open", "/dev/t/vc", "open", "/dev/t/disk", "open",
                               "/dev/t/ram", "open", "/dev/null", "open", "/dev/urandom"});
        CHECK(opened(facts, "none") == row.none);
        CHECK(opened(facts, "vc") == row.vc);
        CHECK(opened(facts, "disk") == row.disk);
        CHECK(opened(facts, "ram") == row.ram);
        // The default devices are always allowed.
        for (const char* name : {"open /dev/null", "open /dev/urandom"})
            for (const char* way : {"read", "write", "both"})
                CHECK(facts[name][way] == "");
    }
}

RUNTIME_TEST("device rules: making nodes is allowed by default, and can be denied",
             "[devices][cgroups][root]") {
    REQUIRES("device-rules");
    Bundle& b = bundle().privileged();
    b.spec["linux"]["resources"]["devices"] = json::array({deny_all()});
    CHECK(probe(b, {"mknod", "/dev/shm/other"})["mknod /dev/shm/other"]["errno"] == "");
    b.spec["linux"]["resources"]["devices"] = json::array({allow_all()});
    CHECK(probe(b, {"mknod", "/dev/shm/other"})["mknod /dev/shm/other"]["errno"] == "");
}

RUNTIME_TEST("device rules: part of a wildcard cannot be taken back, and bad rules are refused",
             "[devices][cgroups][errors][root]") {
    REQUIRES("device-rules");
    Bundle& b = bundle().idle();
    const auto with = [&](const json& rules) -> Bundle& {
        b.spec["linux"]["resources"]["devices"] = rules;
        return b;
    };
    CHECK_FAILS(try_create(with({deny_all(), rule(true, "c", 7, -1, "rw"), rule(false, "c", 7, 0, "w")})), 1,
                "cannot punch hole in existing wildcard rule");
    CHECK(status(last_id()).empty());
    if (!is_runcxx()) return;  // numbers wrap
    json large = rule(true, "c", 1, 3, "rw");
    large["major"] = 4294967296;
    CHECK_FAILS(try_create(with(json::array({large}))), 1,
                "invalid major number 4294967296 of device rule 0");
}

RUNTIME_TEST("device rules: the v1 cgroup holds the rules of the spec and the defaults",
             "[devices][cgroups]") {
    REQUIRES("v1-devices");
    Bundle& b = bundle().idle();
    b.spec["linux"]["resources"]["devices"].push_back(rule(true, "b", 7, 9, "rw"));
    std::string c = create(b);
    std::string list = read_file("/sys/fs/cgroup/devices" + own_cgroup() + "/" + c + "/devices.list");
    for (const char* line : {"c *:* m", "b *:* m", "c 1:3 rwm", "c 1:5 rwm", "c 1:7 rwm", "c 1:8 rwm",
                             "c 1:9 rwm", "c 5:0 rwm", "c 5:2 rwm", "c 136:* rwm", "b 7:9 rw"}) {
        INFO(line);
        CHECK_THAT("\n" + list, HasText(std::string("\n") + line + "\n"));
    }
    CHECK(list.find("a *:*") == std::string::npos);
}

RUNTIME_TEST("device rules: the v2 cgroup has exactly one program", "[devices][cgroups][root]") {
    REQUIRES("cgroup-v2");
    for (const auto& rules : {json::array({deny_all()}), json::array({allow_all()})}) {
        Bundle& b = bundle().idle();
        b.spec["linux"]["resources"]["devices"] = rules;
        CHECK(device_programs(ContainerCgroup(init_pid(create(b))).v2()) == 1);
    }
}

RUNTIME_TEST("device rules: a cgroup that existed loses the program it had", "[devices][cgroups][root]") {
    REQUIRES("cgroup-v2");
    REQUIRES("cgroupfs-driver");
    const std::string path = own_cgroup() + "/existed";
    const fs::path directory = "/sys/fs/cgroup" + path;
    Bundle& first = with_nodes(bundle().idle(), json::array({allow_all(), rule(false, "c", 7, 0, "rw")}));
    first.spec["linux"]["cgroupsPath"] = path;
    const std::string c = create(first);
    // Keeps the directory, and with it the program, when the container goes.
    fs::create_directory(directory / "kept");
    kill(c, "KILL");
    wait_exit(c);
    CHECK(device_programs(directory) == 1);
    Bundle& second = with_nodes(bundle(), json::array({deny_all(), rule(true, "c", 7, 0, "r")}));
    second.spec["linux"]["cgroupsPath"] = path;
    json facts = probe(second, {"open", "/dev/t/none", "open", "/dev/t/vc"});
    CHECK(opened(facts, "none") == "");
    CHECK(opened(facts, "vc") == "r");
}

RUNTIME_TEST("device rules: a kernel that loads no programs is named, unless nothing is restricted",
             "[devices][cgroups][errors][root]") {
    REQUIRES("cgroup-v2");
    if (!is_runcxx()) return;  // Go's texts; runc tolerates nothing, as its default rules do not allow all
    Options options;
    options.in_child = [] { forbid_call(SYS_bpf, ENOSYS); };
    CHECK_FAILS(
        try_create(bundle().idle(), {}, options), 1,
        "load device program: function not implemented (this kernel has no bpf(2): CONFIG_BPF_SYSCALL "
        "is not set)");
    CHECK(status(last_id()).empty());
    options.in_child = [] { forbid_call(SYS_bpf, EINVAL); };
    CHECK_FAILS(try_create(bundle().idle(), {}, options), 1, "CONFIG_CGROUP_BPF is not set");
    options.in_child = [] { forbid_call(SYS_bpf, EPERM); };
    CHECK_FAILS(try_create(bundle().idle(), {}, options), 1, "it takes CAP_BPF and CAP_NET_ADMIN");
    Bundle& b = with_nodes(bundle(), json::array({allow_all()}));
    CHECK(opened(probe(b, {"open", "/dev/t/vc"}, {}, options), "vc") == "rwb");
}
