// SPDX-License-Identifier: Apache-2.0
#include "oci/json.h"

#include "oci/json_reader.h"
#include "oci/spec_fields.h"

namespace runcxx::oci {

Spec parse_spec(std::string_view text) {
    return from_json<Spec>(text);
}

Process parse_process(std::string_view text) {
    return from_json<Process>(text);
}

Resources parse_resources(std::string_view text) {
    return from_json<Resources>(text);
}

std::string to_json(const Spec& spec, Layout layout) {
    return to_json<Spec>(spec, layout);
}

}  // namespace runcxx::oci
