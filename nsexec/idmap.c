// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include "idmap.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "log.h"
#include "sync_io.h"

// One of the two maps.
struct map {
    const char* file;  // in /proc/PID
    const char* tool_name;
    const char* tool;  // path or NULL
    const char* text;
};

static void close_from(int first) {
#ifdef SYS_close_range
    if (syscall(SYS_close_range, (unsigned)first, ~0u, 0) == 0) return;
#endif
    long limit = sysconf(_SC_OPEN_MAX);  // kernel before 5.9
    if (limit < 0 || limit > 65536) limit = 65536;
    for (int fd = first; fd < limit; fd++)
        close(fd);
}

// argv of newuidmap(1): tool, pid, then every word of the map. `words` is cut at its blanks. Never freed: the
// process either fails or is about to exec or to exit.
static char** tool_arguments(const struct map* map, char* pid_text, char* words) {
    size_t count = 0;
    for (const char* at = words; *at != '\0'; at++)
        count += *at == ' ' || *at == '\n';
    char** arguments = calloc(count + 4, sizeof(*arguments));
    if (arguments == NULL) fail_with(errno, NULL, "failed to allocate the arguments of %s", map->tool_name);
    size_t used = 0;
    arguments[used++] = (char*)(uintptr_t)map->tool;
    arguments[used++] = pid_text;
    char* rest = NULL;
    for (char* word = strtok_r(words, " \n", &rest); word != NULL; word = strtok_r(NULL, " \n", &rest))
        arguments[used++] = word;
    return arguments;
}

// Only async-signal-safe calls, no log: this is the child.
__attribute__((noreturn)) static void run_tool(char** arguments, int output) {
    char* const no_environment[] = {NULL};
    dup2(output, STDOUT_FILENO);
    dup2(output, STDERR_FILENO);
    // The tool is setuid root: it gets none of what the runtime has left open for main().
    close_from(STDERR_FILENO + 1);
    execve(arguments[0], arguments, no_environment);
    dprintf(STDERR_FILENO, "%s", strerror(errno));
    _exit(127);
}

// What the tool says, in one line; drains the pipe.
static void read_output(int fd, char* out, size_t size) {
    size_t length = 0;
    char scratch[512];
    ssize_t got;
    while ((got = read(fd, scratch, sizeof(scratch))) > 0 || (got < 0 && errno == EINTR)) {
        for (ssize_t i = 0; i < got && length + 1 < size; i++)
            out[length++] = scratch[i] == '\n' || scratch[i] == '\0' ? ' ' : scratch[i];
    }
    while (length > 0 && out[length - 1] == ' ')
        length--;
    out[length] = '\0';
}

static void map_with_tool(pid_t pid, const struct map* map) {
    char pid_text[16];
    snprintf(pid_text, sizeof(pid_text), "%d", pid);
    char* words = strdup(map->text);
    if (words == NULL) fail_with(errno, NULL, "failed to copy the %s", map->file);
    char** arguments = tool_arguments(map, pid_text, words);

    int output[2];
    if (pipe2(output, O_CLOEXEC) < 0)
        fail_with(errno, NULL, "failed to create a pipe for %s", map->tool_name);
    // With SIGCHLD ignored, as it may be inherited, waitpid would never report the status.
    const struct sigaction default_action = {.sa_handler = SIG_DFL};
    sigaction(SIGCHLD, &default_action, NULL);
    const pid_t child = fork();
    if (child < 0) fail_with(errno, NULL, "failed to fork for %s", map->tool_name);
    if (child == 0) run_tool(arguments, output[1]);
    close(output[1]);
    char said[512];
    read_output(output[0], said, sizeof(said));
    close(output[0]);
    free(arguments);
    free(words);

    int status = 0;
    while (waitpid(child, &status, 0) < 0) {
        if (errno != EINTR) fail_with(errno, NULL, "failed to wait for %s", map->tool_name);
    }
    if (WIFSIGNALED(status))
        fail("failed to use %s on %d: killed by signal %d", map->tool, pid, WTERMSIG(status));
    if (WEXITSTATUS(status) != 0)
        fail("failed to use %s on %d: exit status %d: %s", map->tool, pid, WEXITSTATUS(status), said);
}

static void write_map(int proc_fd, pid_t pid, const struct map* map) {
    char path[32];
    snprintf(path, sizeof(path), "%d/%s", pid, map->file);
    log_debug("update /proc/%s to '%s'", path, map->text);
    if (write_file_at(proc_fd, path, map->text)) return;
    if (errno == EINVAL)
        fail_with(errno, "overlapping or too many ranges?", "failed to update /proc/%s to '%s'", path,
                  map->text);
    if (errno != EPERM) fail_with(errno, NULL, "failed to update /proc/%s", path);
    if (map->tool == NULL) {
        char hint[128] = "";
        if (read_sysctl(proc_fd, "sys/kernel/apparmor_restrict_unprivileged_userns") == 1)
            snprintf(hint, sizeof(hint), "kernel.apparmor_restrict_unprivileged_userns is 1");
        else
            snprintf(hint, sizeof(hint), "not ours to map, and %s is not in the runtime's PATH",
                     map->tool_name);
        fail_with(EPERM, hint, "failed to update /proc/%s to '%s'", path, map->text);
    }
    log_debug("update /proc/%s got -EPERM (trying %s)", path, map->tool);
    map_with_tool(pid, map);
}

void map_ids(int proc_fd, pid_t pid, const struct bootstrap* message) {
    // Without privileges the kernel (3.19 and later) takes a gid map only after setgroups(2) is given up, see
    // user_namespaces(7). newgidmap has the privilege, and then groups may stay.
    if (message->rootless_euid && !message->setgroup) {
        char path[32];
        snprintf(path, sizeof(path), "%d/setgroups", pid);
        if (!write_file_at(proc_fd, path, "deny") && errno != ENOENT)
            fail_with(errno, NULL, "failed to write 'deny' to /proc/%s", path);
    }
    write_map(proc_fd, pid, &(struct map){"uid_map", "newuidmap", message->uid_map_tool, message->uid_map});
    write_map(proc_fd, pid, &(struct map){"gid_map", "newgidmap", message->gid_map_tool, message->gid_map});
}
