// SPDX-License-Identifier: Apache-2.0
// The steps that follow the mounts: devices, entering, restricting.
#include <fcntl.h>
#include <sys/sysmacros.h>

#include <filesystem>

#include "container.h"
#include "support/catch.h"
#include "support/requirements.h"
#include "sys/mount.h"

namespace fs = std::filesystem;
using namespace runcxx;
using namespace runcxx::tests;

namespace {

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

struct stat status_of(const fs::path& path) {
    struct stat status {};
    if (::lstat(path.c_str(), &status) < 0) throw std::runtime_error("no " + path.string());
    return status;
}

bool is_writable(const char* path) {
    return sys::try_open(HostPath(path), O_WRONLY).is_open();
}

}  // namespace

TEST_CASE("devices: nodes, links and ptmx are made on a new tmpfs", "[rootfs][root]") {
    REQUIRES("root");
    check_new_and_old_kernel([] {
        ::umask(077);
        Container container;
        container.default_mounts();
        container.setup.devices.push_back(
            {.path = "/dev/sub/fifo", .type = 'p', .mode = 0640, .uid = 3, .gid = 4});
        container.setup.devices.push_back(
            {.path = "/dev/odd", .type = 'c', .major = 1, .minor = 3, .mode = 0622, .uid = 5, .gid = 6});
        container.setup.devices.push_back({.path = "/dev/ptmx", .type = 'c', .major = 5, .minor = 2});
        const auto root = container.mounted();
        rootfs::create_devices(root, container.setup);
        const auto dev = container.root / "dev";
        const auto null = status_of(dev / "null");
        expect(S_ISCHR(null.st_mode) && null.st_rdev == makedev(1, 3), "null is 1:3");
        expect_equal(null.st_mode & 07777, 0666U, "mode of null");
        const auto odd = status_of(dev / "odd");
        expect(odd.st_uid == 5 && odd.st_gid == 6 && (odd.st_mode & 07777) == 0622, "owner and mode");
        const auto fifo = status_of(dev / "sub/fifo");
        expect(S_ISFIFO(fifo.st_mode) && fifo.st_uid == 3 && (fifo.st_mode & 07777) == 0640, "fifo");
        expect_equal(fs::read_symlink(dev / "ptmx").string(), "pts/ptmx", "ptmx");
        expect_equal(fs::read_symlink(dev / "stdin").string(), "/proc/self/fd/0", "stdin");
        expect_equal(fs::read_symlink(dev / "fd").string(), "/proc/self/fd", "fd");
        expect_equal(::umask(0), 077U, "umask afterwards");
    });
}

TEST_CASE("devices: in an image's own /dev what exists is kept, and ptmx is replaced", "[rootfs][root]") {
    REQUIRES("root");
    check_new_and_old_kernel([] {
        Container container;
        container.default_mounts();
        container.setup.mounts.clear();
        const auto dev = container.root / "dev";
        write_file(dev / "null", "not a device");
        write_file(dev / "ptmx", "x");
        fs::create_symlink("/etc/elsewhere", dev / "stdin");
        const auto root = container.mounted();
        rootfs::create_devices(root, container.setup);
        expect(fs::is_regular_file(dev / "null"), "existing file is kept");
        expect_equal(fs::read_symlink(dev / "ptmx").string(), "pts/ptmx", "ptmx");
        expect_equal(fs::read_symlink(dev / "stdin").string(), "/etc/elsewhere", "existing link is kept");
        expect(S_ISCHR(status_of(dev / "zero").st_mode), "missing node is made");
    });
}

TEST_CASE("devices: a /dev that is a link stays inside the root", "[rootfs][root]") {
    REQUIRES("root");
    check_new_and_old_kernel([] {
        Container container;
        container.default_mounts();
        container.setup.mounts.clear();
        fs::remove(container.root / "dev");
        fs::create_symlink(container.host, container.root / "dev");
        const auto root = container.mounted();
        rootfs::create_devices(root, container.setup);
        expect(fs::is_empty(container.host), "nothing on the host");
        expect(fs::exists(fs::path(container.root.string() + container.host.string()) / "null"),
               "made inside");
    });
}

TEST_CASE("devices: user namespaces get binds of the host's nodes", "[rootfs]") {
    const auto body = [](bool old_kernel, bool own_tmpfs) {
        return in_child([=] {
            enter_private_mounts(true);
            if (old_kernel) deny_syscalls(kNewCalls);
            Container container;
            container.default_mounts();
            if (!own_tmpfs) container.setup.mounts.clear();
            container.setup.has_user_namespace = true;
            if (!container.setup.mounts.empty()) container.setup.mounts.erase(container.setup.mounts.begin());
            const auto root = container.mounted();
            rootfs::create_devices(root, container.setup);
            const auto null = status_of(container.root / "dev/null");
            expect(S_ISCHR(null.st_mode) && null.st_rdev == makedev(1, 3), "null is 1:3");
            expect(!mount_options((container.root / "dev/null").string()).empty(), "null is a mount");
        });
    };
    CHECK(body(false, true) == "");
    CHECK(body(true, true) == "");
    CHECK(body(false, false) == "");
    CHECK(body(true, false) == "");
}

TEST_CASE("entering: the new root is all there is", "[rootfs][root]") {
    REQUIRES("root");
    check_new_and_old_kernel([] {
        Container container;
        container.default_mounts();
        write_file(container.root / "etc/marker", "x");
        const auto temp = child_directory();
        container.enter();
        expect(fs::exists("/etc/marker"), "inside");
        expect(!fs::exists(temp), "the host is gone");
        expect_equal(fs::current_path().string(), "/", "working directory");
        for (const auto& entry : sys::own_mount_table())
            expect(entry.mount_point == "/" || entry.mount_point.starts_with("/proc") ||
                       entry.mount_point.starts_with("/dev"),
                   "no mount at " + entry.mount_point);
        struct stat null {
        }, stdio{};
        ::stat("/dev/null", &null);
        for (int fd = 0; fd <= 2; ++fd)
            if (::fstat(fd, &stdio) == 0 && S_ISCHR(stdio.st_mode) && stdio.st_rdev == makedev(1, 3))
                expect(stdio.st_dev == null.st_dev, "stdio is the container's /dev/null");
    });
}

TEST_CASE("entering: without pivot_root the host's proc and sysfs are not left behind", "[rootfs][root]") {
    REQUIRES("root");
    CHECK(in_namespace([] {
              Container container;
              container.default_mounts();
              container.setup.no_pivot = true;
              const auto host_root = sys::open_file(HostPath("/"), O_PATH | O_DIRECTORY);
              expect(sys::try_open_at(host_root, "proc/version", O_PATH).is_open(), "the host's proc before");
              container.enter();
              expect(fs::exists("/proc/self/status"), "own proc");
              expect(!sys::try_open_at(host_root, "proc/version", O_PATH), "the host's proc is gone");
              expect(!sys::try_open_at(host_root, "sys/kernel", O_PATH), "the host's sysfs is gone");
          }) == "");
}

TEST_CASE("entering: the propagation of / is private by default and shared on request", "[rootfs][root]") {
    REQUIRES("root");
    const auto options = [](std::uint64_t propagation, const std::string& wanted, bool present) {
        return in_namespace([=] {
            // A host with shared mounts that stays, and the container's namespace as a copy of it.
            ::mount(nullptr, "/", nullptr, MS_SHARED | MS_REC, nullptr);
            const auto text = in_child([&] {
                if (::unshare(CLONE_NEWNS) < 0) throw std::runtime_error("unshare");
                Container container;
                container.default_mounts();
                container.setup.rootfs_propagation = propagation;
                container.enter();
                const auto options = mount_options("/");
                expect((options.find(wanted) != std::string::npos) == present,
                       wanted + (present ? " in " : " not in ") + options);
            });
            expect_equal(text, "", "error");
        });
    };
    CHECK(options(0, "shared:", false) == "");
    CHECK(options(0, "master:", false) == "");
    CHECK(options(MS_SLAVE | MS_REC, "master:", true) == "");
    CHECK(options(MS_SHARED, "shared:", true) == "");
    CHECK(options(MS_SHARED | MS_REC, "shared:", true) == "");
    CHECK(options(MS_PRIVATE, "shared:", false) == "");
}

TEST_CASE("entering: nothing that is mounted in the container shows up on the host", "[rootfs][root]") {
    REQUIRES("root");
    CHECK(in_namespace([] {
              ::mount(nullptr, "/", nullptr, MS_SHARED | MS_REC, nullptr);
              const auto before = sys::own_mount_table().size();
              for (const std::uint64_t propagation :
                   {std::uint64_t{0}, std::uint64_t{MS_SHARED}, std::uint64_t{MS_PRIVATE}}) {
                  const auto text = in_child([&] {
                      if (::unshare(CLONE_NEWNS) < 0) throw std::runtime_error("unshare");
                      Container container;
                      container.default_mounts();
                      container.setup.rootfs_propagation = propagation;
                      container.enter();
                  });
                  expect_equal(text, "", "error");
                  expect_equal(sys::own_mount_table().size(), before, "number of mounts on the host");
              }
          }) == "");
}

TEST_CASE("restrictions: read-only and masked paths, by name and by handle", "[rootfs][root]") {
    REQUIRES("root");
    check_new_and_old_kernel([] {
        Container container;
        container.default_mounts();
        fs::create_directories(container.root / "dir");
        fs::create_directories(container.root / "dir2");
        write_file(container.root / "dir/secret", "x");
        write_file(container.root / "file", "secret");
        write_file(container.root / "readonly", "x");
        container.setup.masked_paths = {"/dir", "/file",    "/dir2",         "/proc/fs",
                                        "/dir", "/missing", "/proc/missing", "/proc/uptime"};
        container.setup.readonly_paths = {"/proc/sys", "/readonly", "/nothing"};
        container.enter();
        expect(fs::is_empty("/dir") && fs::is_empty("/dir2") && fs::is_empty("/proc/fs"),
               "empty directories");
        expect_equal(read_file("/file"), "", "masked file");
        expect_equal(read_file("/proc/uptime"), "", "masked proc file");
        expect(!is_writable("/readonly"), "read-only file");
        expect(!is_writable("/proc/sys/kernel/domainname"), "read-only sysctl");
        expect(is_writable("/proc/self/comm"), "the rest of proc is writable");
        const auto device = status_of("/dir").st_dev;
        expect(status_of("/dir2").st_dev == device && status_of("/proc/fs").st_dev == device,
               "one tmpfs for all");
        expect(!sys::try_open(HostPath("/dir/new"), O_CREAT | O_WRONLY, 0600), "masks are read-only");
        std::size_t masks = 0;
        for (const auto& entry : sys::own_mount_table())
            masks += entry.mount_point == "/dir";
        expect_equal(masks, std::size_t{1}, "masks on a path named twice");
    });
}

TEST_CASE("restrictions: a replaced /dev/null masks nothing and is an error", "[rootfs][root]") {
    REQUIRES("root");
    for (const char* kind : {"file", "link"}) {
        check_new_and_old_kernel([&] {
            Container container;
            container.add({.source = "proc", .destination = "/proc", .type = "proc"});
            write_file(container.root / "file", "secret");
            if (kind == std::string("file"))
                write_file(container.root / "dev/null", "x");
            else
                fs::create_symlink("/proc/sysrq-trigger", container.root / "dev/null");
            container.setup.populate_dev = false;
            container.setup.masked_paths = {"/file"};
            if (kind == std::string("link") && !fs::exists("/proc/sysrq-trigger")) return;
            expect_error([&] { container.enter(); }, "can't mask paths: container's /dev/null is invalid");
        });
    }
}

TEST_CASE("finishing: read-only tmpfs, /dev and root", "[rootfs][root]") {
    REQUIRES("root");
    check_new_and_old_kernel([] {
        Container container;
        container.default_mounts();
        container.setup.mounts[1].flags |= MS_RDONLY;
        container.tmpfs("/mnt", MS_RDONLY | MS_NOSUID);
        container.tmpfs("/mnt/below/made");
        container.setup.readonly_rootfs = true;
        container.enter();
        expect(has_option(mount_options("/"), "ro"), "root");
        expect(has_option(mount_options("/dev"), "ro") && has_option(mount_options("/dev"), "nosuid"),
               "/dev");
        expect(has_option(mount_options("/mnt"), "ro") && has_option(mount_options("/mnt"), "nosuid"),
               "tmpfs");
        expect(!has_option(mount_options("/mnt/below/made"), "ro"), "mount below");
        expect(!sys::try_open(HostPath("/etc/new"), O_CREAT | O_WRONLY, 0600) && errno == EROFS,
               "root is not writable");
    });
}

TEST_CASE("finishing: sysctls are written and their errors name them", "[rootfs][root]") {
    REQUIRES("root");
    check_new_and_old_kernel([] {
        if (::unshare(CLONE_NEWUTS) < 0) throw std::runtime_error("unshare uts");
        Container container;
        container.default_mounts();
        container.setup.sysctls = {{"kernel.domainname", "example"}};
        container.enter();
        expect_equal(sys::read_file(HostPath("/proc/sys/kernel/domainname")), "example\n", "sysctl");
        container.setup.sysctls = {{"kernel.no_such_key", "1"}};
        expect_error([&] { rootfs::write_sysctls(container.setup); },
                     "failed to write sysctl kernel.no_such_key = \"1\"");
        container.setup.sysctls = {{"kernel.../../../etc/x", "1"}};
        expect_error([&] { rootfs::write_sysctls(container.setup); }, "failed to write sysctl");
    });
}

TEST_CASE("console: the pty is bound on /dev/console, never through a link", "[rootfs][root]") {
    REQUIRES("root");
    const auto body = [](bool link) {
        check_new_and_old_kernel([=] {
            Container container;
            container.default_mounts();
            container.enter();
            write_file("/etc/target", "untouched");
            if (link) fs::create_symlink("/etc/target", "/dev/console");
            const auto pty = sys::open_file(HostPath("/dev/zero"), O_RDWR);
            if (link) {
                expect_error([&] { rootfs::mount_console(pty); }, "/dev/console");
                expect(mount_options("/etc/target").empty(), "no mount behind the link");
            } else {
                rootfs::mount_console(pty);
                expect(status_of("/dev/console").st_rdev == makedev(1, 5), "the console is the fd's device");
            }
        });
    };
    body(false);
    body(true);
}

TEST_CASE("working directory: it is made with its parents", "[rootfs][root]") {
    REQUIRES("root");
    CHECK(in_namespace([] {
              Container container;
              container.default_mounts();
              container.enter();
              rootfs::make_working_dir("/a/b/c");
              rootfs::make_working_dir("/a/b/c");
              rootfs::make_working_dir("/");
              expect(fs::is_directory("/a/b/c"), "directory");
          }) == "");
}

TEST_CASE("without a mount namespace the host's propagation stays", "[rootfs][root]") {
    REQUIRES("root");
    CHECK(in_namespace([] {
              ::mount(nullptr, "/", nullptr, MS_SHARED | MS_REC, nullptr);
              Container container;
              container.setup.has_mount_namespace = false;
              container.setup.populate_dev = false;
              container.tmpfs("/mnt");
              const auto before = mount_options("/");
              const auto point = container.root.string();
              auto root = container.mounted();
              expect_equal(mount_options("/"), before, "propagation of /");
              expect(!mount_options(point).empty(), "one mount to undo everything by");
              rootfs::enter_root(std::move(root), container.setup);
              expect(fs::exists("/mnt"), "inside");
          }) == "");
}
