// SPDX-License-Identifier: Apache-2.0
#include "sys/idmap_mount.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

#include "support/catch.h"
#include "support/requirements.h"
#include "support/temp_dir.h"
#include "sys/file.h"
#include "sys/mount.h"
#include "unit/rootfs/in_namespace.h"

namespace fs = std::filesystem;
using Catch::Matchers::Contains;
using namespace runcxx;
using namespace runcxx::tests;

namespace {

// A process that stands for init: in a mount namespace of its own, with a tmpfs the outside does not see.
class Init {
public:
    explicit Init(const fs::path& point) {
        auto ready = make_pipe();
        pid_ = ::fork();
        if (pid_ == 0) {
            enter_private_mounts(false);
            ::mount("tmpfs", point.c_str(), "tmpfs", 0, nullptr);
            fs::create_directories(point / "below");
            ::mount("tmpfs", (point / "below").c_str(), "tmpfs", 0, nullptr);
            write_file(point / "file", "x");
            write_file(point / "below/file", "x");
            [[maybe_unused]] const auto n = ::write(ready.write_end.get(), "x", 1);
            for (;;)
                ::pause();
        }
        char byte;
        [[maybe_unused]] const auto n = ::read(ready.read_end.get(), &byte, 1);
    }
    ~Init() {
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
    }
    pid_t pid() const { return pid_; }

private:
    pid_t pid_;
};

uid_t owner(const sys::UniqueFd& mount, const char* path) {
    struct stat status {};
    if (::fstatat(mount.get(), path, &status, 0) < 0) return static_cast<uid_t>(-1);
    return status.st_uid;
}

}  // namespace

TEST_CASE("id-mapped mounts: sources are opened in init's mount namespace and mapped", "[sys][root]") {
    REQUIRES("root");
    const TempDir temp;
    const Init init(temp.path());
    sys::IdMapNamespaces namespaces;
    const auto& user_namespace = namespaces.get("0 100000 65536\n", "0 200000 65536\n");
    const HostPath source(temp.path().string());

    const auto flat = sys::open_mount_source(
        init.pid(),
        {.source = source, .recursive = true, .user_namespace = &user_namespace, .map_recursively = false});
    CHECK(owner(flat, "file") == 100000);
    CHECK(owner(flat, "below/file") == 0);

    const auto deep = sys::open_mount_source(
        init.pid(),
        {.source = source, .recursive = true, .user_namespace = &user_namespace, .map_recursively = true});
    CHECK(owner(deep, "below/file") == 100000);

    const auto plain = sys::open_mount_source(init.pid(), {.source = source});
    CHECK(owner(plain, "file") == 0);
    CHECK(::waitpid(-1, nullptr, WNOHANG) == 0);  // init is the only child left
}

TEST_CASE("id-mapped mounts: one user namespace per mapping", "[sys][root]") {
    REQUIRES("root");
    sys::IdMapNamespaces namespaces;
    const auto& first = namespaces.get("0 1000 1\n", "0 1000 1\n");
    const int number = first.get();
    const auto& other = namespaces.get("0 2000 1\n", "0 1000 1\n");
    CHECK(other.get() != number);
    CHECK(namespaces.get("0 1000 1\n", "0 1000 1\n").get() == number);
    CHECK(first.get() == number);
    CHECK_THROWS_WITH(namespaces.get("nonsense", ""),
                      Contains("cannot make a user namespace for the id mapping"));
}

TEST_CASE("id-mapped mounts: failures name the source and the reason", "[sys][root]") {
    REQUIRES("root");
    const TempDir temp;
    const Init init(temp.path());
    sys::IdMapNamespaces namespaces;
    const auto& user_namespace = namespaces.get("0 1000 1\n", "0 1000 1\n");
    CHECK_THROWS_WITH(sys::open_mount_source(init.pid(), {.source = HostPath("/no/such")}),
                      "open /no/such: no such file or directory");
    CHECK_THROWS_WITH(
        sys::open_mount_source(init.pid(), {.source = HostPath("/proc"), .user_namespace = &user_namespace}),
        Contains("failed to set MOUNT_ATTR_IDMAP on /proc: invalid argument") &&
            Contains("the file system is proc"));
}
