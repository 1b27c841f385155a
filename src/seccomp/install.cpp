// SPDX-License-Identifier: Apache-2.0
#include "seccomp/install.h"

#include "base/error.h"
#include "sys/seccomp.h"

namespace runcxx::seccomp {

sys::UniqueFd install(const config::SeccompProgram& program) {
    sys::UniqueFd listener;
    const int error = sys::try_install_filter(program.instructions, program.flags, listener);
    if (error != 0) throw Error::from_errno(error, "error loading seccomp filter into kernel");
    return listener;
}

}  // namespace runcxx::seccomp
