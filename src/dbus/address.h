// SPDX-License-Identifier: Apache-2.0
// Server addresses (D-Bus specification, "Server Addresses"). Pure. Runs in: runtime.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace runcxx::dbus {

// "unix:path=/run/bus,guid=...;unix:abstract=name" -> {"/run/bus", "@name"}, as sys::connect_unix() takes them.
// Transports other than unix, which a runtime does not speak, are left out. Errors: a malformed entry.
std::vector<std::string> parse_address(std::string_view address);

}  // namespace runcxx::dbus
