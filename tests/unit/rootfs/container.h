// SPDX-License-Identifier: Apache-2.0
// A rootfs directory in child_directory() and a ContainerSetup to do real steps with, inside in_namespace().
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "in_namespace.h"
#include "rootfs/rootfs.h"
#include "sys/file.h"
#include "sys/mount_table.h"

namespace runcxx::tests {

struct Container {
    std::filesystem::path root = child_directory() / "rootfs", host = child_directory() / "host";
    config::ContainerSetup setup;
    rootfs::SourceOpener open_source;

    Container() {
        for (const char* name : {"proc", "dev", "sys", "etc", "mnt"})
            std::filesystem::create_directories(root / name);
        std::filesystem::create_directories(host);
        setup.rootfs = root.string();
        setup.has_mount_namespace = true;
        setup.has_user_namespace = ::geteuid() != 0;
    }

    config::Mount& add(config::Mount mount) { return setup.mounts.emplace_back(std::move(mount)); }
    config::Mount& bind(const std::filesystem::path& source, const std::string& destination,
                        std::uint64_t flags = 0) {
        return add({.source = source.string(),
                    .destination = destination,
                    .type = "bind",
                    .flags = MS_BIND | flags});
    }
    config::Mount& tmpfs(const std::string& destination, std::uint64_t flags = 0,
                         const std::string& data = {}) {
        return add(
            {.source = "tmpfs", .destination = destination, .type = "tmpfs", .flags = flags, .data = data});
    }
    void default_mounts() {
        add({.source = "proc", .destination = "/proc", .type = "proc"});
        tmpfs("/dev", MS_NOSUID | MS_STRICTATIME, "mode=755,size=65536k");
        for (unsigned minor : {3U, 5U, 7U}) {
            const char* name = minor == 3 ? "/dev/null" : minor == 5 ? "/dev/zero" : "/dev/full";
            setup.devices.push_back({.path = name, .type = 'c', .major = 1, .minor = minor});
        }
    }

    // The step functions in order, up to and with mount_filesystems / everything.
    rootfs::RootDir mounted() const {
        auto opened = rootfs::prepare_root(setup);
        rootfs::mount_filesystems(opened, setup, open_source);
        return opened;
    }
    void enter() const {
        auto opened = mounted();
        rootfs::create_devices(opened, setup);
        rootfs::enter_root(std::move(opened), setup);
        rootfs::finish_mounts(setup);
        rootfs::write_sysctls(setup);
        rootfs::restrict_paths(setup);
    }
    std::string error() const {
        return error_of([&] { mounted(); });
    }
};

// Options of the topmost mount at `point`: "ro,nosuid,relatime shared:3"; empty when there is none.
inline std::string mount_options(const std::string& point) {
    std::string found;
    const auto text = sys::read_file(HostPath("/proc/self/mountinfo"));
    std::size_t at = 0;
    while (at < text.size()) {
        const auto end = text.find('\n', at);
        const auto line = text.substr(at, end - at);
        at = end + 1;
        std::size_t field = 0;
        for (int i = 0; i < 4; ++i)
            field = line.find(' ', field) + 1;
        const auto space = line.find(' ', field);
        if (line.substr(field, space - field) == point)
            found = line.substr(space + 1, line.find(" - ") - space - 1);
    }
    return found;
}

inline bool has_option(const std::string& options, const std::string& option) {
    return ("," + options.substr(0, options.find(' ')) + ",").find("," + option + ",") != std::string::npos;
}

inline unsigned mode_of(const std::string& path) {
    struct stat status {};
    if (::lstat(path.c_str(), &status) < 0) throw std::runtime_error("no " + path);
    return status.st_mode & 07777;
}

}  // namespace runcxx::tests
