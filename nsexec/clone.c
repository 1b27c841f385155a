// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include "clone.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "log.h"
#include "runcxx/bootstrap_wire.h"
#include "sync_io.h"

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x00000080
#endif

struct namespace_row {
    const char* name;
    uint32_t flag;
};

static const struct namespace_row kNamespaces[RUNCXX_NAMESPACE_COUNT] = {
#define ROW(id, wire_name, oci_name, flag) {wire_name, flag},
    RUNCXX_NAMESPACES(ROW)
#undef ROW
};

#define SAME(ours, system) _Static_assert((ours) == (uint32_t)(system), "the wire's flags are the kernel's")
enum {
#define ENUMERATOR(id, wire_name, oci_name, flag) WIRE_##id = (flag),
    RUNCXX_NAMESPACES(ENUMERATOR)
#undef ENUMERATOR
};
SAME(WIRE_USER, CLONE_NEWUSER);
SAME(WIRE_IPC, CLONE_NEWIPC);
SAME(WIRE_UTS, CLONE_NEWUTS);
SAME(WIRE_NET, CLONE_NEWNET);
SAME(WIRE_PID, CLONE_NEWPID);
SAME(WIRE_MNT, CLONE_NEWNS);
SAME(WIRE_CGROUP, CLONE_NEWCGROUP);
SAME(WIRE_TIME, CLONE_NEWTIME);

// The size of every hint; a hint that does not fit is cut.
enum { HINT_SIZE = 256 };

// "user, pid" for the flags of a message.
static void list_namespaces(uint32_t flags, char* out, size_t size) {
    size_t length = 0;
    out[0] = '\0';
    for (size_t i = 0; i < RUNCXX_NAMESPACE_COUNT; i++) {
        if ((flags & kNamespaces[i].flag) == 0 || length >= size) continue;
        length += (size_t)snprintf(out + length, size - length, "%s%s", length > 0 ? ", " : "",
                                   kNamespaces[i].name);
    }
}

// ENOSPC: a limit on the number of namespaces (user_namespaces(7), /proc/sys/user) or on their nesting.
static void explain_limit(int proc_fd, uint32_t flags, char* hint) {
    for (size_t i = 0; i < RUNCXX_NAMESPACE_COUNT; i++) {
        if ((flags & kNamespaces[i].flag) == 0) continue;
        char path[64];
        snprintf(path, sizeof(path), "sys/user/max_%s_namespaces", kNamespaces[i].name);
        const long limit = read_sysctl(proc_fd, path);
        if (limit < 0) continue;
        snprintf(hint, HINT_SIZE, "user.max_%s_namespaces is %ld", kNamespaces[i].name, limit);
        if (limit == 0) return;  // certainly this one
    }
}

static void explain_permission(int proc_fd, uint32_t flags, char* hint) {
    if ((flags & CLONE_NEWUSER) != 0 && read_sysctl(proc_fd, "sys/kernel/unprivileged_userns_clone") == 0)
        snprintf(hint, HINT_SIZE, "kernel.unprivileged_userns_clone is 0");
    else if (read_sysctl(proc_fd, "sys/kernel/apparmor_restrict_unprivileged_userns") == 1)
        snprintf(hint, HINT_SIZE, "kernel.apparmor_restrict_unprivileged_userns is 1");
    else if ((flags & CLONE_NEWUSER) == 0)
        snprintf(hint, HINT_SIZE, "it takes CAP_SYS_ADMIN");
}

static void explain_missing(int proc_fd, uint32_t flags, char* hint) {
    for (size_t i = 0; i < RUNCXX_NAMESPACE_COUNT; i++) {
        char path[32];
        struct stat status;
        snprintf(path, sizeof(path), "self/ns/%s", kNamespaces[i].name);
        if ((flags & kNamespaces[i].flag) != 0 && fstatat(proc_fd, path, &status, 0) < 0 && errno == ENOENT)
            snprintf(hint, HINT_SIZE, "this kernel has no %s namespaces", kNamespaces[i].name);
    }
}

static void explain_namespaces(int proc_fd, uint32_t flags, int error, char hint[HINT_SIZE]) {
    hint[0] = '\0';
    if (error == ENOSPC || error == EUSERS) explain_limit(proc_fd, flags, hint);
    if (error == EPERM) explain_permission(proc_fd, flags, hint);
    if (error == EINVAL) explain_missing(proc_fd, flags, hint);
}

static void explain_fork(int proc_fd, uint32_t flags, int error, char hint[HINT_SIZE]) {
    explain_namespaces(proc_fd, flags, error, hint);
    struct rlimit limit;
    if (error == EAGAIN && getrlimit(RLIMIT_NPROC, &limit) == 0) {
        if (limit.rlim_cur == RLIM_INFINITY)
            snprintf(hint, HINT_SIZE,
                     "pids.max of the cgroup, kernel.threads-max or kernel.pid_max is reached");
        else
            snprintf(hint, HINT_SIZE, "RLIMIT_NPROC is %llu, or pids.max of the cgroup is reached",
                     (unsigned long long)limit.rlim_cur);
    } else if (error == ENOMEM) {
        // What alloc_pid says about a namespace whose pid 1 is gone (fork(2)).
        snprintf(hint, HINT_SIZE,
                 "the first process of the joined pid namespace has ended, or memory is short");
    } else if (error == EINVAL && getpid() == 1) {
        snprintf(hint, HINT_SIZE, "the first process of a pid namespace can't have siblings");
    }
}

// fork(2) with CLONE_PARENT. The C library has no such thing: clone() wants a stack, and leaves its own note
// of the thread's id, which abort() and pthread mutexes use, at the parent's value. The kernel can correct
// that note, because the library has told it the address (set_tid_address(2)); a kernel without
// CONFIG_CHECKPOINT_RESTORE can't tell us, and then the note stays wrong, which costs nothing but the quality
// of an abort().
static pid_t fork_sibling(uint32_t namespace_flags) {
    void* thread_id = NULL;
    unsigned long flags = CLONE_PARENT | namespace_flags | SIGCHLD;
    if (prctl(PR_GET_TID_ADDRESS, &thread_id) == 0 && thread_id != NULL)
        flags |= CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID;
        // The last two arguments, child's tid and TLS, change places between architectures; TLS is not looked
        // at without CLONE_SETTLS.
#if defined(__s390__) || defined(__CRIS__)
    return (pid_t)syscall(SYS_clone, NULL, flags, NULL, thread_id, thread_id);
#else
    return (pid_t)syscall(SYS_clone, flags, NULL, NULL, thread_id, thread_id);
#endif
}

pid_t clone_sibling(int proc_fd, uint32_t namespace_flags, const char* name) {
    const pid_t pid = fork_sibling(namespace_flags);
    if (pid >= 0) return pid;
    const int error = errno;
    char hint[HINT_SIZE], names[64];
    explain_fork(proc_fd, namespace_flags, error, hint);
    list_namespaces(namespace_flags, names, sizeof(names));
    if (namespace_flags != 0)
        fail_with(error, hint, "unable to spawn %s in new namespaces {%s}", name, names);
    fail_with(error, hint, "unable to spawn %s", name);
}

static bool try_unshare(uint32_t flags) {
    // Kernels before 4.3 say EINVAL while another process reads our /proc/PID/status or maps.
    for (int attempt = 0; attempt < 5; attempt++) {
        if (unshare((int)flags) == 0) return true;
        if (errno != EINVAL) break;
    }
    return false;
}

void unshare_namespaces(int proc_fd, uint32_t flags) {
    if (flags == 0) return;
    if (log_enabled(LEVEL_DEBUG)) {
        char names[64];
        list_namespaces(flags, names, sizeof(names));
        log_debug("unshare {%s}", names);
    }
    if (try_unshare(flags)) return;
    // The kernel does all or nothing and doesn't say which one it minds: one by one, it does.
    for (size_t i = 0; i < RUNCXX_NAMESPACE_COUNT; i++) {
        if ((flags & kNamespaces[i].flag) == 0 || try_unshare(kNamespaces[i].flag)) continue;
        const int error = errno;
        char hint[HINT_SIZE];
        explain_namespaces(proc_fd, kNamespaces[i].flag, error, hint);
        fail_with(error, hint, "failed to unshare %s namespace", kNamespaces[i].name);
    }
}
