// SPDX-License-Identifier: Apache-2.0
#include "container/checkpoint.h"

#include <optional>

#include "base/error.h"
#include "base/numbers.h"
#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/criu_options.h"
#include "cli/global_options.h"

namespace runcxx::cli {
namespace {

constexpr Option kOptions[] = {
    kImagePath,
    kWorkPath,
    {.name = "parent-path",
     .value = "DIR",
     .summary = "images of the pre-dump before, relative to --image-path"},
    {.name = "leave-running", .kind = OptionKind::Flag, .summary = "let the container go on"},
    kTcpEstablished,
    {.name = "tcp-skip-in-flight", .kind = OptionKind::Flag, .summary = "skip half-open TCP connections"},
    {.name = "link-remap", .kind = OptionKind::Flag, .summary = "allow unlinked files to be linked again"},
    kExtUnixSk,
    kShellJob,
    kLazyPages,
    {.name = "status-fd",
     .kind = OptionKind::Number,
     .value = "FD",
     .summary = "gets a null byte when lazy pages can be served",
     .fallback = "-1"},
    {.name = "page-server", .value = "ADDRESS:PORT", .summary = "send memory pages to a page server"},
    kFileLocks,
    {.name = "pre-dump", .kind = OptionKind::Flag, .summary = "memory only; the container goes on"},
    kManageCgroupsMode,
    {.name = "network-lock",
     .value = "iptables|nftables|skip",
     .summary = "how the network is silenced meanwhile (default: iptables)"},
    kEmptyNs,
    kAutoDedup,
};

// "ADDRESS:PORT"; an IPv6 address in brackets.
checkpoint::PageServer page_server(const std::string& text) {
    const auto colon = text.rfind(':');
    if (colon == std::string::npos || colon == 0 || colon + 1 == text.size())
        throw Error(Error::Kind::InvalidConfig, "Use --page-server ADDRESS:PORT to specify page server");
    const auto port = parse_number<std::int32_t>(text.substr(colon + 1));
    if (!port) throw Error(Error::Kind::InvalidConfig, "Invalid port number");
    auto address = text.substr(0, colon);
    if (address.front() == '[' && address.back() == ']') address = address.substr(1, address.size() - 2);
    return {.address = std::move(address), .port = *port};
}

std::optional<checkpoint::NetworkLock> network_lock(const std::string& name) {
    using checkpoint::NetworkLock;
    if (name.empty()) return std::nullopt;
    if (name == "iptables") return NetworkLock::Iptables;
    if (name == "nftables") return NetworkLock::Nftables;
    if (name == "skip") return NetworkLock::Skip;
    throw Error(Error::Kind::InvalidConfig, "invalid network-lock value");
}

int run_checkpoint(const Invocation& invocation) {
    const auto& arguments = invocation.arguments;
    warn_if_rootless();
    container::CheckpointOptions options;
    options.id = arguments.id();
    options.root = invocation.globals.root;
    options.paths = to_image_paths(arguments);
    options.parent_path = arguments.text("parent-path");
    options.pre_dump = arguments.flag("pre-dump");
    options.status_fd = static_cast<int>(arguments.number("status-fd"));
    options.criu = to_criu_options(arguments);
    options.criu.leave_running = arguments.flag("leave-running");
    options.criu.tcp_skip_in_flight = arguments.flag("tcp-skip-in-flight");
    options.criu.link_remap = arguments.flag("link-remap");
    options.criu.network_lock = network_lock(arguments.text("network-lock"));
    if (arguments.is_given("page-server")) options.criu.ps = page_server(arguments.text("page-server"));
    container::checkpoint(options);
    return 0;
}

}  // namespace

const Command kCheckpoint{
    .name = "checkpoint",
    .summary = "save a running container with CRIU",
    .usage = "<container-id>",
    .min_arguments = 1,
    .max_arguments = 1,
    .options = kOptions,
    .run = run_checkpoint,
};

}  // namespace runcxx::cli
