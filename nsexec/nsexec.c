// SPDX-License-Identifier: Apache-2.0
// The constructor that makes `runcxx init` what it is: it runs before the C++ runtime, because entering a
// user namespace takes a process that has never had a second thread, and because the stages fork: nothing may
// be buffered, locked or allocated yet. In every other process it looks at argv[1] and returns.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "log.h"
#include "stages.h"
#include "sync_io.h"

static int open_init_pipe(void) {
    const int fd = env_number(RUNCXX_ENV_INITPIPE);
    int type = 0;
    socklen_t size = sizeof(type);
    if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) < 0)
        fail_with(errno, NULL, "%s=%d", RUNCXX_ENV_INITPIPE, fd);
    if (type != SOCK_STREAM) fail("%s=%d: not a stream socket", RUNCXX_ENV_INITPIPE, fd);
    if (fcntl(fd, F_SETFD, FD_CLOEXEC) < 0) fail_with(errno, NULL, "%s=%d", RUNCXX_ENV_INITPIPE, fd);
    return fd;
}

// A few first CPUs are enough for what this is for: the tests of CPU affinity look for this line, and main()
// would be too late, as the cgroup's cpuset may have changed the mask by then.
static void log_cpu_affinity(void) {
    // The kernel refuses a mask that is smaller than its own; a cpu_set_t ends at CPU 1023.
    unsigned long cpus[65536 / (8 * sizeof(long))] = {0};
    if (!log_enabled(LEVEL_DEBUG)) return;
    if (syscall(SYS_sched_getaffinity, 0, sizeof(cpus), cpus) < 0) {
        log_record(LEVEL_WARNING, "sched_getaffinity: %s", strerror(errno));
        return;
    }
    log_debug("affinity: 0x%lx", cpus[0]);
}

static void read_exactly(int fd, void* buffer, size_t size, const char* what) {
    const ssize_t got = read_full(fd, buffer, size);
    if (got < 0) fail_with(errno, NULL, "failed to read the %s", what);
    if (got == 0) fail("init pipe closed before the %s arrived", what);
    if ((size_t)got < size) fail("%s is truncated: got %zd of %zu bytes", what, got, size);
}

static void read_message(struct nsexec* context) {
    unsigned char header[RUNCXX_BOOTSTRAP_HEADER_SIZE];
    char error[BOOTSTRAP_ERROR_SIZE];
    size_t size = 0;
    read_exactly(context->init_pipe, header, sizeof(header), "bootstrap message");
    if (!bootstrap_decode_header(header, &size, error)) fail("%s", error);
    context->payload = malloc(size + 1);
    if (context->payload == NULL)
        fail_with(errno, NULL, "failed to allocate %zu bytes for the bootstrap message", size);
    if (size > 0)
        read_exactly(context->init_pipe, context->payload, size, "payload of the bootstrap message");
    if (!bootstrap_decode(context->payload, size, &context->message, error)) fail("%s", error);
}

static int open_proc(void) {
    const int fd = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
    struct statfs filesystem;
    if (fd < 0 || fstatfs(fd, &filesystem) < 0) fail_with(errno, NULL, "failed to open /proc");
    if (filesystem.f_type != PROC_SUPER_MAGIC) fail("/proc is not a proc file system");
    return fd;
}

// All later processes inherit the score. While we are dumpable, and by the privileges of the runtime:
// lowering it takes CAP_SYS_RESOURCE.
static void set_oom_score_adj(const struct nsexec* context) {
    const char* score = context->message.oom_score_adj;
    if (score == NULL) return;
    log_debug("update /proc/self/oom_score_adj to '%s'", score);
    if (!write_file_at(context->proc_fd, "self/oom_score_adj", score))
        fail_with(errno, errno == EACCES ? "lowering it takes CAP_SYS_RESOURCE" : NULL,
                  "failed to update /proc/self/oom_score_adj to '%s'", score);
}

void open_time_offsets(struct nsexec* context) {
    if (context->time_offsets_fd >= 0) close(context->time_offsets_fd);
    context->time_offsets_fd = -1;
    if (context->message.time_offsets == NULL) return;
    context->time_offsets_fd = openat(context->proc_fd, "self/timens_offsets", O_WRONLY | O_CLOEXEC);
    if (context->time_offsets_fd < 0)
        fail_with(errno, errno == ENOENT ? "this kernel has no time namespaces" : NULL,
                  "failed to open /proc/self/timens_offsets");
}

void report_pids(int init_pipe, pid_t stage1_pid, pid_t stage2_pid) {
    char line[96];
    const int length = snprintf(line, sizeof(line), RUNCXX_BOOTSTRAP_PID_REPORT, stage1_pid, stage2_pid);
    log_debug("forward stage-1 (%d) and stage-2 (%d) pids to the runtime", stage1_pid, stage2_pid);
    if (!send_full(init_pipe, line, (size_t)length))
        fail_with(errno, NULL, "failed to send the pids to the runtime");
}

static void bootstrap(void) {
    struct nsexec context = {
        .init_pipe = -1, .proc_fd = -1, .time_offsets_fd = -1, .parent_sync = -1, .grandchild_sync = -1};
    log_setup();
    context.init_pipe = open_init_pipe();
    log_debug("=> nsexec container setup");
    log_cpu_affinity();
    read_message(&context);

    log_set_stage(0);
    log_debug("~> nsexec stage-0");
    context.proc_fd = open_proc();
    context.is_unprivileged = geteuid() != 0;
    context.is_new_user = (context.message.clone_flags & CLONE_NEWUSER) != 0;
    set_oom_score_adj(&context);
    open_namespaces(context.proc_fd, &context.message, &context.namespaces);
    context.needs_pid_fork = (context.message.clone_flags & CLONE_NEWPID) != 0 ||
                             joins_pid_namespace(&context.message, &context.namespaces);

    if (context.is_new_user) stage_parent(&context);
    open_time_offsets(&context);
    stage_child(&context);
    stage_init(&context);
}

// glibc passes main's arguments to constructors, in a static-pie too. Priority 101, the first that programs
// may use: before every C++ object with static storage, which a failing or forking stage would otherwise
// leave half used.
__attribute__((constructor(101))) static void nsexec(int argc, char** argv) {
    if (argc < 2 || strcmp(argv[1], RUNCXX_INIT_ARGUMENT) != 0) return;
    const char* init_pipe = getenv(RUNCXX_ENV_INITPIPE);
    if (init_pipe == NULL || *init_pipe == '\0') return;  // main() explains what `init` is
    bootstrap();
}
