// SPDX-License-Identifier: Apache-2.0
#include "config/mount_options.h"

#include <linux/mount.h>

#include <algorithm>
#include <string_view>

namespace runcxx::config {
namespace {

enum class Kind : std::uint8_t {
    Set,           // MS_* to set
    Clear,         // MS_* to clear
    Propagation,   // a mount(2) of its own
    RecursiveSet,  // MOUNT_ATTR_* for the whole tree
    RecursiveClear,
    CopyUp,
    MapIds,  // value: IdMap; "name=maps" is known, too
    CopySymlink,
    SourceNoFollow,
    DestinationNoFollow,
    Nothing,
};

struct Row {
    std::string_view name;
    Kind kind;
    std::uint64_t value;
};

// Sorted by name. "acl" is missing on purpose: MS_POSIXACL is not a mount(2) flag; ext4 wants it as data.
constexpr Row kOptions[] = {
    {"async", Kind::Clear, MS_SYNCHRONOUS},
    {"atime", Kind::Clear, MS_NOATIME},
    {"bind", Kind::Set, MS_BIND},
    {"copy-symlink", Kind::CopySymlink, 0},
    {"defaults", Kind::Nothing, 0},
    {"dest-nofollow", Kind::DestinationNoFollow, 0},
    {"dev", Kind::Clear, MS_NODEV},
    {"diratime", Kind::Clear, MS_NODIRATIME},
    {"dirsync", Kind::Set, MS_DIRSYNC},
    {"exec", Kind::Clear, MS_NOEXEC},
    {"idmap", Kind::MapIds, static_cast<std::uint64_t>(IdMap::Flat)},
    {"iversion", Kind::Set, MS_I_VERSION},
    {"lazytime", Kind::Set, MS_LAZYTIME},
    {"loud", Kind::Clear, MS_SILENT},
    {"mand", Kind::Set, MS_MANDLOCK},
    {"noatime", Kind::Set, MS_NOATIME},
    {"nodev", Kind::Set, MS_NODEV},
    {"nodiratime", Kind::Set, MS_NODIRATIME},
    {"noexec", Kind::Set, MS_NOEXEC},
    {"noiversion", Kind::Clear, MS_I_VERSION},
    {"nolazytime", Kind::Clear, MS_LAZYTIME},
    {"nomand", Kind::Clear, MS_MANDLOCK},
    {"norelatime", Kind::Clear, MS_RELATIME},
    {"nostrictatime", Kind::Clear, MS_STRICTATIME},
    {"nosuid", Kind::Set, MS_NOSUID},
    {"nosymfollow", Kind::Set, MS_NOSYMFOLLOW},
    {"private", Kind::Propagation, MS_PRIVATE},
    {"ratime", Kind::RecursiveClear, MOUNT_ATTR_NOATIME},
    {"rbind", Kind::Set, MS_BIND | MS_REC},
    {"rdev", Kind::RecursiveClear, MOUNT_ATTR_NODEV},
    {"rdiratime", Kind::RecursiveClear, MOUNT_ATTR_NODIRATIME},
    {"relatime", Kind::Set, MS_RELATIME},
    {"remount", Kind::Set, MS_REMOUNT},
    {"rexec", Kind::RecursiveClear, MOUNT_ATTR_NOEXEC},
    {"ridmap", Kind::MapIds, static_cast<std::uint64_t>(IdMap::Recursive)},
    {"rnoatime", Kind::RecursiveSet, MOUNT_ATTR_NOATIME},
    {"rnodev", Kind::RecursiveSet, MOUNT_ATTR_NODEV},
    {"rnodiratime", Kind::RecursiveSet, MOUNT_ATTR_NODIRATIME},
    {"rnoexec", Kind::RecursiveSet, MOUNT_ATTR_NOEXEC},
    {"rnorelatime", Kind::RecursiveClear, MOUNT_ATTR_RELATIME},
    {"rnostrictatime", Kind::RecursiveClear, MOUNT_ATTR_STRICTATIME},
    {"rnosuid", Kind::RecursiveSet, MOUNT_ATTR_NOSUID},
    {"rnosymfollow", Kind::RecursiveSet, MOUNT_ATTR_NOSYMFOLLOW},
    {"ro", Kind::Set, MS_RDONLY},
    {"rprivate", Kind::Propagation, MS_PRIVATE | MS_REC},
    {"rrelatime", Kind::RecursiveSet, MOUNT_ATTR_RELATIME},
    {"rro", Kind::RecursiveSet, MOUNT_ATTR_RDONLY},
    {"rrw", Kind::RecursiveClear, MOUNT_ATTR_RDONLY},
    {"rshared", Kind::Propagation, MS_SHARED | MS_REC},
    {"rslave", Kind::Propagation, MS_SLAVE | MS_REC},
    {"rstrictatime", Kind::RecursiveSet, MOUNT_ATTR_STRICTATIME},
    {"rsuid", Kind::RecursiveClear, MOUNT_ATTR_NOSUID},
    {"rsymfollow", Kind::RecursiveClear, MOUNT_ATTR_NOSYMFOLLOW},
    {"runbindable", Kind::Propagation, MS_UNBINDABLE | MS_REC},
    {"rw", Kind::Clear, MS_RDONLY},
    {"shared", Kind::Propagation, MS_SHARED},
    {"silent", Kind::Set, MS_SILENT},
    {"slave", Kind::Propagation, MS_SLAVE},
    {"src-nofollow", Kind::SourceNoFollow, 0},
    {"strictatime", Kind::Set, MS_STRICTATIME},
    {"suid", Kind::Clear, MS_NOSUID},
    {"symfollow", Kind::Clear, MS_NOSYMFOLLOW},
    {"sync", Kind::Set, MS_SYNCHRONOUS},
    {"tmpcopyup", Kind::CopyUp, 0},
    {"unbindable", Kind::Propagation, MS_UNBINDABLE},
};

static_assert(std::is_sorted(std::begin(kOptions), std::end(kOptions),
                             [](const Row& a, const Row& b) { return a.name < b.name; }));

const Row* find_option(std::string_view name) {
    const Row* row =
        std::lower_bound(std::begin(kOptions), std::end(kOptions), name,
                         [](const Row& each, std::string_view wanted) { return each.name < wanted; });
    return row != std::end(kOptions) && row->name == name ? row : nullptr;
}

void move_bits(std::uint64_t bits, std::uint64_t& to, std::uint64_t& from) {
    to |= bits;
    from &= ~bits;
}

// The access-time attributes are one field of the kernel's, not bits (relatime is 0), and mount_setattr(2)
// refuses to set it unless all of the field is cleared in the same call.
void clear_access_time_field(MountOptions& result, std::uint64_t attribute) {
    if ((attribute & MOUNT_ATTR__ATIME) == attribute) result.recursive_attr_clear |= MOUNT_ATTR__ATIME;
}

void apply(const Row& row, MountOptions& result) {
    switch (row.kind) {
        case Kind::Set:
            return move_bits(row.value, result.flags, result.cleared_flags);
        case Kind::Clear:
            return move_bits(row.value, result.cleared_flags, result.flags);
        case Kind::Propagation:
            result.propagation.push_back(row.value);
            return;
        case Kind::RecursiveSet:
            move_bits(row.value, result.recursive_attr_set, result.recursive_attr_clear);
            return clear_access_time_field(result, row.value);
        case Kind::RecursiveClear:
            move_bits(row.value, result.recursive_attr_clear, result.recursive_attr_set);
            return clear_access_time_field(result, row.value);
        case Kind::CopyUp:
            result.copy_up = true;
            return;
        case Kind::MapIds:
            result.id_map = static_cast<IdMap>(row.value);
            result.id_map_text.clear();
            return;
        case Kind::CopySymlink:
            result.copy_symlink = true;
            return;
        case Kind::SourceNoFollow:
            result.source_nofollow = true;
            return;
        case Kind::DestinationNoFollow:
            result.destination_nofollow = true;
            return;
        case Kind::Nothing:
            return;
    }
}

// "idmap=MAPS"; others with a value are the file system's.
bool apply_map(const std::string& option, MountOptions& result) {
    const auto equals = option.find('=');
    if (equals == option.npos) return false;
    const Row* row = find_option(std::string_view(option).substr(0, equals));
    if (row == nullptr || row->kind != Kind::MapIds) return false;
    apply(*row, result);
    result.id_map_text = option.substr(equals + 1);
    return true;
}

}  // namespace

MountOptions parse_mount_options(const oci::Strings& options) {
    MountOptions result;
    bool has_data = false;
    for (const auto& option : options) {
        if (const Row* row = find_option(option)) {
            apply(*row, result);
        } else if (!apply_map(option, result)) {
            if (has_data) result.data += ',';
            result.data += option;
            has_data = true;
        }
    }
    return result;
}

std::optional<std::uint64_t> parse_propagation(std::string_view word) {
    const Row* row = find_option(word);
    if (row == nullptr || row->kind != Kind::Propagation) return std::nullopt;
    return row->value;
}

oci::Strings mount_option_names() {
    oci::Strings names;
    for (const auto& row : kOptions)
        if (row.kind != Kind::MapIds) names.emplace_back(row.name);
    return names;
}

}  // namespace runcxx::config
