// SPDX-License-Identifier: Apache-2.0
#include "sys/network_namespace.h"

#include <fcntl.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <sys/ioctl.h>

#include <cerrno>

#include <fmt/core.h>

#include "base/error.h"
#include "sys/file.h"

namespace runcxx::sys {
namespace {

UniqueFd open_own() {
    return open_file(HostPath("/proc/self/ns/net"), O_RDONLY);
}

// The kernel shows its owner to those alone who have a right to it.
bool can_return_to(const UniqueFd& ns) {
    return static_cast<bool>(UniqueFd(::ioctl(ns.get(), NS_GET_USERNS)));
}

void visit(const UniqueFd& ours, const std::function<void()>& inside) {
    const auto go_back = [&] {
        if (::setns(ours.get(), CLONE_NEWNET) < 0)
            throw Error::from_errno(errno, "return to our network namespace");
    };
    try {
        inside();
    } catch (...) {
        go_back();
        throw;
    }
    go_back();
}

}  // namespace

std::optional<NetworkNamespace> make_network_namespace(const std::function<void()>& inside) {
    const auto ours = open_own();
    if (!can_return_to(ours)) return std::nullopt;
    if (::unshare(CLONE_NEWNET) < 0) throw Error::from_errno(errno, "unshare network namespace");
    UniqueFd made;
    visit(ours, [&] {
        made = open_own();
        inside();
    });
    auto path = fmt::format("/proc/{}/fd/{}", read_link(HostPath("/proc/self")), made.get());
    return NetworkNamespace{std::move(made), std::move(path)};
}

bool visit_network_namespace(const UniqueFd& ns, const std::function<void()>& inside) {
    const auto ours = open_own();
    if (!can_return_to(ours)) return false;
    if (::setns(ns.get(), CLONE_NEWNET) < 0) throw Error::from_errno(errno, "join network namespace");
    visit(ours, inside);
    return true;
}

}  // namespace runcxx::sys
