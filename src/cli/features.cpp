// SPDX-License-Identifier: Apache-2.0
// What can be asked of this runtime, collected from the tables of those who do it. Every flag says what is
// implemented, not what this host has.
#include "oci/features.h"

#include "cli/commands.h"
#include "cli/version.h"
#include "config/annotations.h"
#include "config/capabilities.h"
#include "config/hook_kinds.h"
#include "config/mount_options.h"
#include "config/namespaces.h"
#include "config/scheduling.h"
#include "runcxx/version.h"
#include "seccomp/features_data.h"
#include "sys/standard_streams.h"

namespace runcxx::cli {
namespace {

oci::features::Linux linux_features() {
    oci::features::Linux features;
    features.namespaces = config::namespace_names();
    features.capabilities = config::capability_names();
    features.cgroup = {.v1 = true, .v2 = true, .systemd = true, .systemd_user = true, .rdma = true};
    features.seccomp = {
        .enabled = true,
        .actions = seccomp::known_actions(),
        .operators = seccomp::known_operators(),
        .archs = seccomp::known_architectures(),
        .known_flags = seccomp::known_flags(),
        .supported_flags = seccomp::supported_flags(),
    };
    features.apparmor.enabled = true;
    features.selinux.enabled = true;
    features.intel_rdt = {.enabled = true, .schemata = true, .monitoring = true};
    features.memory_policy = {.modes = config::memory_policy_modes(), .flags = config::memory_policy_flags()};
    features.mount_extensions.idmap.enabled = true;
    features.net_devices.enabled = true;
    return features;
}

int run_features(const Invocation&) {
    oci::Features features;
    features.oci_version_min = "1.0.0";
    features.oci_version_max = RUNCXX_SPEC_VERSION;
    features.hooks = config::hook_names();
    features.mount_options = config::mount_option_names();
    features.linux = linux_features();
    features.annotations = {
        {"io.github.seccomp.libseccomp.version", seccomp::libseccomp_version()},
        {"org.opencontainers.runc.checkpoint.enabled", "true"},
        {"org.opencontainers.runc.version", RUNCXX_VERSION},
    };
    features.potentially_unsafe_config_annotations = {"bundle", "org.systemd.property.", "org.criu.config"};
    for (auto& name : config::honoured_annotations())
        features.potentially_unsafe_config_annotations.push_back(std::move(name));
    sys::write_to_stdout(oci::features::to_json(features) + '\n');
    return 0;
}

}  // namespace

const Command kFeatures{
    .name = "features",
    .summary = "print what this runtime can do as JSON",
    .description = "The format is that of features.md in the OCI runtime specification.",
    .run = run_features,
};

}  // namespace runcxx::cli
