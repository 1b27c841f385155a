// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include "join_namespaces.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "log.h"

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

void open_namespaces(int proc_fd, const struct bootstrap* message, struct open_namespaces* out) {
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

bool joins_pid_namespace(const struct bootstrap* message, const struct open_namespaces* namespaces) {
    for (size_t i = 0; i < message->join_count; i++) {
        if (message->joins[i].flag == CLONE_NEWPID) return namespaces->fds[i] >= 0;
    }
    return false;
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
        // As after unshare(CLONE_NEWUSER) and mapping: what follows shall be done, and owned, by its root.
        if (join->flag == CLONE_NEWUSER && setresuid(0, 0, 0) < 0)
            fail_with(errno, join->path, "failed to become root in user namespace");
    }
}

void join_namespaces(const struct bootstrap* message, struct open_namespaces* namespaces) {
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
