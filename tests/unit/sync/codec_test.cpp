// SPDX-License-Identifier: Apache-2.0
#include "sync/codec.h"

#include "config/config_fields.h"
#include "support/catch.h"
#include "sync/channel.h"
#include "sync/order.h"

using namespace runcxx;
using sync::Type;

namespace {

config::Init full_configuration() {
    config::Init init;
    init.hook_state.id = "c1";
    init.hook_state.annotations = {{"a", "b"}, {"", "empty key"}};
    init.log_level = 5;
    init.wait_for_start = true;
    auto& setup = init.container.emplace();
    setup.rootfs = "/rootfs";
    setup.mounts.resize(2);
    setup.mounts[1].destination = "/proc";
    setup.mounts[1].flags = 0x1'0000'0000;
    setup.mounts[1].propagation = {1, 2, 3};
    setup.mounts[1].id_map = config::IdMap::Recursive;
    setup.mounts[1].uid_mappings = {{0, 100000, 65536}};
    setup.devices = {{.path = "/dev/null", .type = 'c', .major = 1, .minor = 3}};
    setup.sysctls = {{"net.ipv4.ip_forward", "1"}};
    setup.cgroup_mount.hierarchies = {{{"cpu", "cpuacct"}, "cpu,cpuacct", "/x"}};
    init.process.args = {"sh", "-c", std::string("with\0nul", 8)};
    init.process.umask = 022;
    init.process.capabilities.emplace().ambient = ~0ULL;
    init.process.start_container_hooks = {{.path = "/hook", .args = {"hook"}, .env = {}, .timeout = 3}};
    return init;
}

}  // namespace

TEST_CASE("codec: a configuration comes back as it was sent", "[sync]") {
    const auto sent = full_configuration();
    const auto bytes = sync::encode(sent);
    const auto received = sync::decode<config::Init>(bytes);
    CHECK(sync::encode(received) == bytes);
    REQUIRE(received.container.has_value());
    CHECK(received.container->mounts[1].uid_mappings == sent.container->mounts[1].uid_mappings);
    CHECK(received.container->mounts[1].id_map == config::IdMap::Recursive);
    CHECK(received.process.args == sent.process.args);
    CHECK(received.process.umask == 022U);
    CHECK(received.hook_state == sent.hook_state);
    CHECK(received.process.start_container_hooks == sent.process.start_container_hooks);
}

TEST_CASE("codec: every truncation of a message is an error, and so is what is left over", "[sync]") {
    const auto bytes = sync::encode(full_configuration());
    for (std::size_t length = 0; length < bytes.size(); ++length)
        CHECK_THROWS_AS(sync::decode<config::Init>(std::string_view(bytes).substr(0, length)), Error);
    CHECK_THROWS_AS(sync::decode<config::Init>(bytes + "x"), Error);
}

TEST_CASE("codec: a corrupt count runs into the end of the bytes, not into the allocator", "[sync]") {
    const std::string huge_count("\xff\xff\xff\xff", 4);
    CHECK_THROWS_AS(sync::decode<std::vector<std::string>>(huge_count), Error);
    CHECK_THROWS_AS(sync::decode<std::vector<std::uint64_t>>(huge_count), Error);
    CHECK_THROWS_AS(sync::decode<std::string>(huge_count), Error);
}

TEST_CASE("order: a container sets up mounts, rootfs and process, each in its phase", "[sync]") {
    sync::Order order(/*for_exec=*/false);
    order.accept(Type::MountPlease);
    order.accept(Type::MountPlease);
    order.accept(Type::RootfsReady);
    CHECK_FALSE(order.may_end());
    order.accept(Type::ProcessReady);
    CHECK(order.may_end());
    order.accept(Type::SeccompListener);
}

TEST_CASE("order: the rootfs need not be announced", "[sync]") {
    sync::Order order(/*for_exec=*/false);
    order.accept(Type::ProcessReady);
    CHECK(order.may_end());
}

TEST_CASE("order: nothing comes twice or out of its phase", "[sync]") {
    const auto after = [](std::initializer_list<Type> before, bool for_exec = false) {
        sync::Order order(for_exec);
        for (const auto type : before)
            order.accept(type);
        return order;
    };
    CHECK_THROWS_AS(after({Type::RootfsReady}).accept(Type::RootfsReady), Error);
    CHECK_THROWS_AS(after({Type::RootfsReady}).accept(Type::MountPlease), Error);
    CHECK_THROWS_AS(after({Type::ProcessReady}).accept(Type::ProcessReady), Error);
    CHECK_THROWS_AS(after({Type::ProcessReady}).accept(Type::MountPlease), Error);
    CHECK_THROWS_AS(after({}).accept(Type::SeccompListener), Error);
    CHECK_THROWS_AS(after({Type::ProcessReady, Type::SeccompListener}).accept(Type::SeccompListener), Error);
    CHECK_THROWS_AS(after({}, true).accept(Type::MountPlease), Error);
    CHECK_THROWS_AS(after({}, true).accept(Type::RootfsReady), Error);
    // What only the runtime says.
    for (const auto type :
         {Type::MountSource, Type::HooksDone, Type::Run, Type::ListenerTaken, static_cast<Type>(99)})
        CHECK_THROWS_AS(after({}).accept(type), Error);
}

TEST_CASE("channel: messages keep their type, payload and fds; a closed peer is the end", "[sync]") {
    auto pair = sys::make_socket_pair(sys::SocketKind::Seqpacket);
    sync::Channel runtime(std::move(pair.runtime_end));
    sync::Channel init(std::move(pair.init_end));
    const auto pipe = sys::make_pipe();
    runtime.send(sync::MountSource{}, {pipe.read_end.get()});
    std::vector<sys::UniqueFd> fds;
    init.expect<sync::MountSource>(&fds);
    CHECK(fds.size() == 1);

    runtime.send(sync::HooksDone{});
    CHECK_THROWS_WITH(init.expect<sync::Run>(), Catch::Contains("HooksDone instead of Run"));

    init.send(sync::Failure{Error::Kind::InvalidConfig, 2, "text"});
    const auto failure = runtime.receive();
    REQUIRE(failure.has_value());
    CHECK(failure->as<sync::Failure>().message == "text");
    init.close();
    CHECK_FALSE(runtime.receive().has_value());
    CHECK_FALSE(runtime.try_send(sync::HooksDone{}));
}

TEST_CASE("channel: the configuration crosses a stream whole", "[sync]") {
    const auto pair = sys::make_socket_pair(sys::SocketKind::Stream);
    sync::send_configuration(pair.runtime_end, full_configuration());
    CHECK(sync::encode(sync::receive_configuration(pair.init_end)) == sync::encode(full_configuration()));
}

TEST_CASE("channel: a runtime that dies in the middle of the configuration is named", "[sync]") {
    auto pair = sys::make_socket_pair(sys::SocketKind::Stream);
    sys::send_packet(pair.runtime_end, std::string("\x10\0\0\0abc", 7));
    pair.runtime_end.reset();
    CHECK_THROWS_WITH(sync::receive_configuration(pair.init_end),
                      Catch::Contains("closed after 3 of 16 bytes"));
}
