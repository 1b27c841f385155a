// SPDX-License-Identifier: Apache-2.0
// `create`: a container whose init waits for `start`.
// Runs in: runtime.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/paths.h"

namespace runcxx::container {

struct CreateOptions {
    std::string id;
    HostPath root;            // state directories live below; absolute
    std::string bundle;       // as given; empty: the current directory
    std::string config_file;  // as given; empty: config.json in the bundle
    std::string console_socket;
    std::string pidfd_socket;
    std::string pid_file;  // relative to the caller's directory
    bool no_pivot = false;
    bool no_new_keyring = false;
    bool no_subreaper = false;
    bool detach = false;  // run only
    bool keep = false;    // run only
    // The caller's fds 3 .. 3+listen_fds+preserve_fds-1 are open and go to the container under their numbers.
    std::uint32_t listen_fds = 0;  // of socket activation (sd_listen_fds(3))
    std::uint32_t preserve_fds = 0;
    bool systemd_cgroup = false;
    bool no_cgroup = false;
    std::optional<bool> rootless;  // absent: auto
};

// Changes the current directory to the bundle. On failure the host is as before and the Error says what
// failed.
void create(const CreateOptions& options);

}  // namespace runcxx::container
