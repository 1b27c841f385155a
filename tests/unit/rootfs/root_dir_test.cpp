// SPDX-License-Identifier: Apache-2.0
// Every case runs twice: with openat2(2) and with the walk by hand that takes its place on old kernels.
#include "rootfs/root_dir.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>

#include "in_namespace.h"
#include "rootfs/path_walk.h"
#include "support/catch.h"
#include "support/requirements.h"
#include "support/temp_dir.h"
#include "sys/file.h"

namespace fs = std::filesystem;
using namespace runcxx;
using namespace runcxx::tests;
using rootfs::RootDir;

namespace {

struct Tree {
    TempDir temp;
    fs::path host = temp / "host", root = temp / "root";
    Tree() {
        fs::create_directories(host / "secret");
        write_file(host / "file", "host");
        fs::create_directories(root / "etc/deep/er");
        write_file(root / "etc/file", "inside");
        write_file(root / "file", "root file");
    }
    void link(const std::string& target, const std::string& name) const {
        fs::create_symlink(target, root / name);
    }
    RootDir open() const {
        return {sys::open_file(HostPath(root.string()), O_PATH | O_DIRECTORY), root.string()};
    }
};

std::string content(const RootDir& root, const std::string& path) {
    return sys::read_all(root.open(ContainerPath(path), O_RDONLY), path);
}

int open_errno(const RootDir& root, const std::string& path, int flags = O_PATH) {
    return root.try_open(ContainerPath(path), flags) ? 0 : errno;
}

bool is_same(const sys::UniqueFd& fd, const fs::path& path) {
    struct stat here {};
    if (::stat(path.c_str(), &here) < 0) return false;
    const auto there = sys::stat_fd(fd, "fd");
    return here.st_dev == there.st_dev && here.st_ino == there.st_ino;
}

// The body in a child, with and without openat2.
void check_both_ways(const std::function<void()>& body) {
    CHECK(in_child(body) == "");
    INFO("without openat2");
    CHECK(in_child([&] {
              deny_syscalls({SYS_openat2});
              body();
          }) == "");
}

}  // namespace

TEST_CASE("root dir: links and dots stay inside the root", "[rootfs]") {
    const Tree tree;
    tree.link("/", "to_root");
    tree.link("/etc", "absolute");
    tree.link("/file", "etc/deep/absolute");
    tree.link("../../../../../../etc", "dots");
    tree.link(tree.host.string(), "to_host");
    tree.link("dots/deep/../file", "chain");
    check_both_ways([&] {
        const auto root = tree.open();
        expect_equal(content(root, "/etc/file"), "inside", "content");
        expect_equal(content(root, "/../../etc/file"), "inside", "content through dots");
        expect_equal(content(root, "/absolute/file"), "inside", "content through an absolute link");
        expect_equal(content(root, "/etc/deep/absolute"), "root file",
                     "content through an absolute link further down");
        expect_equal(content(root, "/dots/file"), "inside", "content through a link with dots");
        expect_equal(content(root, "/chain"), "inside", "content through a chain");
        expect_equal(content(root, "/etc/deep/er/../../../file"), "root file", "content through inner dots");
        expect(is_same(root.open(ContainerPath("/to_root"), O_PATH), tree.root), "link to / is the root");
        expect(is_same(root.open(ContainerPath("/"), O_PATH), tree.root), "/ is the root");
        expect(is_same(root.open(ContainerPath("/to_root/../.."), O_PATH), tree.root),
               "above the root is the root");
        expect_equal(open_errno(root, "/to_host/file"), ENOENT, "errno of a host path");
        expect_equal(open_errno(root, "/file/x"), ENOTDIR, "errno below a file");
        expect_equal(open_errno(root, "/etc/nothing"), ENOENT, "errno of a missing file");
    });
}

TEST_CASE("root dir: link loops and refused links are ELOOP", "[rootfs]") {
    const Tree tree;
    tree.link("loop", "loop");
    tree.link("etc", "link");
    check_both_ways([&] {
        const auto root = tree.open();
        expect_equal(open_errno(root, "/loop"), ELOOP, "errno of a loop");
        const auto refused = [&](const char* path) {
            return root.try_open_without_symlinks(ContainerPath(path), O_PATH) ? 0 : errno;
        };
        expect_equal(refused("/link"), ELOOP, "errno of a link at the end");
        expect_equal(refused("/link/file"), ELOOP, "errno of a link on the way");
        expect_equal(refused("/etc/file"), 0, "errno without a link");
        const auto itself = root.open(ContainerPath("/link"), O_PATH | O_NOFOLLOW);
        expect(S_ISLNK(sys::stat_fd(itself, "link").st_mode), "O_NOFOLLOW finds the link");
        expect_equal(open_errno(root, "/link", O_PATH | O_NOFOLLOW | O_DIRECTORY), ENOTDIR,
                     "errno of a link as directory");
    });
}

TEST_CASE("root dir: magic links of procfs are refused", "[rootfs][root]") {
    REQUIRES("root");
    const Tree tree;
    fs::create_directories(tree.root / "proc");
    const auto body = [&](bool openat2) {
        return in_namespace([&] {
            if (::mount("/proc", (tree.root / "proc").c_str(), nullptr, MS_BIND | MS_REC, nullptr) < 0)
                throw std::runtime_error("bind /proc");
            if (!openat2) deny_syscalls({SYS_openat2});
            const auto root = tree.open();
            expect_equal(open_errno(root, "/proc/self/root/etc"), ELOOP, "errno of /proc/self/root");
            expect_equal(open_errno(root, "/proc/self/cwd"), ELOOP, "errno of /proc/self/cwd");
            expect_equal(open_errno(root, "/proc/self/ns/mnt"), ELOOP, "errno of a namespace link");
            expect_equal(open_errno(root, "/proc/self/status"), 0,
                         "errno of a file behind the plain link self");
        });
    };
    CHECK(body(true) == "");
    CHECK(body(false) == "");
}

TEST_CASE("root dir: directories are made where the links inside lead", "[rootfs]") {
    check_both_ways([] {
        const Tree tree;
        tree.link("/var/dangling", "link");
        const auto root = tree.open();
        expect(is_same(root.make_dirs(ContainerPath("/etc/deep"), 0755), tree.root / "etc/deep"),
               "existing directory");
        expect(is_same(root.make_dirs(ContainerPath("/etc/new"), 0755), tree.root / "etc/new"),
               "one new directory");
        expect(is_same(root.make_dirs(ContainerPath("/a/b/c/d"), 0750), tree.root / "a/b/c/d"),
               "four new directories");
        expect_equal(static_cast<int>(fs::status(tree.root / "a/b").permissions()), 0750, "mode");
        expect(is_same(root.make_dirs(ContainerPath("/link"), 0755), tree.root / "var/dangling"),
               "behind a dangling link");
        expect(is_same(root.make_dirs(ContainerPath("/link/x/y"), 0755), tree.root / "var/dangling/x/y"),
               "below a link");
        expect(!fs::exists("/var/dangling"), "nothing on the host");
        expect_error([&] { root.make_dirs(ContainerPath("/file/x"), 0755); }, "not a directory");
        expect_error([&] { root.make_dirs(ContainerPath("/file"), 0755); }, "not a directory");
    });
}

TEST_CASE("root dir: dots behind what does not exist yet are refused", "[rootfs]") {
    check_both_ways([] {
        const Tree tree;
        tree.link("missing/../../etc", "link");
        const auto root = tree.open();
        expect_error([&] { root.make_dirs(ContainerPath("/link/x"), 0755); }, "\"..\"");
        expect(!fs::exists(tree.root / "missing"), "nothing made");
    });
}

TEST_CASE("root dir: files are made inside and never through a link at the end", "[rootfs]") {
    check_both_ways([] {
        const Tree tree;
        tree.link("/new/place/file", "link");
        const auto root = tree.open();
        root.make_file(ContainerPath("/link"), 0644);
        expect(fs::is_regular_file(tree.root / "new/place/file"), "file behind a dangling link");
        root.make_file(ContainerPath("/p/q/r"), 0600);
        expect(fs::is_regular_file(tree.root / "p/q/r"), "file in new directories");
        expect_error([&] { root.make_file(ContainerPath("/etc/file"), 0644); }, "file exists");
        expect_equal(content(root, "/etc/file"), "inside", "content");
        expect(root.make_symlink("target", ContainerPath("/etc/l")), "symlink is made");
        expect(!root.make_symlink("other", ContainerPath("/etc/l")), "existing entry is left alone");
        root.remove_file(ContainerPath("/etc/l"));
        root.remove_file(ContainerPath("/etc/l"));
        expect(!fs::is_symlink(tree.root / "etc/l"), "symlink is removed");
        expect_equal(root.path_inside(root.open(ContainerPath("/etc/deep"), O_PATH)), "/etc/deep",
                     "path inside");
        expect_error([&] { root.path_inside(sys::open_file(HostPath("/"), O_PATH)); }, "outside of rootfs");
    });
}

TEST_CASE("root dir: a directory that keeps turning into a link to the host never leads there", "[rootfs]") {
    const Tree tree;
    fs::create_directories(tree.root / "race");
    const pid_t racer = ::fork();
    if (racer == 0) {
        // race <-> race.link, atomically, until killed
        fs::create_symlink(tree.host, tree.root / "race.link");
        for (;;)
            ::syscall(SYS_renameat2, AT_FDCWD, (tree.root / "race").c_str(), AT_FDCWD,
                      (tree.root / "race.link").c_str(), 2 /* RENAME_EXCHANGE */);
    }
    check_both_ways([&] {
        const auto root = tree.open();
        for (int i = 0; i < 2000; ++i) {
            try {
                root.make_dirs(ContainerPath("/race/secret/x" + std::to_string(i % 7)), 0755);
            } catch (const Error&) {
                // losing the race is fine
            }
        }
    });
    ::kill(racer, SIGKILL);
    ::waitpid(racer, nullptr, 0);
    CHECK(fs::is_empty(tree.host / "secret"));
}

TEST_CASE("path walk: depth costs no descriptors", "[rootfs]") {
    const TempDir temp;
    std::string path;
    for (int i = 0; i < 100; ++i)
        path += "/d";
    fs::create_directories(temp.path().string() + path);
    CHECK(in_child([&] {
              const rlimit limit{24, 24};
              ::setrlimit(RLIMIT_NOFILE, &limit);
              const auto root = sys::open_file(HostPath(temp.path().string()), O_PATH | O_DIRECTORY);
              auto walk = rootfs::walk_path(root, path + "/../.." + "/d/new");
              expect_equal(walk.error, 0, "errno");
              expect_equal(walk.missing.size(), std::size_t{1}, "number of missing parts");
              expect_equal(walk.missing[0], "new", "missing part");
          }) == "");
}
