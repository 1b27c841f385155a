// SPDX-License-Identifier: Apache-2.0
// Stage 2, the process that becomes the container's: session and ids, then main().
#define _GNU_SOURCE
#include <errno.h>
#include <grp.h>
#include <stdlib.h>
#include <unistd.h>

#include "log.h"
#include "stages.h"
#include "sync_io.h"

void stage_init(struct nsexec* context) {
    log_set_stage(2);
    log_debug("~> nsexec stage-2");
    if (setsid() < 0 && getsid(0) != getpid())
        fail_with(errno, "the runtime must not make init a process group leader", "setsid failed");

    // Groups before ids: afterwards we might not be allowed to. In a namespace where setgroups(2) is denied,
    // or without a new one, main() decides about groups.
    if (context->message.setgroup && !context->message.rootless_euid && setgroups(0, NULL) < 0)
        fail_with(errno, NULL, "setgroups failed");
    if (setresgid(0, 0, 0) < 0)
        fail_with(errno, errno == EINVAL ? "gid 0 is not mapped" : NULL, "setgid failed");
    if (setresuid(0, 0, 0) < 0)
        fail_with(errno, errno == EINVAL ? "uid 0 is not mapped" : NULL, "setuid failed");

    if (context->grandchild_sync >= 0) {
        sync_expect(context->grandchild_sync, RUNCXX_SYNC_GRANDCHILD, "the stage that forked init");
        close(context->grandchild_sync);
        context->grandchild_sync = -1;
    }
    log_set_peer(-1);
    if (context->time_offsets_fd >= 0) close(context->time_offsets_fd);
    close(context->proc_fd);
    free(context->payload);
    log_debug("<= nsexec container setup");
}
