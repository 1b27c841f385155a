// SPDX-License-Identifier: Apache-2.0
#include "sys/seccomp.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "base/error.h"
#include "sys/retry.h"

namespace runcxx::sys {

int try_install_filter(std::span<const std::uint8_t> instructions, std::uint32_t flags, UniqueFd& listener) {
    const auto count = instructions.size() / sizeof(sock_filter);
    if (count == 0 || count > BPF_MAXINSNS || count * sizeof(sock_filter) != instructions.size())
        return EINVAL;
    // The kernel copies the bytes and asks for no alignment.
    sock_fprog program{};
    program.len = static_cast<unsigned short>(count);
    program.filter = reinterpret_cast<sock_filter*>(const_cast<std::uint8_t*>(instructions.data()));
    if (flags == 0) return ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) < 0 ? errno : 0;
    // Not repeated on EINTR: a listener may have been installed by then, and a filter cannot be taken back.
    const long result = ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
    if (result < 0) return errno;
    if ((flags & SECCOMP_FILTER_FLAG_NEW_LISTENER) != 0) listener = UniqueFd(static_cast<int>(result));
    return 0;
}

bool supports_filter_flags(std::uint32_t flags) {
    // Flags are judged before the program is looked at: EFAULT says that only the program was wrong.
    return ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, nullptr) < 0 && errno == EFAULT;
}

UniqueFd make_scratch_file() {
    UniqueFd fd(::memfd_create("runcxx-scratch", MFD_CLOEXEC));
    if (!fd) throw Error::from_errno(errno, "memfd_create");
    return fd;
}

std::string read_from_start(const UniqueFd& file) {
    std::string data;
    char block[4096];
    for (;;) {
        const auto n =
            retry([&] { return ::pread(file.get(), block, sizeof block, static_cast<off_t>(data.size())); });
        if (n < 0) throw Error::from_errno(errno, "read scratch file");
        if (n == 0) return data;
        data.append(block, static_cast<std::size_t>(n));
    }
}

}  // namespace runcxx::sys
