// SPDX-License-Identifier: Apache-2.0
// Mount options: the one table of their names, and their decoding to flags. Besides those of mount(8) and runc there are
// crun's: idmap=MAPS, ridmap=MAPS, copy-symlink, src-nofollow, dest-nofollow.
// Runs in: runtime. Must not: know which options go with which file system; what is not in the table is data.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "config/container.h"
#include "oci/spec.h"

namespace runcxx::config {

struct MountOptions {
    std::uint64_t flags = 0;          // MS_*, without propagation
    std::uint64_t cleared_flags = 0;  // MS_* that were asked not to be set, and were not asked for later
    std::vector<std::uint64_t> propagation;  // in order
    std::uint64_t recursive_attr_set = 0;    // MOUNT_ATTR_*, mount_setattr(2)
    std::uint64_t recursive_attr_clear = 0;
    std::string data;  // the others, joined by ','
    bool copy_up = false;
    IdMap id_map = IdMap::None;
    std::string id_map_text;  // of "idmap=..." and "ridmap=...", see parse_inline_maps(); empty: none given
    bool copy_symlink = false;
    bool source_nofollow = false;
    bool destination_nofollow = false;
};

// Later options win over earlier ones. atime options are plain flags: one does not clear another.
// "defaults" means nothing. Never fails.
MountOptions parse_mount_options(const oci::Strings& options);

// MS_* of linux.rootfsPropagation and of propagation options ("rprivate"); nullopt for other words.
std::optional<std::uint64_t> parse_propagation(std::string_view word);

// What `features` lists: sorted, without the id-mapping options, which have an entry of their own there.
oci::Strings mount_option_names();

}  // namespace runcxx::config
