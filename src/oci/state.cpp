// SPDX-License-Identifier: Apache-2.0
#include "oci/state.h"

#include "oci/json_writer.h"

namespace runcxx::oci {

std::string to_json(const State& state) {
    return to_json(state, Layout::Compact);
}

std::string to_json(const ContainerProcessState& state) {
    return to_json(state, Layout::Compact);
}

std::string to_json(const RuntimeState& state) {
    return to_json(state, Layout::TwoSpaces);
}

std::string list_to_json(std::span<const RuntimeState> containers) {
    JsonWriter writer(Layout::Compact);
    if (containers.empty()) {
        writer.null();
        return writer.take();
    }
    writer.begin_array();
    for (const auto& container : containers)
        detail::write(writer, container);
    writer.end_array();
    return writer.take();
}

}  // namespace runcxx::oci
