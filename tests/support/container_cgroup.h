// SPDX-License-Identifier: Apache-2.0
// The cgroups of a container as the host sees them, whichever cgroup version it has.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace runcxx::tests {

class ContainerCgroup {
public:
    // Of the process now; the paths stay what they are when it ends.
    explicit ContainerCgroup(pid_t init);

    static bool is_v2();
    // The directory in a v1 hierarchy.
    std::filesystem::path v1(const std::string& controller) const;
    // The cgroup2 directory, of a hybrid host as well.
    std::filesystem::path v2() const;
    // A control file without the newline at its end.
    std::string v1(const std::string& controller, const std::string& file) const;
    std::string v2(const std::string& file) const;

    std::string pids_max() const;
    void freeze(bool frozen) const;

    // Every file that holds a setting (writable, readable, not changing by itself), by path.
    std::map<std::string, std::string> settings() const;

private:
    std::string path_behind(const std::string& prefix) const;

    std::string lines_;  // of /proc/PID/cgroup
};

// The number of a disk of this host ("8:0"), "" when it has none.
std::string some_disk();
// An element of linux.resources.blockIO for it, as a list.
nlohmann::json throttle(const std::string& disk, int rate);

// Names of the files whose text is not the same in both.
std::set<std::string> differences(const std::map<std::string, std::string>& before,
                                  const std::map<std::string, std::string>& after);

}  // namespace runcxx::tests
