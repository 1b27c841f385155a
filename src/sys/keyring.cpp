// SPDX-License-Identifier: Apache-2.0
#include "sys/keyring.h"

#include <linux/keyctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string_view>

#include <fmt/core.h>

#include "base/error.h"
#include "base/numbers.h"
#include "base/text.h"

namespace runcxx::sys {

int try_join_session_keyring(const std::string& name, std::int32_t& serial) {
    const long result = ::syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, name.c_str(), 0, 0, 0);
    if (result < 0) return errno;
    serial = static_cast<std::int32_t>(result);
    return 0;
}

void add_key_permissions(std::int32_t serial, std::uint32_t bits) {
    // "keyring;<uid>;<gid>;<permissions, hex>;<description>"
    std::array<char, 512> buffer{};
    const long length = ::syscall(SYS_keyctl, KEYCTL_DESCRIBE, serial, buffer.data(), buffer.size(), 0);
    if (length < 0) throw Error::from_errno(errno, fmt::format("describe key {}", serial));
    const std::string_view text(buffer.data(), std::min(static_cast<std::size_t>(length), buffer.size()));
    const auto fields = split(text, ';');
    const auto permissions = fields.size() > 4 ? parse_number<std::uint32_t>(fields[3], 16) : std::nullopt;
    if (!permissions) throw Error(fmt::format("describe key {}: unexpected answer {}", serial, quoted(text)));
    if ((*permissions & bits) == bits) return;
    if (::syscall(SYS_keyctl, KEYCTL_SETPERM, serial, *permissions | bits, 0, 0) < 0)
        throw Error::from_errno(errno, fmt::format("set permissions of key {}", serial));
}

}  // namespace runcxx::sys
