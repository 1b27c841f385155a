// SPDX-License-Identifier: Apache-2.0
// Any bytes as a config.json: either an Error, or a Spec that writing and parsing leaves as it is.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/error.h"
#include "oci/json.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace runcxx;
    oci::Spec spec;
    try {
        spec = oci::parse_spec({reinterpret_cast<const char*>(data), size});
    } catch (const Error& error) {
        if (error.message().empty()) std::abort();
        return 0;
    }
    if (oci::parse_spec(oci::to_json(spec)) != spec) std::abort();
    if (oci::parse_spec(oci::to_json(spec, oci::Layout::Tabs)) != spec) std::abort();
    return 0;
}
