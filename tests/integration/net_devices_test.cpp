// SPDX-License-Identifier: Apache-2.0
// linux.netDevices: interfaces that move into the container. The runtime runs in a network namespace of the
// test's own, with veth pairs for interfaces, so that the machine's are out of reach.
#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include "support/sandbox.h"

using namespace runcxx::tests;

namespace {

class NetDevices : public Sandbox {
public:
    NetDevices() {
        REQUIRE_OK(execute({"ip", "netns", "add", host_}));
        outside("link add rxa type veth peer name rxb");
    }
    ~NetDevices() {
        execute({"ip", "netns", "delete", host_});
        if (!pinned_.empty()) execute({"ip", "netns", "delete", pinned_});
    }

    // ip(8) where the runtime is.
    Result outside(const std::string& command) { return ip(host_, command); }
    Result ip(const std::string& network_namespace, const std::string& command) {
        auto result = execute({"sh", "-c", "ip -n " + network_namespace + " " + command});
        INFO(command << "\n" << result.err);
        CHECK(result.exit_code == 0);
        return result;
    }
    bool has_outside(const std::string& device) {
        return execute({"ip", "-n", host_, "link", "show", "dev", device}).ok();
    }
    // Another namespace, for containers to join.
    std::string pinned() {
        if (pinned_.empty()) {
            pinned_ = host_ + "p";
            REQUIRE_OK(execute({"ip", "netns", "add", pinned_}));
        }
        return pinned_;
    }
    Options here() const {
        Options options;
        options.in_child = [path = "/run/netns/" + host_] {
            const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
            if (fd < 0 || setns(fd, CLONE_NEWNET) != 0) _exit(99);
        };
        return options;
    }
    Bundle& moving(const std::string& device, const std::string& name = "") {
        Bundle& b = bundle();
        b.spec["linux"]["netDevices"][device] = name.empty() ? json::object() : json{{"name", name}};
        return b;
    }

private:
    std::string host_ = "rxnet" + own_name();
    std::string pinned_;
};

}  // namespace

#define NETWORK_TEST(name) TEST_CASE_METHOD(NetDevices, name, "[net-devices]")

NETWORK_TEST("netDevices: an interface moves, gets its name, keeps addresses, MTU and hardware address") {
    REQUIRES("net-devices");
    outside("link set dev rxa mtu 1400 address 02:00:00:00:00:17");
    outside("addr add 10.17.0.1/24 dev rxa");
    outside("addr add 10.18.0.1 peer 10.18.0.2/32 dev rxa");
    outside("link set dev rxa up");
    outside("-6 addr add fd17::1/64 dev rxa nodad");
    const auto result =
        run(moving("rxa", "eth7").sh("ip link show dev eth7; ip addr show dev eth7"), {}, here());
    INFO(describe(result));
    REQUIRE(result.exit_code == 0);
    CHECK_THAT(result.out, HasText("mtu 1400"));
    CHECK_THAT(result.out, HasText("02:00:00:00:00:17"));
    CHECK_THAT(result.out, HasText("UP"));
    CHECK_THAT(result.out, HasText("inet 10.17.0.1/24"));
    CHECK_THAT(result.out, HasText("inet 10.18.0.1 peer 10.18.0.2/32"));
    CHECK_THAT(result.out, HasText("inet6 fd17::1/64 scope global"));
    CHECK_FALSE(has_outside("rxa"));
}

NETWORK_TEST("netDevices: without a name the interface keeps its own, and one that was down is set up") {
    REQUIRES("net-devices");
    const auto result = run(moving("rxa").sh("ip link show dev rxa"), {}, here());
    INFO(describe(result));
    CHECK(result.exit_code == 0);
    CHECK_THAT(result.out, HasText("UP"));
}

NETWORK_TEST("netDevices: addresses of link scope, and those that run out, stay behind") {
    REQUIRES("net-devices");
    outside("addr add 10.17.0.1/24 dev rxa scope link");
    outside("addr add 10.17.1.1/24 dev rxa valid_lft 1000 preferred_lft 1000");
    outside("addr add 10.17.2.1/24 dev rxa");
    const auto result = run(moving("rxa").sh("ip -4 addr show dev rxa"), {}, here());
    INFO(describe(result));
    CHECK(result.exit_code == 0);
    CHECK_THAT(result.out, !HasText("10.17.0.1") && !HasText("10.17.1.1") && HasText("10.17.2.1"));
}

NETWORK_TEST("netDevices: a name with %d is numbered by the kernel") {
    REQUIRES("net-devices");
    ip(pinned(), "link add eth0 type veth peer name other");
    Bundle& b = moving("rxa", "eth%d").sh("ip link show dev eth1");
    b.add_namespace("network", "/run/netns/" + pinned());
    const auto result = run(b, {}, here());
    INFO(describe(result));
    CHECK(result.exit_code == 0);
}

NETWORK_TEST("netDevices: sysctls of an interface are set after it has come") {
    REQUIRES("net-devices");
    Bundle& b = moving("rxa", "eth7").sh("cat /proc/sys/net/ipv4/conf/eth7/rp_filter");
    b.spec["linux"]["sysctl"] = {{"net.ipv4.conf.eth7.rp_filter", "2"}};
    const auto result = run(b, {}, here());
    INFO(describe(result));
    CHECK(result.out == "2\n");
}

NETWORK_TEST("netDevices: with a user namespace the interface moves, too") {
    REQUIRES("net-devices");
    outside("addr add 10.17.0.1/24 dev rxa");
    const auto result = run(moving("rxa").user_namespace().sh("ip addr show dev rxa"), {}, here());
    INFO(describe(result));
    CHECK(result.exit_code == 0);
    CHECK_THAT(result.out, HasText("10.17.0.1/24") && HasText("UP"));
}

NETWORK_TEST("netDevices: a joined namespace keeps the interface when the container goes") {
    REQUIRES("net-devices");
    Bundle& b = moving("rxa", "eth7").idle();
    b.add_namespace("network", "/run/netns/" + pinned());
    const auto id = run_detached(b, {}, here());
    kill(id);
    wait_exit(id);
    remove(id);
    CHECK_THAT(ip(pinned(), "link show dev eth7").out, HasText("UP"));
    CHECK_FALSE(has_outside("rxa"));
}

NETWORK_TEST("netDevices: what was moved comes back when the creation fails") {
    REQUIRES("net-devices");
    outside("addr add 10.17.0.1/24 dev rxa");
    outside("link set dev rxa up");
    outside("-6 addr add fd17::1/64 dev rxa nodad");
    outside("link add rxc type veth peer name rxd");
    Bundle& b = moving("rxa", "eth7").args({"/no/such/program"});
    b.spec["linux"]["netDevices"]["rxc"] = json::object();

    SECTION("from a new namespace, which is gone then") {
        CHECK_FAILS(try_create(b, {}, here()), 1, "no such file or directory");
    }
    SECTION("from one that was joined") {
        b.add_namespace("network", "/run/netns/" + pinned());
        CHECK_FAILS(try_create(b, {}, here()), 1, "no such file or directory");
        CHECK_THAT(ip(pinned(), "link").out, !HasText("eth7") && !HasText("rcx"));
    }
    CHECK_THAT(outside("link show dev rxa").out, HasText(",UP"));
    CHECK_THAT(outside("addr show dev rxa").out, HasText("10.17.0.1/24") && HasText("fd17::1/64"));
    CHECK_THAT(outside("link show dev rxc").out, !HasText(",UP"));
}

NETWORK_TEST("netDevices: a name that is taken inside is an error, and the interface is as it was") {
    REQUIRES("net-devices");
    ip(pinned(), "link add eth0 type veth peer name other");
    outside("link set dev rxa up");
    Bundle& b = moving("rxa", "eth0").idle();
    b.add_namespace("network", "/run/netns/" + pinned());
    CHECK_FAILS(try_create(b, {}, here()), 1, "file exists");
    CHECK_THAT(outside("link show dev rxa").out, HasText(",UP"));
}

NETWORK_TEST("netDevices: an interface that is not there is named") {
    REQUIRES("net-devices");
    CHECK_FAILS(try_create(moving("nowhere").idle(), {}, here()), 1,
                "link not found for interface nowhere on runtime namespace");
}
