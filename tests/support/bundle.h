// SPDX-License-Identifier: Apache-2.0
// Builds OCI bundles for tests: a small rootfs (busybox and the probe) and a spec like the one `runc spec`
// writes, without a terminal. The spec is a public JSON value; edit it, every use of the bundle writes it
// first.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

namespace runcxx::tests {

using nlohmann::json;

class Bundle {
public:
    explicit Bundle(std::filesystem::path dir);

    json spec;

    const std::filesystem::path& dir() const { return dir_; }
    const std::filesystem::path& rootfs() const { return rootfs_; }

    // What runs: a command line, a busybox shell script, the probe with these verbs.
    Bundle& args(std::vector<std::string> command);
    Bundle& sh(const std::string& script);
    Bundle& probe(std::vector<std::string> verbs);
    // Waits for ever, dies at the first SIGTERM.
    Bundle& idle();

    Bundle& merge(const json& patch);  // RFC 7386: null removes
    Bundle& mount(const json& entry);
    Bundle& env(const std::string& entry);
    // Names as in the spec: "network", "mount", ...
    Bundle& drop_namespace(std::string_view type);
    // Without a pid namespace, and with a /proc that the caller may mount all the same.
    Bundle& share_host_pids();
    Bundle& add_namespace(std::string_view type, const std::string& path = "");
    // A new user namespace mapping 0.. to `host`.., rootfs owned by it.
    Bundle& user_namespace(unsigned host = 100000, unsigned size = 65536);
    // In whichever one there is: a user's bundle has his own already.
    Bundle& in_user_namespace();
    // What an engine makes for the user that we are: a user namespace with the user as its root and its subordinate ids
    // (subuid(5)) behind, and no resources.
    Bundle& rootless();
    Bundle& writable();
    // All capabilities the runtime can give, no no_new_privs.
    Bundle& privileged();
    Bundle& hook(const std::string& kind, const json& entry);
    // A hook that runs a host shell script.
    Bundle& hook_sh(const std::string& kind, const std::string& script);
    Bundle& seccomp(const json& profile);

    // Creates a file in the rootfs (with its directories) and returns its host path.
    std::filesystem::path file(const std::filesystem::path& inside, std::string_view text,
                               unsigned mode = 0644);
    std::filesystem::path directory(const std::filesystem::path& inside, unsigned mode = 0755);
    void symlink(const std::filesystem::path& target, const std::filesystem::path& inside);

    // Writes config.json.
    void save() const;

private:
    std::filesystem::path dir_, rootfs_;
};

// The spec of `runc spec` with process.terminal false.
json default_spec();

// Where the probe binary is: $PROBE, else beside this executable.
std::filesystem::path probe_path();

}  // namespace runcxx::tests
