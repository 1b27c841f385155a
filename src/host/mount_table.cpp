// SPDX-License-Identifier: Apache-2.0
#include "base/text.h"
#include "host/facts.h"
#include "sys/file.h"

namespace runcxx::host {
namespace {

// proc(5): blank, tab, newline and backslash are written as \ooo.
std::string decode_octal(std::string_view text) {
    std::string decoded;
    decoded.reserve(text.size());
    const auto is_octal = [](char c) { return c >= '0' && c <= '7'; };
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\\' && i + 3 < text.size() && is_octal(text[i + 1]) && is_octal(text[i + 2]) &&
            is_octal(text[i + 3])) {
            decoded +=
                static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + (text[i + 3] - '0'));
            i += 3;
        } else {
            decoded += text[i];
        }
    }
    return decoded;
}

}  // namespace

std::vector<MountPoint> parse_mount_table(const std::string& text) {
    std::vector<MountPoint> mounts;
    for (const auto line : split(text, '\n')) {
        // 36 35 98:0 /root /mount/point rw,noatime [optional fields] - type source super,options
        const auto fields = split(line, ' ');
        std::size_t dash = 6;
        while (dash < fields.size() && fields[dash] != "-")
            ++dash;
        if (dash + 3 >= fields.size()) continue;
        mounts.push_back({.root = decode_octal(fields[3]),
                          .path = decode_octal(fields[4]),
                          .type = std::string(fields[dash + 1]),
                          .super_options = std::string(fields[dash + 3])});
    }
    return mounts;
}

std::optional<std::string> mount_root(const std::string& mount_point) {
    std::optional<std::string> root;
    for (auto& mount : parse_mount_table(sys::read_file(HostPath("/proc/self/mountinfo"), 256U << 20)))
        if (mount.path == mount_point) root = std::move(mount.root);
    return root;
}

}  // namespace runcxx::host
