// SPDX-License-Identifier: Apache-2.0
#include "process/user.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <vector>

#include "process/capabilities.h"
#include "process/privileges.h"
#include "support/catch.h"
#include "support/fd.h"
#include "support/forked.h"
#include "support/requirements.h"
#include "support/temp_dir.h"
#include "support/text_matchers.h"
#include "sys/credentials.h"

using namespace runcxx;
using tests::Contains;
using namespace runcxx::process;

namespace {

constexpr std::uint64_t bit(unsigned capability) {
    return std::uint64_t{1} << capability;
}
constexpr unsigned kChown = 0;            // CAP_CHOWN
constexpr unsigned kNetBindService = 10;  // CAP_NET_BIND_SERVICE
constexpr unsigned kSysAdmin = 21;        // CAP_SYS_ADMIN

config::ProcessSetup user(std::uint32_t uid, std::uint32_t gid) {
    config::ProcessSetup setup;
    setup.uid = uid;
    setup.gid = gid;
    setup.cwd = "/";
    return setup;
}

std::string ids_and_groups() {
    std::vector<gid_t> groups(64);
    const int count = ::getgroups(static_cast<int>(groups.size()), groups.data());
    groups.resize(static_cast<std::size_t>(std::max(count, 0)));
    std::string text = std::to_string(::getuid()) + " " + std::to_string(::geteuid()) + " " +
                       std::to_string(::getgid()) + ":";
    for (const auto group : groups)
        text += " " + std::to_string(group);
    return text;
}

}  // namespace

TEST_CASE("becoming a user sets ids and groups, and keeps exactly the capabilities asked for",
          "[process][root]") {
    REQUIRES("root");
    auto setup = user(1234, 2345);
    setup.additional_gids = {3456, 4567};
    config::CapabilitySets sets;
    sets.bounding = bit(kChown) | bit(kNetBindService);
    sets.permitted = sets.effective = sets.inheritable = bit(kNetBindService);
    sets.ambient = bit(kNetBindService);
    setup.capabilities = sets;
    const auto result = tests::in_child([&] {
        drop_bounding_set(sets);
        change_user(setup, true);
        const auto now = sys::thread_capabilities();
        std::string text = ids_and_groups();
        if (now.effective != sets.effective || now.permitted != sets.permitted ||
            now.inheritable != sets.inheritable)
            text += " wrong sets";
        for (unsigned capability = 0; capability <= 40; ++capability)
            if (sys::is_in_bounding_set(capability) != ((sets.bounding & bit(capability)) != 0))
                text += " wrong bounding set";
        text += sys::is_in_ambient_set(kNetBindService) ? " ambient" : " not ambient";
        return text;
    });
    CHECK(result.text == "1234 1234 2345: 3456 4567 ambient");
}

TEST_CASE("without configured capabilities a change of user drops them as the kernel does",
          "[process][root]") {
    REQUIRES("root");
    const auto result = tests::in_child([&] {
        change_user(user(1234, 1234), true);
        return std::to_string(sys::thread_capabilities().effective);
    });
    CHECK(result.text == "0");
}

TEST_CASE("an ambient capability that cannot be raised is not an error", "[process][root]") {
    REQUIRES("root");
    config::CapabilitySets sets;
    sets.permitted = sets.effective = bit(kChown);
    sets.ambient = bit(kChown);  // not inheritable: the kernel refuses
    const auto result = tests::in_child([&] {
        const int quiet = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
        ::dup2(quiet, 2);
        apply_capabilities(sets);
        return std::string(sys::is_in_ambient_set(kChown) ? "raised" : "not raised");
    });
    CHECK(result.text == "not raised");
}

TEST_CASE("capabilities that this process lacks are named", "[process][root]") {
    REQUIRES("root");
    config::CapabilitySets less;
    less.permitted = less.effective = bit(kChown);
    config::CapabilitySets more = less;
    more.permitted = more.effective = bit(kChown) | bit(kSysAdmin);
    const auto result = tests::in_child([&] {
        apply_capabilities(less);
        apply_capabilities(more);
        return std::string("no error");
    });
    CHECK(result.text ==
          "exception: unable to apply caps: can't apply capabilities: operation not permitted "
          "(not permitted to this process itself: CAP_SYS_ADMIN)");
}

TEST_CASE("the standard streams are given to the user, but not the null device", "[process][root]") {
    REQUIRES("root");
    const tests::TempDir dir;
    tests::write_file(dir / "out", "");
    const auto result = tests::in_child([&] {
        const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
        const int out = ::open((dir / "out").c_str(), O_RDWR | O_CLOEXEC);
        ::dup2(null, 0);
        ::dup2(out, 1);
        ::dup2(null, 2);
        give_standard_streams(4321);
        return std::string();
    });
    CHECK(result.text.empty());
    struct stat found {};
    REQUIRE(::stat((dir / "out").c_str(), &found) == 0);
    CHECK(found.st_uid == 4321);
    REQUIRE(::stat("/dev/null", &found) == 0);
    CHECK(found.st_uid == 0);
}

TEST_CASE("ids that the user namespace does not map are named", "[process][root]") {
    REQUIRES("root");
    const auto in_namespace = [](std::uint32_t uid, std::uint32_t gid) {
        return tests::in_child([&]() -> std::string {
            const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
            for (int stream = 0; stream < 3; ++stream)
                ::dup2(null, stream);
            if (::unshare(CLONE_NEWUSER) != 0) return "no user namespace";
            tests::write_file("/proc/self/setgroups", "deny");
            tests::write_file("/proc/self/uid_map", "0 0 1");
            tests::write_file("/proc/self/gid_map", "0 0 1");
            change_user(user(uid, gid), true);
            return "changed";
        });
    };
    // setgroups is denied there, and that alone is no error.
    CHECK(in_namespace(0, 0).text == "changed");
    CHECK(in_namespace(0, 5).text ==
          "exception: unable to setup user: cannot setgid to unmapped gid 5 in user namespace");
    CHECK(in_namespace(7, 0).text ==
          "exception: unable to setup user: cannot setuid to unmapped uid 7 in user namespace");
}

TEST_CASE("a working directory that only the container's user may enter is entered as that user",
          "[process][root]") {
    REQUIRES("root");
    const tests::TempDir dir;
    std::filesystem::create_directory(dir / "private");
    REQUIRE(::chown((dir / "private").c_str(), 1234, 1234) == 0);
    REQUIRE(::chmod((dir / "private").c_str(), 0700) == 0);
    auto setup = user(1234, 1234);
    setup.cwd = (dir / "private").string();
    const auto enter = [&](config::ProcessSetup wanted, bool drop_first) {
        return tests::in_child([&, wanted] {
            // Without CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH root is a stranger in the directory too.
            if (drop_first) {
                auto own = sys::thread_capabilities();
                own.effective &= ~(bit(1) | bit(2));
                sys::try_set_thread_capabilities(own);
            }
            change_user(wanted, try_enter_working_dir(wanted.cwd));
            return std::filesystem::current_path().string();
        });
    };
    CHECK(enter(setup, true).text == setup.cwd);
    CHECK(enter(setup, false).text == setup.cwd);
    setup.uid = 4321;
    CHECK(enter(setup, true).text ==
          "exception: chdir to cwd (\"" + setup.cwd + "\") set in config.json failed: permission denied");
    setup.cwd = (dir / "missing").string();
    CHECK(enter(setup, false).text == "exception: chdir to cwd (\"" + setup.cwd +
                                          "\") set in config.json failed: no such file or directory");
}

TEST_CASE("a current directory outside of the root is recognized", "[process][root]") {
    REQUIRES("root");
    const tests::TempDir dir;
    const auto result = tests::in_child([&] {
        const int outside = ::open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (::chroot(dir.path().c_str()) != 0 || ::fchdir(outside) != 0) return std::string("chroot failed");
        verify_working_dir();
        return std::string("not noticed");
    });
    CHECK(result.text ==
          "exception: current working directory is outside of container mount namespace root -- possible "
          "container breakout detected");
    const auto removed = tests::in_child([&] {
        const auto path = dir / "gone";
        std::filesystem::create_directory(path);
        std::filesystem::current_path(path);
        std::filesystem::remove(path);
        verify_working_dir();
        return std::string("not noticed");
    });
    CHECK_THAT(removed.text, Contains("possible container breakout detected"));
}

TEST_CASE("the parent death signal comes back after a change of user", "[process][root]") {
    REQUIRES("root");
    const auto result = tests::in_child([&] {
        sys::set_parent_death_signal(9);
        const ParentDeathSignal before;
        change_user(user(1234, 1234), true);
        const int cleared = sys::parent_death_signal();
        before.restore();
        return std::to_string(cleared) + " " + std::to_string(sys::parent_death_signal());
    });
    CHECK(result.text == "0 9");
}

TEST_CASE("capabilities have names, also those from the future", "[process]") {
    CHECK(capability_name(kChown) == "CAP_CHOWN");
    CHECK(capability_name(kSysAdmin) == "CAP_SYS_ADMIN");
    CHECK(capability_name(63) == "CAP_63");
}
