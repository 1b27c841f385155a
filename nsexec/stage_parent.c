// SPDX-License-Identifier: Apache-2.0
// Stage 0 of a container with a new user namespace. A process that has entered a new user namespace can map
// nothing but its own single id, and has no power left over anything else: the one that writes the maps must
// stay outside, with the runtime's privileges, and in the runtime's mount namespace, where newuidmap is the
// host's.
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <stdint.h>
#include <unistd.h>

#include "clone.h"
#include "idmap.h"
#include "log.h"
#include "stages.h"
#include "sync_io.h"

__attribute__((noreturn)) static void serve_stage_1(const struct nsexec* context, int sync_fd,
                                                    pid_t stage1_pid) {
    log_set_peer(sync_fd);
    sync_expect(sync_fd, RUNCXX_SYNC_USERMAP_PLS, "stage-1");
    log_debug("stage-1 requested userns mappings");
    map_ids(context->proc_fd, stage1_pid, &context->message);
    if (!context->needs_pid_fork) {
        // Before the answer: stage 1 is init, and must not go on unless the runtime has been told.
        report_pids(context->init_pipe, stage1_pid, stage1_pid);
        sync_send(sync_fd, RUNCXX_SYNC_USERMAP_ACK);
        _exit(0);
    }
    sync_send(sync_fd, RUNCXX_SYNC_USERMAP_ACK);

    sync_expect(sync_fd, RUNCXX_SYNC_RECVPID_PLS, "stage-1");
    int32_t stage2_pid = 0;
    const ssize_t got = read_full(sync_fd, &stage2_pid, sizeof(stage2_pid));
    if (got != (ssize_t)sizeof(stage2_pid) || stage2_pid <= 0) fail("stage-1 sent no pid of stage-2");
    report_pids(context->init_pipe, stage1_pid, stage2_pid);
    sync_send(sync_fd, RUNCXX_SYNC_RECVPID_ACK);
    _exit(0);
}

void stage_parent(struct nsexec* context) {
    // A process can be born into a new user namespace and a pid namespace owned by it, which saves the fork
    // of stage 2. Not if there is something to join, which takes the privileges it would be born without.
    uint32_t born_in = 0;
    if ((context->message.clone_flags & CLONE_NEWPID) != 0 && context->message.join_flags == 0) {
        born_in = CLONE_NEWUSER | CLONE_NEWPID;
        context->needs_pid_fork = false;
        context->born_in_user = true;
        context->message.clone_flags &= ~born_in;
    }

    int ends[2];
    sync_pair(ends);
    log_debug("spawn stage-1");
    const pid_t pid = clone_sibling(context->proc_fd, born_in, "stage-1");
    if (pid > 0) {
        close(ends[1]);
        serve_stage_1(context, ends[0], pid);
    }
    close(ends[0]);
    context->parent_sync = ends[1];
    log_set_peer(ends[1]);
    log_set_stage(1);
    log_debug("~> nsexec stage-1");
}
