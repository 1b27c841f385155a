// SPDX-License-Identifier: Apache-2.0
// Paths with a side: a HostPath is resolved by the kernel in the host's mount namespace; a ContainerPath is
// only ever opened through rootfs::RootDir. The two do not convert into each other.
// Runs in: either. Must not: touch the file system.
#pragma once

#include <string>
#include <string_view>

namespace runcxx {

// Collapses "//", "/./" and "x/.." lexically; never empty ("." for an empty result). Like Go's path.Clean.
std::string clean_path(std::string_view path);
// clean_path(a + "/" + b); an absolute b does not replace a.
std::string join_path(std::string_view a, std::string_view b);
std::string_view base_name(std::string_view path);
std::string dir_name(std::string_view path);

class HostPath {
public:
    HostPath() = default;
    explicit HostPath(std::string path) : path_(std::move(path)) {}
    const std::string& str() const { return path_; }
    const char* c_str() const { return path_.c_str(); }
    bool empty() const { return path_.empty(); }
    HostPath operator/(std::string_view below) const { return HostPath(join_path(path_, below)); }
    friend bool operator==(const HostPath&, const HostPath&) = default;

private:
    std::string path_;
};

class ContainerPath {
public:
    ContainerPath() = default;
    explicit ContainerPath(std::string path) : path_(std::move(path)) {}
    const std::string& str() const { return path_; }
    bool empty() const { return path_.empty(); }
    ContainerPath operator/(std::string_view below) const { return ContainerPath(join_path(path_, below)); }
    friend bool operator==(const ContainerPath&, const ContainerPath&) = default;

private:
    std::string path_;
};

}  // namespace runcxx
