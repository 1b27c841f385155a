// SPDX-License-Identifier: Apache-2.0
// mount_namespaces(7): one of our own for a while, in which what is mounted is seen by nobody else and ends with the
// last process in it, however that ends. Runs in: runtime.
#pragma once

#include "sys/unique_fd.h"

namespace runcxx::sys {

class PrivateMounts {
public:
    // From here on this process is in a copy of its mount namespace, which the host's mounts still reach (MS_SLAVE) but
    // whose own stay inside. Root and current directory are the same directories. Needs CAP_SYS_ADMIN. Errors:
    // "unshare mount namespace".
    PrivateMounts();
    PrivateMounts(const PrivateMounts&) = delete;
    PrivateMounts& operator=(const PrivateMounts&) = delete;
    // Leaves it if leave() has not been called. A process that cannot return ends: nothing that it would do next is for
    // this namespace.
    ~PrivateMounts();

    // Back, with the root and the current directory of before. Errors: "return to our mount namespace".
    void leave();

private:
    UniqueFd namespace_;
    UniqueFd root_;
    UniqueFd working_dir_;
};

}  // namespace runcxx::sys
