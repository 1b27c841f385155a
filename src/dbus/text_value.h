// SPDX-License-Identifier: Apache-2.0
// Values written as text, in that part of the GVariant text format
// (https://docs.gtk.org/glib/gvariant-text-format.html) that properties of systemd's units need: booleans, numbers,
// strings, byte strings, arrays and tuples, with type keywords ("uint64 5") and annotations ("@at []").
// Pure. Runs in: runtime.
#pragma once

#include <string_view>

#include "dbus/value.h"

namespace runcxx::dbus {

// The whole text must be the value. A number without type is an int32 or, with a point or an exponent, a double.
// Errors: what is wrong, with the place.
Value parse_value(std::string_view text);

}  // namespace runcxx::dbus
