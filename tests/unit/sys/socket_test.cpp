// SPDX-License-Identifier: Apache-2.0
#include "sys/socket.h"

#include "support/catch.h"

using namespace runcxx;

TEST_CASE("receive_packet: the last words of a peer that did not read ours, and then its end", "[socket]") {
    auto pair = sys::make_socket_pair(sys::SocketKind::Seqpacket);
    sys::send_packet(pair.runtime_end, "never read");
    sys::send_packet(pair.init_end, "last words");
    pair.init_end.reset();
    const auto words = sys::receive_packet(pair.runtime_end);
    REQUIRE(words);
    CHECK(words->data == "last words");
    CHECK_FALSE(sys::receive_packet(pair.runtime_end));
}

TEST_CASE("receive_packet: the end of a peer that said nothing and did not read", "[socket]") {
    auto pair = sys::make_socket_pair(sys::SocketKind::Seqpacket);
    sys::send_packet(pair.runtime_end, "never read");
    pair.init_end.reset();
    CHECK_FALSE(sys::receive_packet(pair.runtime_end));
}

TEST_CASE("receive_from_stream: what is ready, with what came along, and then the end", "[socket]") {
    auto pair = sys::make_socket_pair(sys::SocketKind::Stream);
    sys::send_packet(pair.init_end, "with a descriptor", {pair.runtime_end.get()});
    const auto bytes = sys::receive_from_stream(pair.runtime_end);
    REQUIRE(bytes);
    CHECK(bytes->data == "with a descriptor");
    CHECK(bytes->fds.size() == 1);
    pair.init_end.reset();
    CHECK_FALSE(sys::receive_from_stream(pair.runtime_end));
}
