// SPDX-License-Identifier: Apache-2.0
// JSON string literals, escaped exactly as Go's encoding/json does, because clients compare bytes.
// Runs in: either. Parsing lives in oci/.
#pragma once

#include <string>
#include <string_view>

namespace runcxx {

// `text` between double quotes; <, > and & become \u003c, \u003e, \u0026; bytes that are not UTF-8 become
// U+FFFD.
std::string json_string(std::string_view text);
void append_json_string(std::string& out, std::string_view text);

}  // namespace runcxx
