// SPDX-License-Identifier: Apache-2.0
#include <sys/resource.h>

#include <filesystem>

#include "container.h"
#include "support/catch.h"
#include "support/requirements.h"
#include "sys/mount.h"

namespace fs = std::filesystem;
using namespace runcxx;
using namespace runcxx::tests;

namespace {

// The old kernel's way: no detached mounts, no attributes, no openat2.
const std::initializer_list<long> kNewCalls = {SYS_openat2,       SYS_open_tree, SYS_move_mount,
                                               SYS_mount_setattr, SYS_fsopen,    452 /* fchmodat2 */};

void check_new_and_old_kernel(const std::function<void()>& body) {
    CHECK(in_namespace(body) == "");
    INFO("without the calls of Linux 5.2 and later");
    CHECK(in_namespace([&] {
              deny_syscalls(kNewCalls);
              body();
          }) == "");
}

}  // namespace

TEST_CASE("mounts: a bind without options keeps the flags of its source", "[rootfs]") {
    check_new_and_old_kernel([] {
        Container container;
        sys::mount({.source = "tmpfs", .type = "tmpfs", .flags = MS_NOSUID | MS_NOEXEC},
                   container.host.string());
        write_file(container.host / "file", "content");
        container.bind(container.host, "/new/dir");
        container.bind(container.host / "file", "/new/file");
        container.mounted();
        const auto point = (container.root / "new/dir").string();
        expect(has_option(mount_options(point), "nosuid") && has_option(mount_options(point), "noexec"),
               "flags of the source");
        expect_equal(read_file(container.root / "new/dir/file"), "content", "content");
        expect_equal(read_file(container.root / "new/file"), "content", "content of the file bind");
        expect_equal(mode_of(container.root / "new"), 0755U, "mode of a new directory");
    });
}

TEST_CASE("mounts: a bind with options has exactly those", "[rootfs][root]") {
    REQUIRES("root");
    check_new_and_old_kernel([] {
        Container container;
        sys::mount({.source = "tmpfs", .type = "tmpfs", .flags = MS_NOSUID}, container.host.string());
        container.bind(container.host, "/mnt", MS_RDONLY | MS_NODEV);
        container.bind(container.host, "/mnt2").cleared_flags = MS_RDONLY;
        container.mounted();
        const auto options = mount_options((container.root / "mnt").string());
        expect(has_option(options, "ro") && has_option(options, "nodev"), "set flags, not " + options);
        expect(!has_option(options, "nosuid"), "no inherited flags, not " + options);
        expect(!has_option(mount_options((container.root / "mnt2").string()), "nosuid"),
               "a cleared flag counts as an option");
        expect(!has_option(mount_options(container.host.string()), "ro"), "the source is unchanged");
    });
}

TEST_CASE("mounts: locked flags of a user namespace are kept, unless they were to be cleared",
          "[rootfs][root]") {
    REQUIRES("root");
    const auto with_source = [](const std::function<void(Container&)>& body) {
        return in_child([&] {
            enter_private_mounts(false);
            Container container;
            sys::mount(
                {.source = "tmpfs", .type = "tmpfs", .flags = MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_NOATIME},
                container.host.string());
            enter_private_mounts(true);
            container.setup.has_user_namespace = true;
            body(container);
        });
    };
    CHECK(with_source([](Container& container) {
              container.bind(container.host, "/mnt", MS_RDONLY);
              container.mounted();
              const auto options = mount_options((container.root / "mnt").string());
              for (const char* option : {"ro", "nosuid", "nodev", "noexec", "noatime"})
                  expect(has_option(options, option), std::string(option) + " in " + options);
          }) == "");
    CHECK(with_source([](Container& container) {
              container.bind(container.host, "/mnt", MS_RDONLY).cleared_flags = MS_NOSUID | MS_NOEXEC;
              expect_error([&] { container.mounted(); }, "cannot clear locked flags MS_NOSUID|MS_NOEXEC");
          }) == "");
    CHECK(with_source([](Container& container) {
              container.bind(container.host, "/mnt", MS_RELATIME);
              expect_error([&] { container.mounted(); }, "cannot change locked atime flags MS_NOATIME");
          }) == "");
}

TEST_CASE("mounts: rbind takes the mounts below along, bind does not", "[rootfs]") {
    check_new_and_old_kernel([] {
        Container container;
        fs::create_directories(container.host / "below");
        sys::mount({.source = "tmpfs", .type = "tmpfs"}, (container.host / "below").string());
        write_file(container.host / "below/file", "x");
        container.bind(container.host, "/r", MS_REC);
        if (::geteuid() == 0) container.bind(container.host, "/b");
        container.mounted();
        expect(fs::exists(container.root / "r/below/file"), "recursive");
        expect(!fs::exists(container.root / "b/below/file"), "not recursive");
    });
}

TEST_CASE("mounts: recursive attributes reach the mounts below, ro alone does not", "[rootfs]") {
    CHECK(in_namespace([] {
              Container container;
              fs::create_directories(container.host / "below");
              sys::mount({.source = "tmpfs", .type = "tmpfs"}, (container.host / "below").string());
              container.bind(container.host, "/rro", MS_REC).recursive_attr_set = MOUNT_ATTR_RDONLY;
              container.bind(container.host, "/ro", MS_REC | MS_RDONLY);
              container.mounted();
              expect(has_option(mount_options((container.root / "rro/below").string()), "ro"), "rro below");
              expect(has_option(mount_options((container.root / "ro").string()), "ro"), "ro on top");
              expect(!has_option(mount_options((container.root / "ro/below").string()), "ro"), "no ro below");
          }) == "");
}

TEST_CASE("mounts: propagation flags are applied to binds and file systems", "[rootfs]") {
    check_new_and_old_kernel([] {
        Container container;
        container.bind(container.host, "/shared").propagation = {MS_SHARED};
        container.tmpfs("/tmp").propagation = {MS_SHARED | MS_REC};
        container.bind(container.host, "/private").propagation = {MS_SHARED, MS_PRIVATE};
        container.mounted();
        const auto options = [&](const char* name) {
            return mount_options((container.root / name).string());
        };
        expect(options("shared").find("shared:") != std::string::npos,
               "shared bind, not " + options("shared"));
        expect(options("tmp").find("shared:") != std::string::npos, "shared tmpfs, not " + options("tmp"));
        expect(options("private").find("shared:") == std::string::npos,
               "private bind, not " + options("private"));
    });
}

TEST_CASE("mounts: a tmpfs inherits the mode of its target, an explicit mode wins", "[rootfs]") {
    check_new_and_old_kernel([] {
        Container container;
        fs::create_directories(container.root / "a");
        ::chmod((container.root / "a").c_str(), 0710);
        fs::create_directories(container.root / "b");
        container.tmpfs("/a");
        container.tmpfs("/b", 0, "mode=1500");
        container.tmpfs("/c");
        container.mounted();
        expect_equal(mode_of(container.root / "a"), 0710U, "inherited mode");
        expect_equal(mode_of(container.root / "b"), 01500U, "explicit mode");
        expect_equal(mode_of(container.root / "c"), 01777U, "mode of a new target");
    });
}

TEST_CASE("mounts: tmpcopyup brings the content below into the tmpfs", "[rootfs]") {
    check_new_and_old_kernel([] {
        Container container;
        const auto below = container.root / "data";
        fs::create_directories(below / "dir/inner");
        ::chmod((below / "dir").c_str(), 0777);
        write_file(below / "dir/file", "content", 0640);
        fs::create_symlink("/etc/passwd", below / "link");
        ::mkfifo((below / "fifo").c_str(), 0600);
        container.tmpfs("/data").copy_up = true;
        container.mounted();
        expect(!mount_options(below.string()).empty(), "a mount");
        expect_equal(mode_of(below / "dir"), 0777U, "mode of a directory");
        expect_equal(mode_of(below / "dir/file"), 0640U, "mode of a file");
        expect_equal(read_file(below / "dir/file"), "content", "content");
        expect(fs::is_directory(below / "dir/inner"), "inner directory");
        expect_equal(fs::read_symlink(below / "link").string(), "/etc/passwd", "link");
        expect(fs::is_fifo(below / "fifo"), "fifo");
        write_file(below / "dir/file", "changed");
        ::umount2(below.c_str(), MNT_DETACH);
        expect_equal(read_file(below / "dir/file"), "content", "content below");
    });
}

TEST_CASE("mounts: targets behind links and with the rootfs's host path land inside", "[rootfs]") {
    check_new_and_old_kernel([] {
        Container container;
        fs::create_directories(container.root / "real/conf");
        fs::create_symlink("/real/conf", container.root / "conf");
        fs::create_symlink("/made/later", container.root / "dangling");
        write_file(container.host / "file", "x");
        container.tmpfs("/conf/stack");
        container.bind(container.host, "/dangling");
        container.bind(container.host / "file", (container.root / "by/host").string());
        container.mounted();
        expect(!mount_options((container.root / "real/conf/stack").string()).empty(), "tmpfs behind a link");
        expect(fs::exists(container.root / "made/later/file"), "bind behind a dangling link");
        expect_equal(read_file(container.root / "by/host"), "x", "bind by host path");
        expect(!fs::exists("/made"), "nothing on the host");
    });
}

TEST_CASE("mounts: proc and sysfs only go on ordinary directories", "[rootfs]") {
    for (const char* type : {"proc", "sysfs"}) {
        for (const char* target : {"/elsewhere", "etc"}) {
            check_new_and_old_kernel([&] {
                Container container;
                const std::string name = type == std::string("proc") ? "proc" : "sys";
                fs::remove(container.root / name);
                fs::create_symlink(target, container.root / name);
                container.add({.source = type, .destination = "/" + name, .type = type});
                expect_error([&] { container.mounted(); }, "filesystem \"" + std::string(type) +
                                                               "\" must be mounted on ordinary directory");
            });
        }
    }
}

TEST_CASE("mounts: fakes on and below /proc are refused", "[rootfs]") {
    const auto refused = [](const std::string& destination, const std::string& text, bool file = false) {
        CHECK(in_namespace([&] {
                  Container container;
                  fs::create_symlink("/proc", container.root / "link");
                  fs::create_directories(container.root / "proc/self");
                  write_file(container.host / "file", "x");
                  container.bind(file ? container.host / "file" : container.host, destination);
                  expect_error([&] { container.mounted(); }, text);
              }) == "");
    };
    refused("/proc", "cannot be mounted because it is not of type proc");
    refused("/link", "cannot be mounted because it is not of type proc");
    refused("/proc/self", "cannot be mounted because it is inside /proc");
    refused("/link/self", "cannot be mounted because it is inside /proc");
    refused("/proc/version", "cannot be mounted because it is inside /proc", true);
    CHECK(in_namespace([] {
              Container container;
              write_file(container.host / "file", "x");
              container.bind("/proc", "/proc", MS_REC);
              container.bind(container.host / "file", "/proc/uptime");
              container.mounted();
              expect_equal(read_file(container.root / "proc/uptime"), "x", "emulated file");
          }) == "");
}

TEST_CASE("mounts: nothing goes on the rootfs itself", "[rootfs]") {
    for (const char* destination : {"/", "/link", "/etc/.."}) {
        CHECK(in_namespace([&] {
                  Container container;
                  fs::create_symlink("/", container.root / "link");
                  container.tmpfs(destination);
                  expect_error([&] { container.mounted(); }, "is on the top of rootfs");
              }) == "");
    }
}

TEST_CASE("mounts: errors name the mount, its arguments and the likely cause", "[rootfs]") {
    CHECK(
        in_namespace([] {
            Container container;
            container.add({.source = "src",
                           .destination = "/mnt",
                           .type = "nosuchfs",
                           .flags = MS_NOSUID,
                           .data = "a=b"});
            const auto text = container.error();
            expect(
                text.find(
                    "error mounting \"src\" to rootfs at \"/mnt\": mount src=src, dst=/mnt, flags=MS_NOSUID, "
                    "data=a=b: no such device") == 0,
                text);
            expect(text.find("is its module loaded?") != std::string::npos, text);
        }) == "");
    CHECK(in_namespace([] {
              Container container;
              container.bind("/does/not/exist", "/mnt");
              expect_error([&] { container.mounted(); },
                           "failed to fulfil mount request: open /does/not/exist: no such file or directory");
          }) == "");
}

TEST_CASE("mounts: a thousand binds need no more than a few descriptors", "[rootfs]") {
    CHECK(in_namespace([] {
              Container container;
              write_file(container.host / "file", "x");
              for (int i = 0; i < 1000; ++i)
                  container.bind(container.host / "file", "/mnt/f" + std::to_string(i), MS_RDONLY);
              const rlimit limit{16, 16};
              ::setrlimit(RLIMIT_NOFILE, &limit);
              container.mounted();
              expect_equal(read_file(container.root / "mnt/f999"), "x", "content");
          }) == "");
}

TEST_CASE("mounts: sources from the runtime are cloned or attached as they are", "[rootfs]") {
    CHECK(in_namespace([] {
              Container container;
              write_file(container.host / "file", "x");
              container.bind("/not/looked/at", "/plain", MS_RDONLY).source_from_runtime = true;
              auto& mapped = container.bind("/not/looked/at", "/mapped");
              mapped.source_from_runtime = true;
              mapped.id_map = config::IdMap::Flat;
              container.open_source = [&](std::size_t index) {
                  return index == 0 ? sys::open_file(HostPath(container.host.string()), O_PATH)
                                    : sys::try_clone_mount(container.host.string(), false);
              };
              container.mounted();
              expect(fs::exists(container.root / "plain/file"), "opened source");
              expect(has_option(mount_options((container.root / "plain").string()), "ro"), "flags");
              expect(fs::exists(container.root / "mapped/file"), "detached source");
          }) == "");
}

TEST_CASE("mounts: without a cgroup namespace the host's cgroup2 is bound, not mounted anew",
          "[rootfs][root]") {
    REQUIRES("root");
    CHECK(in_namespace([] {
              Container container;
              container.setup.cgroup_mount = {.unified = true, .own_namespace = false, .hierarchies = {{}}};
              container.add({.source = "cgroup",
                             .destination = "/sys/fs/cgroup",
                             .type = "cgroup",
                             .flags = MS_RDONLY | MS_NOSUID});
              container.mounted();
              const auto options = mount_options((container.root / "sys/fs/cgroup").string());
              expect(has_option(options, "ro") && has_option(options, "nosuid"), "flags, not " + options);
          }) == "");
}

TEST_CASE("mounts: cgroup v1 is a tmpfs with hierarchies and links", "[rootfs][root]") {
    REQUIRES("root");
    CHECK(
        in_namespace([] {
            Container container;
            for (const char* name : {"a,b", "systemd"})
                fs::create_directories(container.host / name);
            container.setup.cgroup_mount = {.unified = false, .own_namespace = false};
            container.setup.cgroup_mount.hierarchies = {
                {{"a", "b"}, "a,b", (container.host / "a,b").string()},
                {{"name=systemd"}, "systemd", (container.host / "systemd").string()},
            };
            container.add(
                {.source = "cgroup", .destination = "/sys/fs/cgroup", .type = "cgroup", .flags = MS_RDONLY});
            container.mounted();
            const auto top = container.root / "sys/fs/cgroup";
            expect(!has_option(mount_options(top.string()), "ro"), "writable tmpfs");
            expect(has_option(mount_options((top / "a,b").string()), "ro"), "read-only hierarchy");
            expect(has_option(mount_options((top / "systemd").string()), "ro"), "read-only named hierarchy");
            expect_equal(fs::read_symlink(top / "a").string(), "a,b", "link");
            expect_equal(fs::read_symlink(top / "b").string(), "a,b", "link");
        }) == "");
}
