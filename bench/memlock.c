// SPDX-License-Identifier: Apache-2.0
// memlock PROGRAM ARGUMENT...: runs it where raising RLIMIT_MEMLOCK seems to work, as it does for root on a host. In many
// containers and sandboxes root lacks CAP_SYS_RESOURCE; crun raises that limit before it loads its device program and gives
// up if it can't, though kernels since 5.11 don't look at it. A seccomp filter says yes without doing it. All that are
// measured run under it, at no visible price: the kernel knows the answer for every other system call without running the
// filter. Where root can raise the limit there is no filter.
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

static int can_raise(void) {
    struct rlimit limit = {RLIM_INFINITY, RLIM_INFINITY};
    return setrlimit(RLIMIT_MEMLOCK, &limit) == 0;
}

#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define UNLESS(value, skipped) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, skipped)
#define IF(value, skipped) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, skipped, 0)

static int pretend(void) {
    struct sock_filter filter[] = {
        LOAD(nr),
        UNLESS(SYS_prlimit64, 5),
        LOAD(args[1]),
        UNLESS(RLIMIT_MEMLOCK, 3),
        LOAD(args[2]),  // a null pointer only asks
        IF(0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof filter / sizeof *filter, filter};
    return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program);
}

int main(int argc, char** argv) {
    if (argc < 2) return 2;
    if (!can_raise() && pretend() != 0) {
        perror("memlock: seccomp");
        return 1;
    }
    execvp(argv[1], argv + 1);
    perror(argv[1]);
    return 127;
}
