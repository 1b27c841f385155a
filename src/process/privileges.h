// SPDX-License-Identifier: Apache-2.0
// Small per-process attributes: no_new_privs, umask, the parent death signal.
// Runs in: init.
#pragma once

#include <cstdint>

namespace runcxx::process {

// prctl(PR_SET_NO_NEW_PRIVS), Linux 3.5.
void set_no_new_privileges();

void set_umask(std::uint32_t mask);

// The parent death signal as it was when this was made; change of credentials clears it, restore() brings it
// back.
class ParentDeathSignal {
public:
    ParentDeathSignal();
    // Nothing happens when none was set.
    void restore() const;

private:
    int signal_ = 0;
};

}  // namespace runcxx::process
