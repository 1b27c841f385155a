// SPDX-License-Identifier: Apache-2.0
#include "seccomp/listener.h"

#include <sys/socket.h>
#include <unistd.h>

#include "base/error.h"
#include "support/catch.h"
#include "support/temp_dir.h"
#include "sys/socket.h"

using namespace runcxx;
using namespace runcxx::tests;

TEST_CASE("the agent gets the state and the listener in one message") {
    const TempDir dir;
    const auto path = (dir / "agent.sock").string();
    const auto server = sys::bind_unix(HostPath(path), sys::SocketKind::Stream);
    auto pipe = sys::make_pipe();

    oci::ContainerProcessState state;
    state.pid = 42;
    state.metadata = "hello";
    state.state.id = "c1";
    state.state.status = "creating";
    state.state.pid = 42;
    state.state.bundle = "/bundle";
    seccomp::send_listener(path, state, pipe.write_end);

    const sys::UniqueFd connection(::accept4(server.get(), nullptr, nullptr, SOCK_CLOEXEC));
    REQUIRE(connection.is_open());
    auto packet = sys::receive_from_stream(connection);
    REQUIRE(packet.has_value());
    CHECK(packet->data ==
          R"({"ociVersion":"1.3.0","fds":["seccompFd"],"pid":42,"metadata":"hello",)"
          R"("state":{"ociVersion":"1.3.0","id":"c1","status":"creating","pid":42,"bundle":"/bundle"}})");
    REQUIRE(packet->fds.size() == 1);
    REQUIRE(::write(packet->fds[0].get(), "x", 1) == 1);
    char byte = 0;
    CHECK(::read(pipe.read_end.get(), &byte, 1) == 1);
    CHECK(byte == 'x');
    CHECK_FALSE(sys::receive_from_stream(connection).has_value());
}

TEST_CASE("an agent that is not there is named") {
    const auto pipe = sys::make_pipe();
    CHECK_THROWS_WITH(seccomp::send_listener("", {}, pipe.write_end), "seccomp listenerPath is not set");
    CHECK_THROWS_WITH(seccomp::send_listener("/no/such.sock", {}, pipe.write_end),
                      "failed to connect with seccomp agent specified in the seccomp profile: "
                      "dial unix /no/such.sock: connect: no such file or directory");
    CHECK_THROWS_WITH(seccomp::send_listener("@runcxx-no-such-agent", {}, pipe.write_end),
                      "failed to connect with seccomp agent specified in the seccomp profile: "
                      "dial unix @runcxx-no-such-agent: connect: connection refused");
}
