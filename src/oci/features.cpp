// SPDX-License-Identifier: Apache-2.0
#include "oci/features.h"

#include "oci/json_writer.h"

namespace runcxx::oci::features {

std::string to_json(const Features& features) {
    return oci::to_json(features, Layout::FourSpaces);
}

}  // namespace runcxx::oci::features
