// SPDX-License-Identifier: Apache-2.0
// Drives the runtime binary under test ($RUNTIME, default: the build's runcxx) and knows which runtime it is.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "support/process.h"

namespace runcxx::tests {

enum class RuntimeKind { Runcxx, Runc, Crun };

struct RuntimeIdentity {
    RuntimeKind kind;
    std::string path;
    std::string name;       // basename of path
    std::string version;    // first line of --version
    bool old_runc = false;  // runc before 1.2, such as Debian 12's 1.1.5
};

// With RUNTIME_DRIVER=systemd every call gets --systemd-cgroup: the same suite with the other cgroup driver.
bool uses_systemd_driver();

// Asked once from `$RUNTIME --version`; throws when there is no such binary.
const RuntimeIdentity& runtime_identity();
inline bool is_runcxx() {
    return runtime_identity().kind == RuntimeKind::Runcxx;
}
inline bool is_old_runc() {
    return runtime_identity().old_runc;
}

// Calls of the runtime with one state directory (--root).
class Runtime {
public:
    explicit Runtime(std::filesystem::path root) : root_(std::move(root)) {}

    const std::filesystem::path& root() const { return root_; }
    // argv of a call: runtime, --root, options.global, arguments.
    std::vector<std::string> command(const std::vector<std::string>& arguments,
                                     const Options& options = {}) const;
    Result call(const std::vector<std::string>& arguments, const Options& options = {}) const;
    Process spawn(const std::vector<std::string>& arguments, const Options& options = {}) const;

private:
    std::filesystem::path root_;
};

}  // namespace runcxx::tests
