// SPDX-License-Identifier: Apache-2.0
#include "cli/user_names.h"

#include <fmt/core.h>

#include "base/error.h"
#include "base/numbers.h"
#include "base/text.h"
#include "sys/file.h"

namespace runcxx::cli {

std::string read_user_database() {
    try {
        return sys::try_read_file(HostPath("/etc/passwd"), 4U << 20).value_or("");
    } catch (const Error&) {
        return {};  // names are a nicety; numbers do
    }
}

std::string user_name(std::string_view database, uid_t uid) {
    for (const auto line : split(database, '\n')) {
        const auto fields = split(line, ':');
        if (fields.size() > 2 && !fields[0].empty() && parse_number<uid_t>(fields[2]) == uid)
            return std::string(fields[0]);
    }
    return fmt::format("#{}", uid);
}

}  // namespace runcxx::cli
