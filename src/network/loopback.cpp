// SPDX-License-Identifier: Apache-2.0
#include "network/loopback.h"

#include "sys/netlink.h"

namespace runcxx::network {

void bring_up_loopback() {
    sys::set_link_up("lo");
}

}  // namespace runcxx::network
