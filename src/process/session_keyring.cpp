// SPDX-License-Identifier: Apache-2.0
#include "process/session_keyring.h"

#include <cerrno>

#include <fmt/core.h>

#include "base/error.h"
#include "base/log.h"
#include "sys/keyring.h"

namespace runcxx::process {

void join_session_keyring(const std::string& name, KeyringSearch search) {
    std::int32_t serial = 0;
    const int error = sys::try_join_session_keyring(name, serial);
    if (error == ENOSYS) {
        log::warning("KeyctlJoinSessionKeyring: {}: the container shares the caller's session keyring",
                     errno_text(error));
        return;
    }
    if (error != 0) {
        std::string what = fmt::format("unable to join session keyring: unable to create session key: {}",
                                       errno_text(error));
        if (error == EDQUOT)
            what +=
                " (the quota of keys is used up: kernel.keys.maxkeys and maxbytes, for root root_maxkeys and "
                "root_maxbytes; --no-new-keyring needs none)";
        throw Error(Error::Kind::Failure, std::move(what), error);
    }
    if (search == KeyringSearch::Unchanged) return;
    try {
        sys::add_key_permissions(serial, static_cast<std::uint32_t>(search));
    } catch (Error& failure) {
        failure.add_context("unable to mod keyring permissions");
        throw;
    }
}

}  // namespace runcxx::process
