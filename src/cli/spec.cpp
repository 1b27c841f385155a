// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>

#include <cerrno>

#include <fmt/core.h>

#include "base/error.h"
#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/create_options.h"
#include "host/facts.h"
#include "oci/json.h"
#include "oci/spec_template.h"
#include "sys/credentials.h"
#include "sys/file.h"

namespace runcxx::cli {
namespace {

constexpr Option kOptions[] = {
    kBundle,
    {.name = "rootless", .kind = OptionKind::Flag, .summary = "for a container of an unprivileged user"},
};

int run_spec(const Invocation& invocation) {
    const auto& bundle = invocation.arguments.text("bundle");
    if (!bundle.empty()) sys::change_dir(HostPath(bundle));
    const HostPath path("config.json");
    const auto file = sys::try_open(path, O_CREAT | O_EXCL | O_WRONLY, 0666);
    if (!file && errno == EEXIST) throw Error(fmt::format("File {} exists. Remove it first", path.str()));
    if (!file) throw Error::from_errno(errno, fmt::format("open {}", path.str()));

    const auto facts = host::probe();
    const auto spec =
        oci::default_spec(invocation.arguments.flag("rootless"), facts.cgroups.mode == host::CgroupMode::V2,
                          sys::effective_uid(), sys::effective_gid());
    sys::write_all(file, oci::to_json(spec, oci::Layout::Tabs), path.str());
    return 0;
}

}  // namespace

const Command kSpec{
    .name = "spec",
    .summary = "write a config.json to begin with",
    .description =
        "The container it describes runs `sh` from the bundle's directory rootfs. Edit process.args and\n"
        "whatever else the container needs. With --rootless it gets a user namespace in which root is\n"
        "the caller, so that no privileges are needed to run it.",
    .options = kOptions,
    .run = run_spec,
};

}  // namespace runcxx::cli
