// SPDX-License-Identifier: Apache-2.0
// The session keyring of a container, so that its processes do not share the caller's keys (keyrings(7)).
// Runs in: init.
#pragma once

#include <cstdint>
#include <string>

namespace runcxx::process {

// Who besides the possessor may search the keyring; the kernel's KEY_USR_SEARCH and KEY_OTH_SEARCH bits.
enum class KeyringSearch : std::uint32_t {
    Unchanged = 0,         // exec: the container's init has set it
    Owner = 0x0008'0000,   // create, without a user namespace of its own
    Others = 0x0000'0008,  // create, with one: the ids inside are not the owner's
};

// Joins or makes the session keyring `name` ("_ses.<id>"). With a label, keys made from here on carry it
// until label_new_keys("") is called. A kernel without keyrings (ENOSYS) is no error. Errors: "unable to join
// session keyring: ..." naming the quota when that is the cause.
void join_session_keyring(const std::string& name, KeyringSearch search);

}  // namespace runcxx::process
