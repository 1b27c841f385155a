// SPDX-License-Identifier: Apache-2.0
#include "config/sysctl.h"

#include "unit/config/made_up_host.h"

using namespace runcxx;
using namespace runcxx::config;
using runcxx::config::test::Case;

TEST_CASE("sysctl: keys with a namespace of the container's own are accepted", "[config]") {
    const auto key =
        GENERATE(as<std::string>(), "kernel.msgmax", "kernel.msgmnb", "kernel.msgmni", "kernel.sem",
                 "kernel.shmall", "kernel.shmmax", "kernel.shmmni", "kernel.shm_rmid_forced",
                 "fs.mqueue.msg_max", "net.ipv4.ip_forward", "kernel.domainname");
    CAPTURE(key);
    Case c;
    c.linux_part().sysctl = {{key, "1"}};
    CHECK(c.error().empty());
    CHECK(c.resolve().setup.sysctls == std::vector<std::pair<std::string, std::string>>{{key, "1"}});
}

TEST_CASE("sysctl: keys that would change the host are refused", "[config]") {
    const auto [remove, key, error] = GENERATE(table<std::string, std::string, std::string>({
        {"ipc", "kernel.sem", "sysctl \"kernel.sem\" is not allowed in the hosts ipc namespace"},
        {"ipc", "fs.mqueue.msg_max",
         "sysctl \"fs.mqueue.msg_max\" is not allowed in the hosts ipc namespace"},
        {"network", "net.core.somaxconn",
         "sysctl \"net.core.somaxconn\" not allowed in host network namespace"},
        {"", "kernel.hostname",
         "sysctl \"kernel.hostname\" is not allowed as it conflicts with the OCI \"hostname\" field"},
        {"", "user.max_net_namespaces",
         "setting ucounts without a user namespace not allowed: user.max_net_namespaces"},
        {"", "vm.swappiness", "sysctl \"vm.swappiness\" is not in a separate kernel namespace"},
        {"", "kernel/panic", "sysctl \"kernel.panic\" is not in a separate kernel namespace"},
        {"", "", "sysctl \"\" is not in a separate kernel namespace"},
    }));
    CAPTURE(key);
    Case c;
    c.remove_namespace(remove);
    c.linux_part().sysctl = {{key, "1"}};
    CHECK(c.error() == error);
}

TEST_CASE("sysctl: kernel.domainname needs a UTS namespace", "[config]") {
    Case c;
    c.remove_namespace("uts");
    c.spec.hostname.clear();
    c.linux_part().sysctl = {{"kernel.domainname", "x"}};
    CHECK(c.error() == "sysctl \"kernel.domainname\" is not in a separate kernel namespace");
}

TEST_CASE("sysctl: user.* is accepted with a user namespace", "[config]") {
    Case c;
    c.map_root();
    c.linux_part().sysctl = {{"user.max_net_namespaces", "5"}};
    CHECK(c.error().empty());
}

TEST_CASE("sysctl: a joined network namespace must not be the runtime's own", "[config]") {
    Case c;
    c.remove_namespace("network");
    c.add_namespace("network", "/run/netns/x");
    c.linux_part().sysctl = {{"net.core.somaxconn", "1"}, {"net.core.wmem_max", "2"}};
    int asked = 0;
    c.queries.is_own_network_namespace = [&](const std::string& path) {
        ++asked;
        return path != "/run/netns/x";
    };
    CHECK(c.error().empty());
    CHECK(asked == 1);
    c.queries.is_own_network_namespace = [](const std::string&) { return true; };
    CHECK(c.error() == "sysctl \"net.core.somaxconn\" not allowed in host network namespace");
    c.queries.is_own_network_namespace = [](const std::string& path) -> bool {
        throw Error("stat " + path + ": no such file or directory");
    };
    CHECK(c.error() == "invalid netns path: stat /run/netns/x: no such file or directory");
}

TEST_CASE("sysctl: '/' may separate, and then a '.' belongs to a name", "[config]") {
    Case c;
    c.linux_part().sysctl = {{"net/ipv4/conf/eth0.1/mtu", "1"}, {"net.ipv4.conf.eth0/2.mtu", "2"}};
    const auto sysctls = c.resolve().setup.sysctls;
    REQUIRE(sysctls.size() == 2);
    CHECK(sysctls[0].first == "net.ipv4.conf.eth0/2.mtu");
    CHECK(sysctls[1].first == "net.ipv4.conf.eth0/1.mtu");
    CHECK(sysctl_path(sysctls[1].first) == "net/ipv4/conf/eth0.1/mtu");
    CHECK(sysctl_path("net.core.somaxconn") == "net/core/somaxconn");
}

TEST_CASE("sysctl: a key cannot climb out of its namespace's directory", "[config]") {
    const auto key = GENERATE(as<std::string>(), "net/../kernel/panic", "net.//.kernel.panic", "net/./x",
                              "net..x", "net.", "fs.mqueue.//.x");
    CAPTURE(key);
    Case c;
    c.linux_part().sysctl = {{key, "1"}};
    CHECK(c.error().ends_with("is not in a separate kernel namespace"));
}
