// SPDX-License-Identifier: Apache-2.0
// A manager of real cgroups of this host, for tests.
#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "cgroups/manager.h"
#include "support/catch.h"
#include "sys/child_process.h"

namespace runcxx::tests {

inline bool can_manage() {
    return geteuid() == 0 && access("/sys/fs/cgroup", W_OK) == 0 &&
           host::probe().cgroups.mode != host::CgroupMode::None;
}
// Catch2 2 has no SKIP.
#define NEEDS_CGROUPS()                                   \
    if (!can_manage()) {                                  \
        WARN("skipped: needs root and writable cgroups"); \
        return;                                           \
    }                                                     \
    static_assert(true)

inline std::string contents(const std::string& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

// A manager of a fresh cgroup whose processes and directories are gone at the end.
struct Live {
    explicit Live(const oci::Resources& resources = {}, const std::string& below = "")
        : facts(host::probe()) {
        static int count = 0;
        config::Cgroup cgroup;
        top = "/runcxx-unit-" + std::to_string(getpid()) + "-" + std::to_string(++count);
        cgroup.path = top + below;
        cgroup.resources = resources;
        manager = cgroups::create_manager(cgroup, "id", facts);
    }
    ~Live() {
        try {
            manager->thaw();
            for (const auto pid : children)
                kill(pid, SIGKILL);
            for (const auto pid : children)
                waitpid(pid, nullptr, 0);
            manager->remove();
        } catch (const Error& error) {
            WARN(error.message());
        }
        cgroups::remove_created(created);
    }
    void create() { created = manager->create(); }
    // A process that sleeps, optionally with a child in the same cgroup.
    pid_t sleeper() {
        auto target = manager->spawn_target();
        sys::SpawnOptions options{.path = "/bin/sleep", .args = {"sleep", "60"}};
        if (target.directory.is_open()) options.cgroup = &target.directory;
        options.cgroup_joins = &target.self_join;
        const auto child = sys::spawn(options);
        children.push_back(child.pid());
        return child.pid();
    }
    bool ended(pid_t pid) {
        int status = 0;
        for (int i = 0; i < 200; ++i) {
            if (waitpid(pid, &status, WNOHANG) == pid) {
                std::erase(children, pid);
                return true;
            }
            usleep(5000);
        }
        return false;
    }

    host::Facts facts;
    std::string top;
    std::unique_ptr<cgroups::Manager> manager;
    cgroups::Created created;
    std::vector<pid_t> children;
};

}  // namespace runcxx::tests
