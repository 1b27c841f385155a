// SPDX-License-Identifier: Apache-2.0
#include "config/sysctl.h"

#include <sched.h>

#include <algorithm>
#include <optional>

#include "base/text.h"
#include "config/invalid_config.h"

namespace runcxx::config {
namespace {

constexpr std::string_view kIpcKeys[] = {
    "kernel.msgmax", "kernel.msgmnb", "kernel.msgmni", "kernel.sem",
    "kernel.shmall", "kernel.shmmax", "kernel.shmmni", "kernel.shm_rmid_forced",
};

bool is_ipc_key(std::string_view key) {
    return std::find(std::begin(kIpcKeys), std::end(kIpcKeys), key) != std::end(kIpcKeys) ||
           key.starts_with("fs.mqueue.");
}

std::string swap_separators(std::string_view text) {
    std::string out(text);
    for (char& c : out) {
        if (c == '.')
            c = '/';
        else if (c == '/')
            c = '.';
    }
    return out;
}

std::string to_dot_form(std::string_view key) {
    const auto separator = key.find_first_of("./");
    return separator != std::string_view::npos && key[separator] == '/' ? swap_separators(key)
                                                                        : std::string(key);
}

// "net/../kernel/panic" has the prefix of a namespaced key and is none.
bool stays_below(std::string_view path) {
    const auto pieces = split(path, '/');
    return path.find('\0') == std::string_view::npos &&
           std::none_of(pieces.begin(), pieces.end(), [](std::string_view piece) {
               return piece.empty() || piece == "." || piece == "..";
           });
}

// Asks once, and only when a net.* key is there.
class HostNetwork {
public:
    HostNetwork(const Namespaces& namespaces, const HostQueries& queries)
        : namespaces_(namespaces), queries_(queries) {}

    bool is_used() {
        if (!answer_) answer_ = ask();
        return *answer_;
    }

private:
    bool ask() const {
        if (!namespaces_.has(CLONE_NEWNET)) return true;
        for (const auto& each : namespaces_.joined) {
            if (each.flag != CLONE_NEWNET) continue;
            try {
                return queries_.is_own_network_namespace(each.path);
            } catch (Error& error) {
                error.add_context("invalid netns path");
                throw;
            }
        }
        return false;
    }

    const Namespaces& namespaces_;
    const HostQueries& queries_;
    std::optional<bool> answer_;
};

void check_key(const std::string& key, const Namespaces& namespaces, HostNetwork& host_network) {
    if (!stays_below(sysctl_path(key)))
        throw invalid("sysctl {} is not in a separate kernel namespace", quoted(key));
    if (is_ipc_key(key)) {
        if (namespaces.has(CLONE_NEWIPC)) return;
        throw invalid("sysctl {} is not allowed in the hosts ipc namespace", quoted(key));
    }
    if (key.starts_with("net.")) {
        if (!host_network.is_used()) return;
        throw invalid("sysctl {} not allowed in host network namespace", quoted(key));
    }
    if (namespaces.has(CLONE_NEWUTS)) {
        if (key == "kernel.domainname") return;
        if (key == "kernel.hostname")
            throw invalid("sysctl {} is not allowed as it conflicts with the OCI \"hostname\" field",
                          quoted(key));
    }
    if (key.starts_with("user.")) {
        if (namespaces.has(CLONE_NEWUSER)) return;
        throw invalid("setting ucounts without a user namespace not allowed: {}", key);
    }
    throw invalid("sysctl {} is not in a separate kernel namespace", quoted(key));
}

}  // namespace

std::vector<std::pair<std::string, std::string>> resolve_sysctls(const oci::StringMap& sysctls,
                                                                 const Namespaces& namespaces,
                                                                 const HostQueries& queries) {
    std::vector<std::pair<std::string, std::string>> result;
    HostNetwork host_network(namespaces, queries);
    for (const auto& [name, value] : sysctls) {
        auto key = to_dot_form(name);
        check_key(key, namespaces, host_network);
        result.emplace_back(std::move(key), value);
    }
    return result;
}

std::string sysctl_path(std::string_view key) {
    return swap_separators(key);
}

}  // namespace runcxx::config
