// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include "join_namespaces.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "log.h"
#include "sync_io.h"

static const char* name_of_flag(int flag) {
#define ROW(id, wire_name, oci_name, namespace_flag) \
    if (flag == (int)(namespace_flag)) return wire_name;
    RUNCXX_NAMESPACES(ROW)
#undef ROW
    return "unknown";
}

static bool is_ours(int proc_fd, const struct bootstrap_join* join, const struct stat* theirs) {
    char path[32];
    struct stat ours;
    snprintf(path, sizeof(path), "self/ns/%s", join->name);
    return fstatat(proc_fd, path, &ours, 0) == 0 && ours.st_ino == theirs->st_ino &&
           ours.st_dev == theirs->st_dev;
}

static int open_namespace(const struct bootstrap_join* join) {
    // O_NONBLOCK: a fifo in the place of a namespace must not hold us up.
    const int fd = open(join->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0) fail_with(errno, NULL, "failed to open %s namespace path %s", join->name, join->path);

    struct statfs filesystem;
    if (fstatfs(fd, &filesystem) < 0) fail_with(errno, NULL, "failed to examine %s", join->path);
    if (filesystem.f_type != NSFS_MAGIC)
        fail("failed to join %s namespace: %s is not a namespace", join->name, join->path);
    // ENOTTY: kernel before 4.11.
    const int type = ioctl(fd, NS_GET_NSTYPE);
    if (type >= 0 && type != (int)join->flag)
        fail("failed to join %s namespace: %s is a %s namespace", join->name, join->path, name_of_flag(type));
    if (type < 0 && errno != ENOTTY)
        fail_with(errno, NULL, "failed to join %s namespace: no namespace type of %s", join->name,
                  join->path);
    return fd;
}

static void open_paths(int proc_fd, const struct bootstrap* message, struct open_namespaces* out) {
    out->pidfd = -1;
    for (size_t i = 0; i < message->join_count; i++) {
        const struct bootstrap_join* join = &message->joins[i];
        out->fds[i] = open_namespace(join);
        struct stat status;
        if (join->flag != CLONE_NEWUSER && join->flag != CLONE_NEWPID) continue;
        if (fstat(out->fds[i], &status) < 0) fail_with(errno, NULL, "failed to examine %s", join->path);
        if (!is_ours(proc_fd, join, &status)) continue;
        log_debug("already in the %s namespace %s", join->name, join->path);
        close(out->fds[i]);
        out->fds[i] = -1;
    }
}

// The pid if every path is /proc/PID/ns/<its type>, else -1.
static int common_pid(const struct bootstrap* message) {
    int common = -1;
    for (size_t i = 0; i < message->join_count; i++) {
        const struct bootstrap_join* join = &message->joins[i];
        if (strncmp(join->path, "/proc/", 6) != 0) return -1;
        const size_t digits = strspn(join->path + 6, "0123456789");
        if (digits == 0 || digits > 9) return -1;
        const char* name = join->path + 6 + digits;
        if (strncmp(name, "/ns/", 4) != 0 || strcmp(name + 4, join->name) != 0) return -1;
        const int pid = atoi(join->path + 6);
        if (pid == 0 || (common >= 0 && pid != common)) return -1;
        common = pid;
    }
    return common;
}

// A pid is a number in our pid namespace, a path a number in that of whoever mounted /proc: they are the same process
// if /proc gives the pidfd that number.
static bool is_same_in_proc(int proc_fd, int pidfd, int pid) {
    char text[512], path[40];
    snprintf(path, sizeof(path), "self/fdinfo/%d", pidfd);
    const int fd = openat(proc_fd, path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return false;
    const ssize_t size = read_full(fd, text, sizeof(text) - 1);
    close(fd);
    if (size < 0) return false;
    text[size] = '\0';
    const char* line = strstr(text, "\nPid:");
    return line != NULL && atoi(line + strlen("\nPid:")) == pid;
}

static bool is_in_ours(int proc_fd, const struct bootstrap_join* join) {
    struct stat theirs;
    return (join->flag == CLONE_NEWUSER || join->flag == CLONE_NEWPID) && stat(join->path, &theirs) == 0 &&
           is_ours(proc_fd, join, &theirs);
}

static bool open_process(int proc_fd, const struct bootstrap* message, struct open_namespaces* out) {
    const int pid = common_pid(message);
    if (pid < 0) return false;
    out->pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
    if (out->pidfd < 0) return false;
    if (!is_same_in_proc(proc_fd, out->pidfd, pid)) {
        close(out->pidfd);
        return false;
    }
    out->pidfd_flags = message->join_flags;
    for (size_t i = 0; i < message->join_count; i++) {
        out->fds[i] = -1;
        if (is_in_ours(proc_fd, &message->joins[i])) out->pidfd_flags &= ~message->joins[i].flag;
    }
    return true;
}

void open_namespaces(int proc_fd, const struct bootstrap* message, struct open_namespaces* out) {
    out->pidfd_flags = 0;
    if (!open_process(proc_fd, message, out)) open_paths(proc_fd, message, out);
}

bool joins_pid_namespace(const struct bootstrap* message, const struct open_namespaces* namespaces) {
    if (namespaces->pidfd >= 0) return (namespaces->pidfd_flags & CLONE_NEWPID) != 0;
    for (size_t i = 0; i < message->join_count; i++) {
        if (message->joins[i].flag == CLONE_NEWPID) return namespaces->fds[i] >= 0;
    }
    return false;
}

// As after unshare(CLONE_NEWUSER) and mapping: what follows shall be done, and owned, by its root.
static void become_root(const char* how) {
    if (setresuid(0, 0, 0) < 0) fail_with(errno, how, "failed to become root in user namespace");
}

static void join_pass(uint32_t flags, const struct bootstrap* message, struct open_namespaces* namespaces) {
    for (size_t i = 0; i < message->join_count; i++) {
        const struct bootstrap_join* join = &message->joins[i];
        if ((join->flag & flags) == 0 || namespaces->fds[i] < 0) continue;
        const int error = setns(namespaces->fds[i], (int)join->flag) < 0 ? errno : 0;
        log_debug("setns(%#x) into %s namespace (with path %s): %s", join->flag, join->name, join->path,
                  strerror(error));
        if (error == EPERM) continue;
        if (error != 0) fail_with(error, join->path, "failed to setns into %s namespace", join->name);
        close(namespaces->fds[i]);
        namespaces->fds[i] = -1;
        if (join->flag == CLONE_NEWUSER) become_root(join->path);
    }
}

static bool join_by_pidfd(struct open_namespaces* namespaces) {
    const uint32_t flags = namespaces->pidfd_flags;
    const int error = flags != 0 && setns(namespaces->pidfd, (int)flags) < 0 ? errno : 0;
    log_debug("setns(%#x) into the namespaces of one process: %s", flags, strerror(error));
    close(namespaces->pidfd);
    namespaces->pidfd = -1;
    if (error != 0) return false;
    if ((flags & CLONE_NEWUSER) != 0) become_root("by pidfd");
    return true;
}

void join_namespaces(int proc_fd, const struct bootstrap* message, struct open_namespaces* namespaces) {
    if (namespaces->pidfd >= 0) {
        if (join_by_pidfd(namespaces)) return;
        open_paths(proc_fd, message, namespaces);
    }
    join_pass(~(uint32_t)CLONE_NEWUSER, message, namespaces);
    join_pass(CLONE_NEWUSER, message, namespaces);
    join_pass(~(uint32_t)CLONE_NEWUSER, message, namespaces);

    char names[64] = "", paths[1024] = "";
    size_t names_length = 0, paths_length = 0;
    for (size_t i = 0; i < message->join_count; i++) {
        const struct bootstrap_join* join = &message->joins[i];
        if (namespaces->fds[i] < 0) continue;
        const char* separator = names_length > 0 ? ", " : "";
        names_length += (size_t)snprintf(names + names_length, sizeof(names) - names_length, "%s%s",
                                         separator, join->name);
        if (paths_length < sizeof(paths))
            paths_length += (size_t)snprintf(paths + paths_length, sizeof(paths) - paths_length, "%s%s",
                                             separator, join->path);
    }
    if (names_length > 0) fail_with(EPERM, paths, "failed to join {%s} namespaces", names);
}
