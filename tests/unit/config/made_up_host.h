// SPDX-License-Identifier: Apache-2.0
// A host, options and a spec to start from; tests change what they are about.
#pragma once

#include <string>

#include "base/error.h"
#include "config/resolve.h"
#include "oci/spec_template.h"
#include "support/catch.h"

namespace runcxx::config::test {

inline host::Facts root_on_v1() {
    host::Facts facts;
    facts.cgroups.mode = host::CgroupMode::V1;
    facts.cgroups.hierarchies = {
        {.controllers = {"cpu", "cpuacct"}, .mount_point = "/sys/fs/cgroup/cpu,cpuacct", .own_path = "/"},
        {.controllers = {"name=systemd"}, .mount_point = "/sys/fs/cgroup/systemd", .own_path = "/init"},
    };
    return facts;
}

inline host::Facts root_on_v2() {
    host::Facts facts;
    facts.cgroups.mode = host::CgroupMode::V2;
    facts.cgroups.hierarchies = {{.controllers = {}, .mount_point = "/sys/fs/cgroup", .own_path = "/user"}};
    return facts;
}

inline host::Facts user_1000() {
    auto facts = root_on_v2();
    facts.effective_uid = 1000;
    facts.effective_gid = 1000;
    return facts;
}

// Every path exists and is real, none is a link; users have ids set aside for them; joined user namespaces map 0 to 100000; no network namespace is the host's.
inline HostQueries calm_host() {
    return {.real_path = [](const std::string& path) { return path; },
            .link_target = [](const std::string&) -> std::optional<std::string> { return std::nullopt; },
            .user_namespace =
                [](const std::string&) {
                    return UserNamespaceFacts{.uid_mappings = {{0, 100000, 65536}},
                                              .gid_mappings = {{0, 200000, 65536}},
                                              .setgroups_denied = false};
                },
            .subordinate_ids =
                [](uid_t) {
                    return SubordinateIds{.uids = {{100000, 65536}}, .gids = {{200000, 65536}, {300000, 10}}};
                },
            .is_own_network_namespace = [](const std::string&) { return false; }};
}

struct Case {
    oci::Spec spec = oci::default_spec(false, false, 0, 0);
    Options options{.id = "box", .bundle = "/bundle"};
    host::Facts facts = root_on_v1();
    HostQueries queries = calm_host();

    oci::Linux& linux_part() { return *spec.linux; }
    oci::Process& process() { return *spec.process; }
    oci::Mount& add_mount(oci::Mount mount) {
        spec.mounts.push_back(std::move(mount));
        return spec.mounts.back();
    }
    void add_namespace(const std::string& type, const std::string& path = {}) {
        linux_part().namespaces.push_back({.type = type, .path = path});
    }
    void remove_namespace(const std::string& type) {
        std::erase_if(linux_part().namespaces, [&](const oci::Namespace& each) { return each.type == type; });
    }
    // A user namespace that is made, root being 1000.
    void map_root() {
        add_namespace("user");
        linux_part().uid_mappings = {{0, 1000, 10}};
        linux_part().gid_mappings = {{0, 2000, 10}};
    }

    Container resolve() const { return config::resolve(spec, options, facts, queries); }

    // The text of the error; empty when there is none.
    std::string error() const {
        try {
            resolve();
        } catch (const Error& failure) {
            return failure.message();
        }
        return {};
    }
    Error::Kind error_kind() const {
        try {
            resolve();
        } catch (const Error& failure) {
            return failure.kind();
        }
        return Error::Kind::Failure;
    }
};

}  // namespace runcxx::config::test
