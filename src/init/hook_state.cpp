// SPDX-License-Identifier: Apache-2.0
#include "init/hook_state.h"

#include "sys/child_process.h"

namespace runcxx::init {

std::string hook_state(const config::Init& configuration, std::string status) {
    auto state = configuration.hook_state;
    state.status = std::move(status);
    state.pid = sys::own_pid();
    return oci::to_json(state);
}

}  // namespace runcxx::init
