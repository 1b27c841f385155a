// SPDX-License-Identifier: Apache-2.0
// The kernel's keyrings, as far as containers need them (keyrings(7), keyctl(2)).
// Runs in: either. try_ forms return 0 or the errno.
#pragma once

#include <cstdint>
#include <string>

namespace runcxx::sys {

// KEYCTL_JOIN_SESSION_KEYRING: joins the session keyring of that name, or makes it. ENOSYS: the kernel has no
// keyrings; EDQUOT: kernel.keys.maxkeys (root_maxkeys) or maxbytes is used up. `serial` is set on success.
int try_join_session_keyring(const std::string& name, std::int32_t& serial);

// Adds permission bits (KEY_*_SEARCH, ... of keyutils.h) to a key: KEYCTL_DESCRIBE, then KEYCTL_SETPERM.
void add_key_permissions(std::int32_t serial, std::uint32_t bits);

}  // namespace runcxx::sys
