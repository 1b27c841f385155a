// SPDX-License-Identifier: Apache-2.0
// to_json(value) and from_json<T>(text) for any struct with a visit_fields: how other modules keep their own
// files. Runs in: either. Must not include nlohmann.
#pragma once

#include "oci/json_reader.h"  // IWYU pragma: export
#include "oci/json_writer.h"  // IWYU pragma: export
