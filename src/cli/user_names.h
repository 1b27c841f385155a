// SPDX-License-Identifier: Apache-2.0
// User names of /etc/passwd (passwd(5)). Not getpwuid(3): NSS needs shared libraries, and this binary has
// none. Runs in: runtime.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>

namespace runcxx::cli {

// Reads /etc/passwd; empty when it can't be read or is unreasonably large.
std::string read_user_database();

// The first user with this id; "#<uid>" when there is none.
std::string user_name(std::string_view database, uid_t uid);

}  // namespace runcxx::cli
