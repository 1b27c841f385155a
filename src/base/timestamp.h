// SPDX-License-Identifier: Apache-2.0
// Times as text, in UTC. Not by gmtime(3), which reads /etc/localtime all the same and brings 95 KB of the C library for
// the format of that file. Runs in: either. Pure.
#pragma once

#include <string>

namespace runcxx {

// "2026-11-29T16:50:33" of seconds since 1970 (RFC 3339 without fraction and offset).
std::string utc_text(long long unix_seconds);

}  // namespace runcxx
