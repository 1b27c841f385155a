// SPDX-License-Identifier: Apache-2.0
// The directories that CRIU reads and writes, and the options both commands share. Runs in: runtime.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/paths.h"
#include "checkpoint/criu_messages.h"
#include "container/checkpoint.h"
#include "host/facts.h"
#include "oci/spec.h"
#include "sys/mount_namespace.h"
#include "sys/unique_fd.h"

namespace runcxx::container {

// Of a caller whose current directory is still his: absolute, with the default put in.
ImagePaths absolute(const ImagePaths& paths);

struct CriuImages {
    sys::UniqueFd images;
    sys::UniqueFd work;
    std::string log_file;  // absolute

    // `log_name`: of CRIU's log. Directories are made (0700) if they are not there; `must_exist`: not that of the images.
    // Precondition: absolute paths; CRIU, which takes over the descriptors, will be in this mount namespace. Errors:
    // those of the file system.
    static CriuImages open(const ImagePaths& paths, std::string_view log_name, bool must_exist);

    // Those of the three standard streams, in a file of the images (descriptors.json, as runc's). Errors: with the path.
    void write_descriptors(const std::vector<std::string>& targets) const;
    std::vector<std::string> read_descriptors() const;

    // A restore with a user namespace needs a directory that others may enter.
    void warn_if_closed() const;

    // The fields of `criu` that say where its files are.
    void put_into(checkpoint::CriuOptions& criu) const;

private:
    std::string directory_;
    std::string log_name_;
};

// CRIU's view of the host: a mount namespace of our own until leave(), in which the directories were made that CRIU wants.
// They are below the state directory, empty on the host, and removed at the end.
class CriuView {
public:
    // `facts`: which cgroup hierarchies there are. Errors: those of the file system and of the mounts.
    CriuView(const HostPath& state_dir, const host::Facts& facts);
    ~CriuView();
    CriuView(const CriuView&) = delete;
    CriuView& operator=(const CriuView&) = delete;

    // When CRIU has been started in it.
    void leave() { mounts_->leave(); }

    const std::string& cgroup_yard() const { return yard_.str(); }
    // For the root of the container that is restored.
    const std::string& root() const { return root_.str(); }

private:
    HostPath yard_;
    HostPath root_;
    std::optional<sys::PrivateMounts> mounts_;
};

// The configuration file of CRIU that a container asks for (annotation org.criu.config; empty there: none), else
// /etc/criu/runc.conf. CRIU reads it if it is there, and what it says wins.
std::string criu_config_file(const oci::StringMap& annotations);

}  // namespace runcxx::container
