// SPDX-License-Identifier: Apache-2.0
// The legal order of init's messages, as a value: init may be in the hands of a hostile image by the time it
// speaks, so the runtime accepts each message once and in its phase only.
// Runs in: runtime. Issues no syscall.
#pragma once

#include "sync/messages.h"

namespace runcxx::sync {

class Order {
public:
    // for_exec: no container is set up, so neither mounts nor rootfs are spoken of.
    explicit Order(bool for_exec) : phase_(for_exec ? Phase::Process : Phase::Mounts) {}

    // Throws "unexpected message from init: X while Y" when `type` may not come now.
    void accept(Type type);

    // The end of file is success only from here on.
    bool may_end() const { return phase_ == Phase::Running; }

private:
    enum class Phase { Mounts, Rootfs, Process, Running, Done };
    Phase phase_;
    bool listener_seen_ = false;
};

std::string_view to_string(Type type);

}  // namespace runcxx::sync
