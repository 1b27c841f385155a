// SPDX-License-Identifier: Apache-2.0
#include "process/privileges.h"

#include "sys/credentials.h"

namespace runcxx::process {

void set_no_new_privileges() {
    sys::set_no_new_privileges();
}

void set_umask(std::uint32_t mask) {
    sys::set_umask(static_cast<mode_t>(mask));
}

ParentDeathSignal::ParentDeathSignal() : signal_(sys::parent_death_signal()) {}

void ParentDeathSignal::restore() const {
    if (signal_ != 0) sys::set_parent_death_signal(signal_);
}

}  // namespace runcxx::process
