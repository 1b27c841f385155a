// SPDX-License-Identifier: Apache-2.0
#include "cli/criu_options.h"

#include <sched.h>

#include <string_view>
#include <utility>

#include <fmt/core.h>

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "cli/arguments.h"
#include "host/facts.h"
#include "sys/credentials.h"

namespace runcxx::cli {
namespace {

using checkpoint::CgroupMode;

constexpr std::pair<std::string_view, CgroupMode> kCgroupModes[] = {
    {"", CgroupMode::Default},      {"soft", CgroupMode::Soft},     {"full", CgroupMode::Full},
    {"strict", CgroupMode::Strict}, {"ignore", CgroupMode::Ignore},
};

CgroupMode cgroup_mode(const std::string& name) {
    for (const auto& [known, mode] : kCgroupModes)
        if (name == known) return mode;
    throw Error(Error::Kind::InvalidConfig, "invalid manage-cgroups-mode value");
}

std::uint32_t empty_namespaces(const std::vector<std::string>& names) {
    for (const auto& name : names)
        if (name != "network")
            throw Error(Error::Kind::InvalidConfig,
                        fmt::format("namespace {} is not supported", quoted(name)));
    return names.empty() ? 0 : CLONE_NEWNET;
}

}  // namespace

checkpoint::CriuOptions to_criu_options(const Arguments& arguments) {
    checkpoint::CriuOptions options;
    options.tcp_established = arguments.flag("tcp-established");
    options.ext_unix_sk = arguments.flag("ext-unix-sk");
    options.shell_job = arguments.flag("shell-job");
    options.file_locks = arguments.flag("file-locks");
    options.auto_dedup = arguments.flag("auto-dedup");
    options.lazy_pages = arguments.flag("lazy-pages");
    options.manage_cgroups_mode = cgroup_mode(arguments.text("manage-cgroups-mode"));
    options.empty_ns = empty_namespaces(arguments.list("empty-ns"));
    return options;
}

container::ImagePaths to_image_paths(const Arguments& arguments) {
    return {.images = arguments.text("image-path"), .work = arguments.text("work-path")};
}

void warn_if_rootless() {
    if (sys::effective_uid() != 0 || host::in_user_namespace())
        log::warning("checkpoint and restore want root: CRIU is untested with rootless containers");
}

}  // namespace runcxx::cli
