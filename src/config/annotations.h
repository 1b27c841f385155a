// SPDX-License-Identifier: Apache-2.0
// Annotations that ask for something the specification has no field for: those of crun that Podman and others set.
// docs/compatibility.md lists which of crun's are honoured and which are not, with the reason.
// Runs in: runtime. Pure.
#pragma once

#include <string>
#include <vector>

#include "config/container.h"
#include "oci/spec.h"

namespace runcxx::config {

// Errors: InvalidConfig, `annotation NAME: ...`. What asks for another kind of isolation than there is, is a warning.
Extensions read_annotations(const oci::StringMap& annotations, std::vector<std::string>& warnings);

// Sorted, for `features`: whoever takes annotations from strangers should keep these back.
oci::Strings honoured_annotations();

// Errors: InvalidConfig, that the text is none. For tests.
std::vector<std::uint8_t> decode_base64(std::string_view text);

}  // namespace runcxx::config
