// SPDX-License-Identifier: Apache-2.0
// The questions to the real file system.
#include <sched.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "base/error.h"
#include "config/resolve.h"
#include "support/catch.h"
#include "support/temp_dir.h"

using namespace runcxx;
using namespace runcxx::config;

namespace {

// A child in a user namespace of its own in which 0 is the caller; pid 0 when the kernel refuses.
class NamespaceHolder {
public:
    NamespaceHolder() {
        int ready[2];
        if (::pipe(ready) != 0) return;
        pid_ = ::fork();
        if (pid_ == 0) {
            const char answer = ::unshare(CLONE_NEWUSER) == 0 ? 'y' : 'n';
            if (::write(ready[1], &answer, 1) == 1 && answer == 'y') ::pause();
            ::_exit(0);
        }
        char answer = 'n';
        if (::read(ready[0], &answer, 1) != 1 || answer != 'y') end();
        ::close(ready[0]);
        ::close(ready[1]);
        if (pid_ == 0) return;
        const auto process = "/proc/" + std::to_string(pid_);
        std::ofstream(process + "/setgroups") << "deny";
        std::ofstream(process + "/uid_map") << "0 " << ::geteuid() << " 1";
        std::ofstream(process + "/gid_map") << "0 " << ::getegid() << " 1";
    }
    NamespaceHolder(const NamespaceHolder&) = delete;
    NamespaceHolder& operator=(const NamespaceHolder&) = delete;
    ~NamespaceHolder() { end(); }

    pid_t pid() const { return pid_; }

private:
    void end() {
        if (pid_ <= 0) return;
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
        pid_ = 0;
    }

    pid_t pid_ = 0;
};

}  // namespace

TEST_CASE("host queries: the real path has no symlinks, and a missing one is named", "[config]") {
    const tests::TempDir dir;
    std::filesystem::create_directory(dir / "real");
    std::filesystem::create_directory_symlink("real", dir / "link");
    const auto queries = host_queries();
    CHECK(queries.real_path((dir / "link").string()) == (dir / "real").string());
    CHECK(queries.real_path((dir / "real").string()) == (dir / "real").string());
    CHECK_THROWS_WITH(queries.real_path("/etc/passwd"), "stat /etc/passwd: not a directory");
    CHECK_THROWS_WITH(queries.real_path("/no/such"), "stat /no/such: no such file or directory");
}

TEST_CASE("host queries: the own network namespace is recognised by any path", "[config]") {
    const auto queries = host_queries();
    CHECK(queries.is_own_network_namespace("/proc/" + std::to_string(::getpid()) + "/ns/net"));
    CHECK_FALSE(queries.is_own_network_namespace("/proc/self/ns/uts"));
    CHECK_THROWS_WITH(queries.is_own_network_namespace("/no/such"),
                      "stat /no/such: no such file or directory");
}

TEST_CASE("host queries: mappings of a user namespace are read through its process or by a visit",
          "[config]") {
    const NamespaceHolder holder;
    if (holder.pid() == 0) {
        WARN("skipped: no user namespaces here");
        return;
    }
    // The second form names no process, as a bind mount of a namespace does not either.
    const auto direct = "/proc/" + std::to_string(holder.pid()) + "/ns/user";
    for (const auto& path : {direct, "/." + direct}) {
        CAPTURE(path);
        const auto facts = host_queries().user_namespace(path);
        CHECK(facts.uid_mappings == std::vector<oci::IdMapping>{{0, ::geteuid(), 1}});
        CHECK(facts.gid_mappings == std::vector<oci::IdMapping>{{0, ::getegid(), 1}});
        CHECK(facts.setgroups_denied);
    }
}

TEST_CASE("host queries: what is no user namespace is an error that names it", "[config]") {
    const auto queries = host_queries();
    CHECK_THROWS_WITH(queries.user_namespace("/no/such"), "open /no/such: no such file or directory");
    CHECK_THROWS_WITH(queries.user_namespace("/./proc/self/ns/net"),
                      "setns to user namespace /./proc/self/ns/net: invalid argument");
    CHECK_NOTHROW(queries.user_namespace(""));
}
