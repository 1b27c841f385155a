// SPDX-License-Identifier: Apache-2.0
#include "launch/bootstrap_message.h"

#include <string_view>

#include <fmt/core.h>

#include "base/error.h"
#include "base/text.h"
#include "runcxx/bootstrap_wire.h"

namespace runcxx::launch {
namespace {

constexpr Named<std::uint16_t> kAttributes[] = {
#define RUNCXX_ROW(number, name, kind) {#name, number},
    RUNCXX_BOOTSTRAP_ATTRIBUTES(RUNCXX_ROW)
#undef RUNCXX_ROW
};

constexpr Named<std::uint32_t> kWireNames[] = {
#define RUNCXX_ROW(name, wire, json, flag) {wire, flag},
    RUNCXX_NAMESPACES(RUNCXX_ROW)
#undef RUNCXX_ROW
};

class Message {
public:
    Message() : bytes_(RUNCXX_BOOTSTRAP_HEADER_SIZE, '\0') {}

    void add_number(std::uint16_t type, std::uint32_t value) {
        add(type, {reinterpret_cast<const char*>(&value), sizeof value});
    }

    // The NUL is part of the payload.
    void add_text(std::uint16_t type, const std::string& text) { add(type, {text.c_str(), text.size() + 1}); }

    std::string take() {
        const runcxx_bootstrap_header header{static_cast<std::uint32_t>(bytes_.size()),
                                             RUNCXX_BOOTSTRAP_MESSAGE_TYPE, 1, 0, 0};
        bytes_.replace(0, sizeof header, reinterpret_cast<const char*>(&header), sizeof header);
        return std::move(bytes_);
    }

private:
    void add(std::uint16_t type, std::string_view payload) {
        const std::size_t length = payload.size() + RUNCXX_BOOTSTRAP_ATTRIBUTE_HEADER_SIZE;
        if (length > RUNCXX_BOOTSTRAP_ATTRIBUTE_MAX)
            throw Error(fmt::format("cannot serialize {} for init: {} bytes, the limit is {}",
                                    find_name(kAttributes, type), payload.size(),
                                    RUNCXX_BOOTSTRAP_ATTRIBUTE_MAX));
        const runcxx_bootstrap_attribute_header header{static_cast<std::uint16_t>(length), type};
        bytes_.append(reinterpret_cast<const char*>(&header), sizeof header);
        bytes_.append(payload);
        while (bytes_.size() % RUNCXX_BOOTSTRAP_ALIGNMENT != 0)
            bytes_ += '\0';
    }

    std::string bytes_;
};

std::string namespace_list(const std::vector<config::NamespacePath>& joined) {
    std::string list;
    for (const auto& entry : joined) {
        if (entry.path.find(',') != std::string::npos || entry.path.find('\0') != std::string::npos)
            throw Error(Error::Kind::InvalidConfig,
                        fmt::format("invalid namespace path {}", quoted(entry.path)));
        if (!list.empty()) list += ',';
        list += fmt::format("{}:{}", find_name(kWireNames, entry.flag), entry.path);
    }
    return list;
}

std::string mapping_lines(const std::vector<oci::IdMapping>& mappings) {
    std::string lines;
    for (const auto& map : mappings)
        lines += fmt::format("{} {} {}\n", map.container_id, map.host_id, map.size);
    return lines;
}

std::string offset_lines(const std::map<std::string, oci::TimeOffset>& offsets) {
    std::string lines;
    for (const auto& [clock, offset] : offsets)
        lines += fmt::format("{} {} {}\n", clock, offset.secs, offset.nanosecs);
    return lines;
}

}  // namespace

std::string encode_bootstrap(const Bootstrap& bootstrap) {
    Message message;
    message.add_number(RUNCXX_ATTRIBUTE_CLONE_FLAGS, bootstrap.namespaces.create_flags);
    if (!bootstrap.namespaces.joined.empty())
        message.add_text(RUNCXX_ATTRIBUTE_NS_PATHS, namespace_list(bootstrap.namespaces.joined));
    if (!bootstrap.uid_mappings.empty()) {
        if (!bootstrap.newuidmap_path.empty())
            message.add_text(RUNCXX_ATTRIBUTE_UIDMAPPATH, bootstrap.newuidmap_path);
        message.add_text(RUNCXX_ATTRIBUTE_UIDMAP, mapping_lines(bootstrap.uid_mappings));
    }
    if (!bootstrap.gid_mappings.empty()) {
        if (!bootstrap.newgidmap_path.empty())
            message.add_text(RUNCXX_ATTRIBUTE_GIDMAPPATH, bootstrap.newgidmap_path);
        message.add_text(RUNCXX_ATTRIBUTE_GIDMAP, mapping_lines(bootstrap.gid_mappings));
        message.add_number(RUNCXX_ATTRIBUTE_SETGROUP, bootstrap.set_groups ? 1 : 0);
    }
    if (bootstrap.oom_score_adj)
        message.add_text(RUNCXX_ATTRIBUTE_OOM_SCORE_ADJ, fmt::format("{}", *bootstrap.oom_score_adj));
    message.add_number(RUNCXX_ATTRIBUTE_ROOTLESS_EUID, bootstrap.rootless ? 1 : 0);
    if (!bootstrap.time_offsets.empty())
        message.add_text(RUNCXX_ATTRIBUTE_TIMENSOFFSET, offset_lines(bootstrap.time_offsets));
    return message.take();
}

}  // namespace runcxx::launch
