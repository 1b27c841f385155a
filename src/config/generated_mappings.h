// SPDX-License-Identifier: Apache-2.0
// Id mappings for a new user namespace whose configuration has none.
// Runs in: runtime. Pure.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "config/id_mappings.h"

namespace runcxx::config {

struct IdRange {
    std::uint32_t first = 0;
    std::uint32_t count = 0;
};

// The ranges of a subuid(5) or subgid(5) file that belong to a user, who is named there or numbered. Lines that are
// not understood are passed over.
std::vector<IdRange> parse_subordinate_ids(std::string_view text, std::string_view user_name,
                                           std::uint32_t uid);

// The name of a user in a passwd(5) file; empty when he is not there.
std::string_view user_name(std::string_view passwd, std::uint32_t uid);

// Root's: every id stays what it is. `own` are the mappings of the runtime's user namespace; ids that it does not
// have cannot be given on.
IdMappings identity_mappings(const IdMappings& own);

// A user's: he is root inside, and the ids subordinate to him follow from 1 on.
IdMappings user_mappings(std::uint32_t own_id, const std::vector<IdRange>& subordinate);

}  // namespace runcxx::config
