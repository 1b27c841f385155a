// SPDX-License-Identifier: Apache-2.0
// Enters the namespaces: those given by path, then the new ones. The order matters:
//   joins first, with the privileges of outside and before there is a mount namespace of our own;
//   the new user namespace before the others, so that it owns them (the kernel would see to that in one
//   unshare(2) too, but the ids must be mapped before the others are made: some give files, mqueue's for one,
//   to the uid of that moment); the pid namespace takes effect for children only, so init is forked last.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "clone.h"
#include "log.h"
#include "stages.h"
#include "sync_io.h"

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x00000080
#endif

static void set_dumpable(unsigned long value) {
    log_debug("set process as %sdumpable", value != 0 ? "" : "non-");
    if (prctl(PR_SET_DUMPABLE, value, 0, 0, 0) < 0)
        fail_with(errno, NULL, "failed to set process as %sdumpable", value != 0 ? "" : "non-");
}

static void enter_user_namespace(struct nsexec* context) {
    if (!context->born_in_user) unshare_namespaces(context->proc_fd, CLONE_NEWUSER);
    context->message.clone_flags &= ~(uint32_t)CLONE_NEWUSER;

    // The files of a process that isn't dumpable belong to root, and an unprivileged stage 0 couldn't open
    // our maps.
    const bool expose = context->is_unprivileged && context->message.join_flags != 0;
    if (expose) set_dumpable(1);
    log_debug("request stage-0 to map user namespace");
    sync_send(context->parent_sync, RUNCXX_SYNC_USERMAP_PLS);
    sync_expect(context->parent_sync, RUNCXX_SYNC_USERMAP_ACK, "stage-0");
    if (!context->needs_pid_fork) {  // stage 0 has nothing left to do and is gone
        close(context->parent_sync);
        context->parent_sync = -1;
        log_set_peer(-1);
    }
    if (expose) set_dumpable(0);

    if (setresuid(0, 0, 0) < 0)
        fail_with(errno, errno == EINVAL ? "uid 0 is not mapped" : NULL,
                  "failed to become root in user namespace");
}

// Offsets can be set while no process is in the namespace yet, see time_namespaces(7). A child is born in it;
// without one we enter it ourselves, which setns(2) allows to a process with one thread.
static void enter_time_namespace(struct nsexec* context) {
    if (context->time_offsets_fd >= 0) {
        const char* text = context->message.time_offsets;
        log_debug("update /proc/self/timens_offsets to '%s'", text);
        if (write(context->time_offsets_fd, text, strlen(text)) < 0)
            fail_with(errno, errno == EPERM ? "it takes CAP_SYS_TIME" : NULL,
                      "failed to update /proc/self/timens_offsets to '%s'", text);
        close(context->time_offsets_fd);
        context->time_offsets_fd = -1;
    }
    if (context->needs_pid_fork) return;
    const int fd = openat(context->proc_fd, "self/ns/time_for_children", O_RDONLY | O_CLOEXEC);
    if (fd < 0) fail_with(errno, NULL, "failed to open /proc/self/ns/time_for_children");
    if (setns(fd, CLONE_NEWTIME) < 0) fail_with(errno, NULL, "failed to enter the new time namespace");
    close(fd);
}

// Returns in init. The process that forks it waits until the runtime knows init's pid, lets init go and
// exits; if it dies before, init sees the end of file and dies too.
static void fork_init(struct nsexec* context) {
    int ends[2];
    sync_pair(ends);
    log_debug("spawn stage-2");
    const pid_t pid = clone_sibling(context->proc_fd, 0, "stage-2");
    if (pid == 0) {
        close(ends[0]);
        if (context->parent_sync >= 0) close(context->parent_sync);
        context->parent_sync = -1;
        context->grandchild_sync = ends[1];
        log_set_peer(ends[1]);
        return;
    }
    close(ends[1]);
    if (context->parent_sync >= 0) {
        const int32_t stage2_pid = pid;
        log_debug("request stage-0 to forward stage-2 pid (%d)", pid);
        sync_send(context->parent_sync, RUNCXX_SYNC_RECVPID_PLS);
        if (!send_full(context->parent_sync, &stage2_pid, sizeof(stage2_pid)))
            fail_with(errno, NULL, "failed to send the pid of stage-2");
        sync_expect(context->parent_sync, RUNCXX_SYNC_RECVPID_ACK, "stage-0");
    } else {
        report_pids(context->init_pipe, pid, pid);
    }
    sync_send(ends[0], RUNCXX_SYNC_GRANDCHILD);
    _exit(0);
}

void stage_child(struct nsexec* context) {
    if (context->message.join_count > 0) {
        // From the first join on, processes of the joined namespaces might see us; they shall neither trace
        // us nor reach our memory and fds through /proc. Without joins there is nobody to fear, and for a
        // rootless runtime it would make our own files in /proc root's. What follows in main() inherits it;
        // execve(2) ends it.
        set_dumpable(0);
        join_namespaces(context->proc_fd, &context->message, &context->namespaces);
    }
    if (context->is_new_user) enter_user_namespace(context);
    unshare_namespaces(context->proc_fd, context->message.clone_flags);
    if ((context->message.clone_flags & CLONE_NEWTIME) != 0) enter_time_namespace(context);

    if (context->needs_pid_fork)
        fork_init(context);
    else if (!context->is_new_user)
        report_pids(context->init_pipe, getpid(), getpid());
}
