// SPDX-License-Identifier: Apache-2.0
// linux.resources.unified: files of the cgroup by their names. Last of all, so that it wins over the fields.
#include <algorithm>
#include <cerrno>

#include <fmt/core.h>

#include "base/text.h"
#include "cgroups/controller.h"

namespace runcxx::cgroups::v2 {
namespace {

bool wants(const oci::Resources& resources) {
    return !resources.unified.empty();
}

// The kernel takes one setting per write(2) in files such as io.max.
std::vector<std::string> lines_of(std::string_view text) {
    std::vector<std::string> lines;
    for (;;) {
        const auto end = text.find('\n');
        if (end == text.npos || end + 1 == text.size()) break;
        lines.emplace_back(text.substr(0, end + 1));
        text.remove_prefix(end + 1);
    }
    lines.emplace_back(text);
    return lines;
}

// The likely cause: the controller is not enabled here.
void check_controller(const Directory& directory, const std::string& name) {
    const auto dot = name.find('.');
    if (dot == name.npos)
        throw Error(
            Error::Kind::InvalidConfig,
            fmt::format("unified resource {} must be in the form CONTROLLER.PARAMETER", quoted(name)));
    const auto controller = std::string_view(name).substr(0, dot);
    const auto list = directory.try_read("cgroup.controllers").value_or("");
    const auto available = split(trim(list), ' ');
    if (controller != "cgroup" &&
        std::find(available.begin(), available.end(), controller) == available.end())
        throw Error(fmt::format("unified resource {} can't be set: controller {} not available", quoted(name),
                                quoted(controller)));
}

void apply(const Directory& directory, const oci::Resources& resources, const Situation&) {
    const auto idle = resources.unified.find("cpu.idle");
    const bool is_idle = idle != resources.unified.end() && trim(idle->second) == "1";
    for (const auto& [name, text] : resources.unified) {
        // The kernel refuses a weight to an idle group, which systemd may have made of it by now.
        if (name == "cpu.weight" && is_idle) continue;
        if (name.find('/') != name.npos)
            throw Error(Error::Kind::InvalidConfig,
                        fmt::format("unified resource {} must be a file name (no slashes)", quoted(name)));
        std::string refused;
        const int failure = directory.try_write_each(name, lines_of(text), refused);
        if (failure == 0) continue;
        if (failure == EPERM || failure == EACCES || failure == ENOENT) check_controller(directory, name);
        throw Error(directory.write_error(name, refused, failure)
                        .add_context(fmt::format("unable to set unified resource {}", quoted(name))));
    }
}

}  // namespace

extern const Controller kUnified{.name = "unified", .wants = wants, .apply = apply};

}  // namespace runcxx::cgroups::v2
