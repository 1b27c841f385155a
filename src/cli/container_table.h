// SPDX-License-Identifier: Apache-2.0
// `list` as a table for people (and for scripts that cut columns). Runs in: runtime. Pure.
#pragma once

#include <span>
#include <string>

#include "oci/state.h"

namespace runcxx::cli {

// Columns are as wide as their widest cell and three blanks, at least 12; the last one is not padded.
std::string container_table(std::span<const oci::RuntimeState> containers);

}  // namespace runcxx::cli
