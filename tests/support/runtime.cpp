// SPDX-License-Identifier: Apache-2.0
#include "support/runtime.h"

#include <stdlib.h>
#include <unistd.h>

#include <stdexcept>

namespace fs = std::filesystem;

namespace runcxx::tests {

namespace {

std::string find_runtime() {
    if (const char* given = getenv("RUNTIME"); given && *given) {
        std::string name = given;
        if (name.find('/') != std::string::npos) return fs::absolute(name);
        for (const char* dir : {"/usr/local/sbin/", "/usr/local/bin/", "/usr/sbin/", "/usr/bin/"})
            if (access((dir + name).c_str(), X_OK) == 0) return dir + name;
        throw std::runtime_error("RUNTIME=" + name + " was not found");
    }
    fs::path here = fs::path(link_target("/proc/self/exe")).parent_path();
    for (const char* candidate : {"../runcxx", "../src/runcxx", "runcxx"})
        if (access((here / candidate).c_str(), X_OK) == 0) return fs::canonical(here / candidate);
    throw std::runtime_error("no runtime binary found: set RUNTIME");
}

RuntimeIdentity identify() {
    RuntimeIdentity identity;
    identity.path = find_runtime();
    identity.name = fs::path(identity.path).filename();
    Result result = execute({identity.path, "--version"});
    if (!result.ok()) throw std::runtime_error(identity.path + " --version failed: " + result.err);
    identity.version = result.out.substr(0, result.out.find('\n'));
    if (identity.version.rfind("crun", 0) == 0)
        identity.kind = RuntimeKind::Crun;
    else if (identity.version.rfind("runcxx", 0) == 0 || identity.name.find("runcxx") != std::string::npos)
        identity.kind = RuntimeKind::Runcxx;
    else
        identity.kind = RuntimeKind::Runc;
    identity.old_runc =
        identity.kind == RuntimeKind::Runc && (identity.version.rfind("runc version 1.0", 0) == 0 ||
                                               identity.version.rfind("runc version 1.1", 0) == 0);
    return identity;
}

}  // namespace

bool uses_systemd_driver() {
    const char* driver = getenv("RUNTIME_DRIVER");
    return driver && std::string(driver) == "systemd";
}

const RuntimeIdentity& runtime_identity() {
    static const RuntimeIdentity identity = identify();
    return identity;
}

std::vector<std::string> Runtime::command(const std::vector<std::string>& arguments,
                                          const Options& options) const {
    std::vector<std::string> argv = {runtime_identity().path, "--root", root_};
    if (uses_systemd_driver()) argv.push_back("--systemd-cgroup");
    argv.insert(argv.end(), options.global.begin(), options.global.end());
    argv.insert(argv.end(), arguments.begin(), arguments.end());
    return argv;
}

Result Runtime::call(const std::vector<std::string>& arguments, const Options& options) const {
    return execute(command(arguments, options), options);
}

Process Runtime::spawn(const std::vector<std::string>& arguments, const Options& options) const {
    return Process(command(arguments, options), options);
}

}  // namespace runcxx::tests
