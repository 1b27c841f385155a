// SPDX-License-Identifier: Apache-2.0
#include "sys/mount_table.h"

#include <algorithm>

#include "base/numbers.h"
#include "base/text.h"
#include "sys/file.h"

namespace runcxx::sys {
namespace {

// "\040" and friends, as the kernel writes blanks, newlines and backslashes.
std::string unescape(std::string_view text) {
    std::string out;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] == '\\' && at + 3 < text.size()) {
            if (const auto code = parse_number<unsigned>(text.substr(at + 1, 3), 8); code && *code < 256) {
                out += static_cast<char>(*code);
                at += 3;
                continue;
            }
        }
        out += text[at];
    }
    return out;
}

}  // namespace

std::vector<MountTableEntry> parse_mount_table(std::string_view text) {
    std::vector<MountTableEntry> entries;
    for (const auto line : split(text, '\n')) {
        // id parent major:minor root mount-point options [optional fields] - type source super-options
        const auto fields = split(line, ' ');
        const auto dash = std::find(fields.begin(), fields.end(), "-");
        if (dash - fields.begin() < 6 || fields.end() - dash < 2) continue;
        entries.push_back({unescape(fields[3]), unescape(fields[4]), unescape(dash[1])});
    }
    return entries;
}

std::vector<MountTableEntry> own_mount_table() {
    return parse_mount_table(read_file(HostPath("/proc/self/mountinfo"), std::size_t{256} << 20));
}

}  // namespace runcxx::sys
