// SPDX-License-Identifier: Apache-2.0
// config.json <-> Spec, and the pieces of it that arrive alone. Errors and rules are those of
// oci/json_reader.h: shape only, nothing is required and no value is judged here (that is config's part).
// Runs in: runtime. Must not include nlohmann.
#pragma once

#include <string>
#include <string_view>

#include "oci/json_writer.h"
#include "oci/spec.h"

namespace runcxx::oci {

// A whole config.json. Throws Error(InvalidConfig) without the file's name: the caller knows it.
Spec parse_spec(std::string_view text);

// A `process` object alone (exec --process).
Process parse_process(std::string_view text);

// A `linux.resources` object alone (update --resources).
Resources parse_resources(std::string_view text);

// Property order is that of the Go bindings of the specification.
std::string to_json(const Spec& spec, Layout layout = Layout::Compact);

}  // namespace runcxx::oci
