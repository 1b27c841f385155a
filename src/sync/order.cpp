// SPDX-License-Identifier: Apache-2.0
#include "sync/order.h"

#include <fmt/core.h>

#include "base/text.h"

namespace runcxx::sync {
namespace {

constexpr Named<Type> kTypes[] = {
    {"MountPlease", Type::MountPlease},
    {"MountSource", Type::MountSource},
    {"RootfsReady", Type::RootfsReady},
    {"HooksDone", Type::HooksDone},
    {"ProcessReady", Type::ProcessReady},
    {"Run", Type::Run},
    {"SeccompListener", Type::SeccompListener},
    {"ListenerTaken", Type::ListenerTaken},
    {"Failure", Type::Failure},
};

}  // namespace

std::string_view to_string(Type type) {
    const auto name = find_name(kTypes, type);
    return name.empty() ? "unknown" : name;
}

void Order::accept(Type type) {
    const auto reject = [&] {
        constexpr std::string_view kPhases[] = {"mounting", "rootfs is ready", "setting up the process",
                                                "running", "done"};
        throw Error(fmt::format("unexpected message from init: {} while {}", to_string(type),
                                kPhases[static_cast<int>(phase_)]));
    };
    switch (type) {
        case Type::Failure:
            phase_ = Phase::Done;
            return;
        case Type::MountPlease:
            if (phase_ != Phase::Mounts) reject();
            return;
        case Type::RootfsReady:
            if (phase_ != Phase::Mounts) reject();
            phase_ = Phase::Rootfs;
            return;
        case Type::ProcessReady:
            if (phase_ > Phase::Process) reject();
            phase_ = Phase::Running;
            return;
        case Type::SeccompListener:
            if (phase_ != Phase::Running || listener_seen_) reject();
            listener_seen_ = true;
            return;
        case Type::MountSource:
        case Type::HooksDone:
        case Type::Run:
        case Type::ListenerTaken:
            reject();
    }
    reject();
}

}  // namespace runcxx::sync
