// SPDX-License-Identifier: Apache-2.0
// Why: init is a process of ours that ends up inside the container, so the container can open /proc/PID/exe
// (and an image can make its entry point "#!/proc/self/exe"). If that handle could be opened for writing,
// container root would overwrite the host's runtime: CVE-2019-5736.
//
// How: init is executed from a detached, read-only mount of our own file. The handle behind /proc/PID/exe
// belongs to that mount, so opening it for writing is EROFS; the mount is in no mount namespace, so nobody
// can remount it, and it was made read-only before anybody else could see it. It costs two system calls and
// copies nothing. Where the kernel is too old (before 5.12) or we lack CAP_SYS_ADMIN over our mount namespace
// (rootless), init runs from a sealed memfd: a private copy that no seal allows to be written, at the cost of
// copying the binary.
#include "launch/sealed_exe.h"

#include "base/log.h"
#include "sys/own_executable.h"

namespace runcxx::launch {

sys::UniqueFd protected_executable() {
    if (auto mount = sys::try_read_only_executable()) {
        log::debug("init runs from a read-only mount of our executable");
        return mount;
    }
    log::debug("init runs from a sealed copy of our executable");
    return sys::sealed_executable_copy();
}

}  // namespace runcxx::launch
