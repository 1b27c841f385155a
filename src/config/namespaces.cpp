// SPDX-License-Identifier: Apache-2.0
#include "config/namespaces.h"

#include <algorithm>

#include "base/text.h"
#include "config/invalid_config.h"
#include "runcxx/bootstrap_wire.h"

namespace runcxx::config {

constinit const NamespaceKind kNamespaceKinds[8] = {
#define RUNCXX_ROW(name, wire, json, flag) {json, wire, flag},
    RUNCXX_NAMESPACES(RUNCXX_ROW)
#undef RUNCXX_ROW
};

namespace {

std::string describe(const oci::Namespace& each) {
    return fmt::format("{{{} {}}}", quoted(each.type), quoted(each.path));
}

void put_in_joining_order(std::vector<NamespacePath>& joined) {
    const auto position = [](const NamespacePath& each) {
        return std::find_if(std::begin(kNamespaceKinds), std::end(kNamespaceKinds),
                            [&](const NamespaceKind& row) { return row.flag == each.flag; });
    };
    std::sort(joined.begin(), joined.end(),
              [&](const NamespacePath& a, const NamespacePath& b) { return position(a) < position(b); });
}

}  // namespace

bool Namespaces::has(std::uint32_t flag) const {
    return creates(flag) || std::any_of(joined.begin(), joined.end(),
                                        [&](const NamespacePath& each) { return each.flag == flag; });
}

std::string_view proc_name(std::uint32_t flag) {
    return std::ranges::find(kNamespaceKinds, flag, &NamespaceKind::flag)->proc_name;
}

Namespaces resolve_namespaces(const std::vector<oci::Namespace>& namespaces) {
    Namespaces result;
    for (const auto& each : namespaces) {
        const auto* kind = std::find_if(std::begin(kNamespaceKinds), std::end(kNamespaceKinds),
                                        [&](const NamespaceKind& row) { return row.spec_name == each.type; });
        if (kind == std::end(kNamespaceKinds)) throw invalid("namespace {} does not exist", describe(each));
        if (result.has(kind->flag)) throw invalid("malformed spec file: duplicated ns {}", describe(each));
        if (each.path.empty())
            result.create_flags |= kind->flag;
        else
            result.joined.push_back({kind->flag, each.path});
    }
    put_in_joining_order(result.joined);
    return result;
}

void join_instead(Namespaces& namespaces, std::uint32_t flag, std::string path) {
    namespaces.create_flags &= ~flag;
    namespaces.joined.push_back({flag, std::move(path)});
    put_in_joining_order(namespaces.joined);
}

std::string path_of(const Namespaces& namespaces, std::uint32_t flag) {
    for (const auto& each : namespaces.joined)
        if (each.flag == flag) return each.path;
    return {};
}

oci::Strings namespace_names() {
    oci::Strings names;
    for (const auto& row : kNamespaceKinds)
        names.emplace_back(row.spec_name);
    std::sort(names.begin(), names.end());
    return names;
}

}  // namespace runcxx::config
