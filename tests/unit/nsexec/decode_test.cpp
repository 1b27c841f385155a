// SPDX-License-Identifier: Apache-2.0
// The decoder of the bootstrap message: every good shape is understood, every bad one is named.
#include "decode.h"

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "support/catch.h"

namespace {

constexpr uint32_t kUser = 0x10000000, kNet = 0x40000000, kPid = 0x20000000, kTime = 0x80;

// One attribute as bytes; `length` lies when it is not -1.
std::string attribute(unsigned type, const std::string& payload, int length = -1, bool padded = true) {
    const runcxx_bootstrap_attribute_header header{
        static_cast<uint16_t>(length >= 0 ? static_cast<size_t>(length) : payload.size() + sizeof(header)),
        static_cast<uint16_t>(type)};
    std::string bytes(sizeof(header), '\0');
    std::memcpy(bytes.data(), &header, sizeof(header));
    bytes += payload;
    while (padded && bytes.size() % 4 != 0)
        bytes += '\x7e';  // padding may be anything
    return bytes;
}

std::string number(unsigned type, uint32_t value) {
    std::string payload(sizeof(value), '\0');
    std::memcpy(payload.data(), &value, sizeof(value));
    return attribute(type, payload);
}

std::string text(unsigned type, const std::string& value, bool padded = true) {
    return attribute(type, value + '\0', -1, padded);
}

std::string flags(uint32_t value) {
    return number(RUNCXX_ATTRIBUTE_CLONE_FLAGS, value);
}
std::string paths(const std::string& value) {
    return text(RUNCXX_ATTRIBUTE_NS_PATHS, value);
}
std::string uid_map(const std::string& value) {
    return text(RUNCXX_ATTRIBUTE_UIDMAP, value);
}
std::string gid_map(const std::string& value) {
    return text(RUNCXX_ATTRIBUTE_GIDMAP, value);
}

bool contains(const std::string& whole, const std::string& part) {
    UNSCOPED_INFO("error: " << whole);
    return whole.find(part) != std::string::npos;
}

struct Decoded {
    bool ok = false;
    std::string error;
    bootstrap message{};
    std::vector<char> payload;  // exactly the size, so that a sanitizer sees every byte read too far

    explicit Decoded(const std::string& bytes) : payload(bytes.begin(), bytes.end()) {
        char buffer[BOOTSTRAP_ERROR_SIZE] = "";
        ok = bootstrap_decode(payload.data(), payload.size(), &message, buffer);
        error = buffer;
    }
};

std::string header(uint32_t length, uint16_t type) {
    const runcxx_bootstrap_header value{length, type, 1, 0, 0};
    std::string bytes(sizeof(value), '\0');
    std::memcpy(bytes.data(), &value, sizeof(value));
    return bytes;
}

}  // namespace

TEST_CASE("bootstrap: a message without attributes asks for nothing", "[nsexec]") {
    const Decoded decoded("");
    REQUIRE(decoded.ok);
    CHECK(decoded.message.clone_flags == 0);
    CHECK(decoded.message.join_count == 0);
    CHECK(decoded.message.uid_map == nullptr);
    CHECK(decoded.message.oom_score_adj == nullptr);
    CHECK_FALSE(decoded.message.setgroup);
    CHECK_FALSE(decoded.message.rootless_euid);
}

TEST_CASE("bootstrap: every attribute arrives, in any order", "[nsexec]") {
    const Decoded decoded(
        text(RUNCXX_ATTRIBUTE_TIMENSOFFSET, "monotonic 1 2\nboottime -3 4\n") +
        text(RUNCXX_ATTRIBUTE_GIDMAPPATH, "/usr/bin/newgidmap") + number(RUNCXX_ATTRIBUTE_ROOTLESS_EUID, 1) +
        text(RUNCXX_ATTRIBUTE_UIDMAPPATH, "/usr/bin/newuidmap") + number(RUNCXX_ATTRIBUTE_SETGROUP, 1) +
        text(RUNCXX_ATTRIBUTE_OOM_SCORE_ADJ, "-998") + gid_map("0 1000 1\n1 100000 65536\n") +
        uid_map("0 1000 1\n") + paths("net:/run/netns/a,ipc:/proc/1/ns/ipc:x") + flags(kUser | kPid | kTime));
    REQUIRE(decoded.error.empty());
    REQUIRE(decoded.ok);
    const bootstrap& message = decoded.message;
    CHECK(message.clone_flags == (kUser | kPid | kTime));
    CHECK(message.setgroup);
    CHECK(message.rootless_euid);
    CHECK(std::string(message.uid_map) == "0 1000 1\n");
    CHECK(std::string(message.gid_map) == "0 1000 1\n1 100000 65536\n");
    CHECK(std::string(message.uid_map_tool) == "/usr/bin/newuidmap");
    CHECK(std::string(message.gid_map_tool) == "/usr/bin/newgidmap");
    CHECK(std::string(message.oom_score_adj) == "-998");
    CHECK(std::string(message.time_offsets) == "monotonic 1 2\nboottime -3 4\n");
    REQUIRE(message.join_count == 2);
    CHECK(message.joins[0].flag == kNet);
    CHECK(std::string(message.joins[0].name) == "net");
    CHECK(std::string(message.joins[0].path) == "/run/netns/a");
    CHECK(message.joins[1].flag == 0x08000000);
    CHECK(std::string(message.joins[1].path) == "/proc/1/ns/ipc:x");  // only the first colon separates
}

TEST_CASE("bootstrap: all eight namespaces can be joined at once", "[nsexec]") {
    std::string list;
#define APPEND(id, wire_name, oci_name, flag) \
    list += std::string(list.empty() ? "" : ",") + wire_name ":/" oci_name;
    RUNCXX_NAMESPACES(APPEND)
#undef APPEND
    const Decoded decoded(paths(list));
    REQUIRE(decoded.ok);
    CHECK(decoded.message.join_count == RUNCXX_NAMESPACE_COUNT);
    CHECK(decoded.message.join_flags == 0x7e020080);
    CHECK(std::string(decoded.message.joins[0].name) == "user");
    CHECK(std::string(decoded.message.joins[7].path) == "/time");
}

TEST_CASE("bootstrap: padding may be missing behind the last attribute only", "[nsexec]") {
    CHECK(Decoded(text(RUNCXX_ATTRIBUTE_OOM_SCORE_ADJ, "0", false)).ok);
    CHECK(Decoded(text(RUNCXX_ATTRIBUTE_OOM_SCORE_ADJ, "10", false)).ok);
    const Decoded shifted(text(RUNCXX_ATTRIBUTE_OOM_SCORE_ADJ, "0", false) + flags(0));
    CHECK_FALSE(shifted.ok);
}

TEST_CASE("bootstrap: payloads at any alignment are decoded", "[nsexec]") {
    const std::string bytes = flags(kNet) + paths("pid:/p");
    for (size_t shift = 0; shift < 8; shift++) {
        std::vector<char> memory(shift + bytes.size());
        std::memcpy(memory.data() + shift, bytes.data(), bytes.size());
        bootstrap message;
        char error[BOOTSTRAP_ERROR_SIZE];
        REQUIRE(bootstrap_decode(memory.data() + shift, bytes.size(), &message, error));
        CHECK(message.clone_flags == kNet);
    }
}

TEST_CASE("bootstrap: an attribute may be as large as its length field can say", "[nsexec]") {
    const std::string path(RUNCXX_BOOTSTRAP_ATTRIBUTE_MAX - 4 - 1 - 4, 'x');
    const Decoded decoded(paths("net:" + path));
    REQUIRE(decoded.ok);
    CHECK(std::strlen(decoded.message.joins[0].path) == path.size());
}

TEST_CASE("bootstrap: bad messages are refused, and the reason names the attribute", "[nsexec]") {
    struct Case {
        std::string bytes, reason;
    };
    const unsigned kScore = RUNCXX_ATTRIBUTE_OOM_SCORE_ADJ;
    const std::string maps = uid_map("0 1 1\n") + gid_map("0 1 1\n");
    const std::vector<Case> cases = {
        // lengths
        {"a", "1 stray bytes at the end"},
        {flags(0) + "abc", "3 stray bytes at the end"},
        {attribute(kScore, "", 0), "OOM_SCORE_ADJ: length 0 is less than its own header"},
        {attribute(kScore, "", 3), "OOM_SCORE_ADJ: length 3 is less than its own header"},
        {attribute(kScore, std::string("1\0", 2), 9), "OOM_SCORE_ADJ: length 9, but only 8 bytes are left"},
        {attribute(kScore, std::string("1\0", 2), 65535), "length 65535, but only 8 bytes are left"},
        {attribute(kScore, "", 4), "OOM_SCORE_ADJ: text is not terminated by NUL"},
        {attribute(RUNCXX_ATTRIBUTE_CLONE_FLAGS, ""), "CLONE_FLAGS: payload of 0 bytes, want 4"},
        {attribute(RUNCXX_ATTRIBUTE_CLONE_FLAGS, "abc"), "CLONE_FLAGS: payload of 3 bytes, want 4"},
        {attribute(RUNCXX_ATTRIBUTE_SETGROUP, "abcdefgh"), "SETGROUP: payload of 8 bytes, want 4"},
        {attribute(RUNCXX_ATTRIBUTE_ROOTLESS_EUID, "\1"), "ROOTLESS_EUID: payload of 1 bytes, want 4"},
        // text
        {attribute(kScore, "100"), "OOM_SCORE_ADJ: text is not terminated by NUL"},
        {attribute(kScore, std::string("1\0\0", 3)), "OOM_SCORE_ADJ: NUL inside the text, at byte 1 of 3"},
        {attribute(kScore, std::string("\0", 1)), "OOM_SCORE_ADJ: text is empty"},
        {text(kScore, "ten"), "OOM_SCORE_ADJ: 'ten' is not a number"},
        {text(kScore, "10\n"), "is not a number"},
        {text(kScore, "-"), "OOM_SCORE_ADJ: '-' is not a number"},
        // which
        {attribute(27280, "abcd"), "unknown bootstrap attribute 27280 at byte 0"},
        {flags(0) + attribute(27291, "abcd"), "unknown bootstrap attribute 27291 at byte 8"},
        {attribute(0x8000 | RUNCXX_ATTRIBUTE_CLONE_FLAGS, "abcd"), "unknown bootstrap attribute"},
        {flags(0) + flags(0), "CLONE_FLAGS occurs twice"},
        {paths("net:/a") + paths("ipc:/a"), "NS_PATHS occurs twice"},
        // flags and paths
        {flags(0x00000100), "CLONE_FLAGS: 0x100 are not flags of namespaces"},
        {flags(0xffffffff), "are not flags of namespaces"},
        {paths("net"), "namespace path 'net' is not of the form type:path"},
        {paths("net:/a,"), "namespace path '' is not of the form type:path"},
        {paths(",net:/a"), "namespace path '' is not of the form type:path"},
        {paths("mount:/a"), "unknown namespace type 'mount' (path '/a')"},
        {paths(":/a"), "unknown namespace type ''"},
        {paths("net:"), "path of the net namespace is empty"},
        {paths("net:,ipc:/a"), "path of the net namespace is empty"},
        {paths("net:/a,net:/b"), "the net namespace occurs twice among the paths"},
        {flags(kNet) + paths("net:/a"), "the net namespace is to be created and to be joined"},
        // what belongs together
        {flags(kUser), "a new user namespace needs both UIDMAP and GIDMAP"},
        {flags(kUser) + uid_map("0 1 1\n"), "a new user namespace needs both UIDMAP and GIDMAP"},
        {maps, "UIDMAP and GIDMAP need a new user namespace"},
        {flags(kNet) + maps, "UIDMAP and GIDMAP need a new user namespace"},
        {text(RUNCXX_ATTRIBUTE_TIMENSOFFSET, "monotonic 1 0\n"), "TIMENSOFFSET needs a new time namespace"},
        {text(RUNCXX_ATTRIBUTE_UIDMAPPATH, "newuidmap"), "UIDMAPPATH: 'newuidmap' is not absolute"},
        {text(RUNCXX_ATTRIBUTE_GIDMAPPATH, "newgidmap"), "GIDMAPPATH: 'newgidmap' is not absolute"},
    };
    for (const Case& bad : cases) {
        INFO("want: " << bad.reason);
        const Decoded decoded(bad.bytes);
        CHECK_FALSE(decoded.ok);
        CHECK(contains(decoded.error, bad.reason));
        CHECK(decoded.error.find('\n') == std::string::npos);
    }
}

TEST_CASE("bootstrap: an id map is lines of three numbers and nothing else", "[nsexec]") {
    for (const char* good :
         {"0 0 1\n", "0 0 1", "0 1000 1\n1 100000 65536\n", "0 0 4294967295\n", "0  0 1 \n"}) {
        INFO("map: '" << good << "'");
        CHECK(Decoded(flags(kUser) + uid_map(good) + gid_map("0 0 1\n")).ok);
        CHECK(Decoded(flags(kUser) + uid_map("0 0 1\n") + gid_map(good)).ok);
    }
    for (const char* bad : {"0", "0 0", "0 0\n", "0 0 1 2\n", "0 0 1\n0 0\n", "a b c\n", "-1 0 1\n",
                            "0 0 -g\n", "\n", "0 0 1\n\n", "0\n0\n1\n", "0 0 12345678901\n", "0\t0\t1\n"}) {
        INFO("map: '" << bad << "'");
        const Decoded decoded(flags(kUser) + uid_map(bad) + gid_map("0 0 1\n"));
        CHECK_FALSE(decoded.ok);
        CHECK(contains(decoded.error, "UIDMAP: line"));
        CHECK(contains(decoded.error, "is not three numbers"));
        CHECK_FALSE(Decoded(flags(kUser) + uid_map("0 0 1\n") + gid_map(bad)).ok);
    }
}

TEST_CASE("bootstrap: no prefix of a good message is read beyond its end", "[nsexec]") {
    const std::string bytes =
        flags(kUser | kPid) + paths("net:/a,ipc:/b") + uid_map("0 1 1\n") + gid_map("0 1 1\n");
    REQUIRE(Decoded(bytes).ok);
    for (size_t size = 0; size < bytes.size(); size++) {
        const Decoded decoded(bytes.substr(0, size));
        // Some prefixes are messages of their own; the others must say why not.
        CHECK(decoded.ok == decoded.error.empty());
    }
}

TEST_CASE("bootstrap: a long value in an error is cut, not overrun", "[nsexec]") {
    const Decoded decoded(paths(std::string(5000, 'n')));
    CHECK_FALSE(decoded.ok);
    CHECK(decoded.error.size() == BOOTSTRAP_ERROR_SIZE - 1);
}

TEST_CASE("bootstrap: the header gives the payload's size", "[nsexec]") {
    char error[BOOTSTRAP_ERROR_SIZE] = "";
    size_t size = 99;
    const auto decode = [&](uint32_t length, uint16_t type) {
        const std::string bytes = header(length, type);
        return bootstrap_decode_header(reinterpret_cast<const unsigned char*>(bytes.data()), &size, error);
    };
    CHECK(decode(16, 62000));
    CHECK(size == 0);
    CHECK(decode(16 + 24, 62000));
    CHECK(size == 24);
    CHECK(decode(RUNCXX_BOOTSTRAP_MESSAGE_MAX, 62000));
    CHECK(size == RUNCXX_BOOTSTRAP_MESSAGE_MAX - 16);

    CHECK_FALSE(decode(16, 2));
    CHECK(contains(error, "unexpected bootstrap message type 2, want 62000"));
    for (const uint32_t length : {0u, 15u, RUNCXX_BOOTSTRAP_MESSAGE_MAX + 1u, 0xffffffffu}) {
        CHECK_FALSE(decode(length, 62000));
        CHECK(contains(error, "bootstrap message length " + std::to_string(length)));
    }
}
