// SPDX-License-Identifier: Apache-2.0
// Against CRIU's images/rpc.proto: the numbers here are copied from there, not from the code.
#include "checkpoint/criu_messages.h"

#include <sched.h>

#include <map>

#include "checkpoint/protobuf.h"
#include "support/catch.h"

using namespace runcxx::checkpoint;

namespace {

// Fields of a message by number, nested ones as bytes.
struct Message {
    std::multimap<unsigned, std::int64_t> numbers;
    std::multimap<unsigned, std::string> texts;

    explicit Message(const std::string& bytes) {
        MessageReader reader(bytes);
        while (const auto field = reader.next()) {
            // What is a varint here has an empty text; no text of ours is empty but cgroup2's controller.
            if (field->text.data() == nullptr)
                numbers.emplace(field->id, field->number);
            else
                texts.emplace(field->id, std::string(field->text));
        }
    }
    std::int64_t number(unsigned id) const {
        REQUIRE(numbers.count(id) == 1);
        return numbers.find(id)->second;
    }
    std::string text(unsigned id) const {
        REQUIRE(texts.count(id) == 1);
        return texts.find(id)->second;
    }
};

std::string response(std::initializer_list<std::pair<unsigned, std::int64_t>> numbers,
                     std::initializer_list<std::pair<unsigned, std::string>> texts = {}) {
    MessageWriter writer;
    for (const auto& [id, number] : numbers)
        writer.number(id, number);
    for (const auto& [id, text] : texts)
        writer.text(id, text);
    return writer.bytes();
}

}  // namespace

TEST_CASE("criu messages: a request without options has the images' directory and nothing that CRIU would do",
          "[checkpoint][criu-messages]") {
    const Message message(request(RequestType::Dump, {.images_dir_fd = 5, .log_level = 4}));
    CHECK(message.number(1) == 1);
    const Message options(message.text(2));
    CHECK(options.number(1) == 5);
    CHECK(options.number(9) == 4);
    CHECK(options.numbers.size() == 2);
    CHECK(options.texts.empty());
}

TEST_CASE("criu messages: every option has its number", "[checkpoint][criu-messages]") {
    CriuOptions all;
    all.images_dir_fd = 5;
    all.pid = 77;
    all.log_level = 4;
    all.log_file = "dump.log";
    all.work_dir_fd = 6;
    all.config_file = "/etc/criu/x.conf";
    all.root = "/rootfs";
    all.leave_running = all.ext_unix_sk = all.tcp_established = all.evasive_devices = all.shell_job = true;
    all.file_locks = all.notify_scripts = all.track_mem = all.auto_dedup = all.link_remap = true;
    all.rst_sibling = all.tcp_skip_in_flight = all.lazy_pages = all.orphan_pts_master = all.tcp_close = true;
    all.parent_img = "../parent";
    all.ps = PageServer{"10.0.0.1", 27277};
    all.manage_cgroups_mode = CgroupMode::Strict;
    all.cg_root = {{"cpu", "/a"}, {"", "/b"}};
    all.freeze_cgroup = "/sys/fs/cgroup/freezer/x";
    all.ext_mnt = {{"/key", "/value"}};
    all.external = {"net[1]:extRootNetNS"};
    all.inherit_fd = {{"pipe:[1]", 0}};
    all.join_ns = {{"ipc", "/proc/1/ns/ipc"}};
    all.empty_ns = CLONE_NEWNET;
    all.status_fd = 9;
    all.lsm_profile = "apparmor:x";
    all.lsm_mount_context = "label";
    all.cgroup_yard = "/yard";
    all.network_lock = NetworkLock::Skip;
    const Message options(Message(request(RequestType::Restore, all)).text(2));
    for (const unsigned flag : {3, 4, 5, 6, 7, 8, 12, 15, 16, 18, 24, 26, 46, 48, 50, 52}) {
        INFO(flag);
        CHECK(options.number(flag) == 1);
    }
    CHECK(options.number(2) == 77);
    CHECK(options.number(17) == 6);
    CHECK(options.number(34) == 5);
    CHECK(options.number(38) == CLONE_NEWNET);
    CHECK(options.number(49) == 9);
    CHECK(options.text(10) == "dump.log");
    CHECK(options.text(13) == "/rootfs");
    CHECK(options.text(14) == "../parent");
    CHECK(options.text(37) == "net[1]:extRootNetNS");
    CHECK(options.text(44) == "/sys/fs/cgroup/freezer/x");
    CHECK(options.text(51) == "/etc/criu/x.conf");
    CHECK(options.text(53) == "apparmor:x");
    CHECK(options.text(63) == "label");
    CHECK(options.text(60) == "/yard");
    CHECK(options.number(64) == 3);
    const Message page_server(options.text(11));
    CHECK(page_server.text(1) == "10.0.0.1");
    CHECK(page_server.number(2) == 27277);
    const Message mount(options.text(23));
    CHECK(mount.text(1) == "/key");
    CHECK(mount.text(2) == "/value");
    const Message inherited(options.text(27));
    CHECK(inherited.text(1) == "pipe:[1]");
    CHECK(inherited.number(2) == 0);
    const Message joined(options.text(39));
    CHECK(joined.text(1) == "ipc");
    CHECK(joined.text(2) == "/proc/1/ns/ipc");
    REQUIRE(options.texts.count(25) == 2);
    const Message root(options.texts.find(25)->second);
    CHECK(root.text(1) == "cpu");
    CHECK(root.text(2) == "/a");
}

TEST_CASE("criu messages: questions keep the conversation open", "[checkpoint][criu-messages]") {
    const Message version(version_request(true));
    CHECK(version.number(1) == 10);
    CHECK(version.number(4) == 1);
    const Message features(feature_request({.mem_track = true, .lazy_pages = true}, false));
    CHECK(features.number(1) == 9);
    CHECK(features.numbers.count(4) == 0);
    CHECK(Message(features.text(5)).numbers.size() == 2);
    const Message refusal(acknowledgement(false));
    CHECK(refusal.number(1) == 6);
    CHECK(refusal.number(3) == 0);
}

TEST_CASE("criu messages: versions are numbers that can be compared", "[checkpoint][criu-messages]") {
    const auto version = [](const std::string& nested) {
        return parse_response(response({{1, 10}, {2, 1}}, {{10, nested}})).version;
    };
    CHECK(version(response({{1, 4}, {2, 1}, {4, 1}})) == 40101);
    CHECK(version(response({{1, 3}, {2, 17}}, {{3, "0"}})) == 31700);
    // Built from a commit after 3.17: what 3.18 will have.
    CHECK(version(response({{1, 3}, {2, 17}}, {{3, "v3.17-10-gabc"}})) == 31800);
}

TEST_CASE("criu messages: answers and notifications", "[checkpoint][criu-messages]") {
    const auto failed = parse_response(response({{1, 1}, {2, 0}, {7, 3}}, {{9, "not asked for"}}));
    CHECK(failed.type == RequestType::Dump);
    CHECK_FALSE(failed.success);
    CHECK(failed.cr_errno == 3);
    const auto notified =
        parse_response(response({{1, 6}, {2, 1}}, {{5, response({{2, 4711}}, {{1, "post-restore"}})}}));
    CHECK(notified.type == RequestType::Notify);
    CHECK(notified.notify_script == "post-restore");
    CHECK(notified.notify_pid == 4711);
    const auto features =
        parse_response(response({{1, 9}, {2, 1}}, {{8, response({{1, 0}, {2, 1}})}})).features;
    CHECK_FALSE(features.mem_track);
    CHECK(features.lazy_pages);
    CHECK(to_string(RequestType::PreDump) == "PRE_DUMP");
    CHECK(to_string(static_cast<RequestType>(12)) == "type 12");
}
