// SPDX-License-Identifier: Apache-2.0
// Verbs without an argument.
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "files.h"
#include "json.h"
#include "verbs.h"

extern char** environ;

static void fact_mounts(void) {
    char* rest = read_file("/proc/self/mountinfo");
    open_bracket('[');
    for (char* line; rest && (line = strsep(&rest, "\n"));) {
        if (!*line) continue;
        char root[4096], target[4096], options[1024], type[256], source[4096], super[4096];
        int used = 0;
        if (sscanf(line, "%*d %*d %*s %4095s %4095s %1023s %n", root, target, options, &used) < 3) continue;
        char* tail = line + used;
        char* dash = strncmp(tail, "- ", 2) == 0 ? tail : strstr(tail, " - ");
        if (!dash) continue;
        char optional[512] = "";
        if (dash != tail) snprintf(optional, sizeof optional, "%.*s", (int)(dash - tail), tail);
        super[0] = '\0';
        sscanf(dash + (dash == tail ? 2 : 3), "%255s %4095s %4095s", type, source, super);
        open_bracket('{');
        string_field("target", target);
        string_field("root", root);
        string_field("options", options);
        string_field("propagation", optional);
        string_field("type", type);
        string_field("source", source);
        string_field("super", super);
        close_bracket('}');
    }
    close_bracket(']');
}

static void fact_caps(void) {
    open_bracket('{');
    hex_field("inheritable", status_hex("CapInh:"));
    hex_field("permitted", status_hex("CapPrm:"));
    hex_field("effective", status_hex("CapEff:"));
    hex_field("bounding", status_hex("CapBnd:"));
    hex_field("ambient", status_hex("CapAmb:"));
    close_bracket('}');
}

static void fact_ids(void) {
    uid_t ruid, euid, suid;
    gid_t rgid, egid, sgid, groups[1024];
    getresuid(&ruid, &euid, &suid);
    getresgid(&rgid, &egid, &sgid);
    int count = getgroups(1024, groups);
    open_bracket('{');
    int_field("uid", ruid);
    int_field("euid", euid);
    int_field("suid", suid);
    int_field("gid", rgid);
    int_field("egid", egid);
    int_field("sgid", sgid);
    int_field("pid", getpid());
    int_field("ppid", getppid());
    int_field("sid", getsid(0));
    int_field("pgid", getpgid(0));
    key("groups");
    open_bracket('[');
    for (int i = 0; i < count; i++)
        int_value(groups[i]);
    close_bracket(']');
    key("uid_map");
    lines_value("/proc/self/uid_map");
    key("gid_map");
    lines_value("/proc/self/gid_map");
    key("setgroups");
    lines_value("/proc/self/setgroups");
    close_bracket('}');
}

static void fact_rlimits(void) {
    static const char* const names[] = {"CPU",      "FSIZE",  "DATA",    "STACK", "CORE",  "RSS",
                                        "NPROC",    "NOFILE", "MEMLOCK", "AS",    "LOCKS", "SIGPENDING",
                                        "MSGQUEUE", "NICE",   "RTPRIO",  "RTTIME"};
    open_bracket('{');
    for (int i = 0; i < 16; i++) {
        struct rlimit limit = {0, 0};
        getrlimit((__rlimit_resource_t)i, &limit);
        key(names[i]);
        open_bracket('[');
        int_value((long long)limit.rlim_cur);
        int_value((long long)limit.rlim_max);
        close_bracket(']');
    }
    close_bracket('}');
}

static void fact_namespaces(void) {
    static const char* const names[] = {
        "pid", "net", "mnt", "ipc", "uts", "user", "cgroup", "time", "time_for_children"};
    open_bracket('{');
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char path[64], target[64];
        snprintf(path, sizeof path, "/proc/self/ns/%s", names[i]);
        ssize_t length = readlink(path, target, sizeof target - 1);
        target[length < 0 ? 0 : length] = '\0';
        string_field(names[i], target);
    }
    close_bracket('}');
}

// Every open descriptor but the one used to list them.
static void fact_fds(void) {
    open_bracket('{');
    DIR* dir = opendir("/proc/self/fd");
    for (struct dirent* entry; dir && (entry = readdir(dir));) {
        if (entry->d_name[0] == '.' || atoi(entry->d_name) == dirfd(dir)) continue;
        char path[300], target[4096];
        snprintf(path, sizeof path, "/proc/self/fd/%s", entry->d_name);
        ssize_t length = readlink(path, target, sizeof target - 1);
        target[length < 0 ? 0 : length] = '\0';
        string_field(entry->d_name, target);
    }
    if (dir) closedir(dir);
    close_bracket('}');
}

static void fact_cgroup(void) {
    lines_value("/proc/self/cgroup");
}

static void fact_env(void) {
    open_bracket('[');
    for (char** entry = environ; *entry; entry++)
        string_value(*entry);
    close_bracket(']');
}

static void fact_cwd(void) {
    char path[4096];
    string_value(getcwd(path, sizeof path) ? path : errno_name(errno));
}

static void fact_cmdline(void) {
    open_bracket('[');
    for (int i = 0; i < main_argc; i++)
        string_value(main_argv[i]);
    close_bracket(']');
}

static void fact_stdin(void) {
    char text[65536];
    size_t used = 0;
    ssize_t got;
    while (used + 1 < sizeof text && (got = read(0, text + used, sizeof text - 1 - used)) > 0)
        used += (size_t)got;
    text[used] = '\0';
    string_value(text);
}

static void fact_devices(void) {
    open_bracket('{');
    DIR* dir = opendir("/dev");
    for (struct dirent* entry; dir && (entry = readdir(dir));) {
        if (entry->d_name[0] == '.') continue;
        key(entry->d_name);
        open_bracket('{');
        stat_fields(dirfd(dir), entry->d_name);
        close_bracket('}');
    }
    if (dir) closedir(dir);
    close_bracket('}');
}

static void fact_keyring(void) {
    char text[256] = "";
    long serial = syscall(SYS_keyctl, 0 /* KEYCTL_GET_KEYRING_ID */, -3L /* session */, 0L);
    if (serial > 0) syscall(SYS_keyctl, 6 /* KEYCTL_DESCRIBE */, serial, text, sizeof text - 1);
    open_bracket('{');
    int_field("serial", serial);
    string_field("description", text);
    close_bracket('}');
}

static void fact_seccomp(void) {
    int_value(status_number("\nSeccomp:"));
}

static void fact_oom(void) {
    const char* text = read_file("/proc/self/oom_score_adj");
    int_value(text ? atoi(text) : -9999);
}

static void fact_umask(void) {
    mode_t mask = umask(0);
    umask(mask);
    char text[8];
    snprintf(text, sizeof text, "%04o", (unsigned)mask);
    string_value(text);
}

static void fact_nnp(void) {
    int_value(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
}

static void fact_tty(void) {
    open_bracket('{');
    bool_field("stdin", isatty(0));
    bool_field("stdout", isatty(1));
    bool_field("stderr", isatty(2));
    struct winsize size = {0};
    if (ioctl(0, TIOCGWINSZ, &size) == 0) {
        int_field("rows", size.ws_row);
        int_field("cols", size.ws_col);
    }
    int control = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    bool_field("controlling", control >= 0);
    if (control >= 0) {
        int_field("foreground", tcgetpgrp(control) == getpgrp());
        close(control);
    }
    char name[256];
    ssize_t length = readlink("/proc/self/fd/0", name, sizeof name - 1);
    name[length < 0 ? 0 : length] = '\0';
    string_field("name", name);
    close_bracket('}');
}

static void fact_hostname(void) {
    struct utsname names;
    uname(&names);
    open_bracket('{');
    string_field("host", names.nodename);
    string_field("domain", names.domainname);
    close_bracket('}');
}

// struct sched_attr of linux/sched/types.h, which clashes with sched.h.
struct scheduling {
    uint32_t size, policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t runtime, deadline, period;
};

static void fact_sched(void) {
    struct scheduling scheduling = {0};
    syscall(SYS_sched_getattr, 0, &scheduling, sizeof scheduling, 0);
    struct utsname system;
    uname(&system);
    cpu_set_t cpus;
    CPU_ZERO(&cpus);
    sched_getaffinity(0, sizeof cpus, &cpus);
    open_bracket('{');
    int_field("policy", scheduling.policy);
    int_field("flags", (long long)scheduling.flags);
    int_field("priority", scheduling.priority);
    int_field("runtime", (long long)scheduling.runtime);
    int_field("deadline", (long long)scheduling.deadline);
    int_field("period", (long long)scheduling.period);
    int_field("nice", getpriority(PRIO_PROCESS, 0));
    int_field("cpus", CPU_COUNT(&cpus));
    int_field("ioprio", syscall(SYS_ioprio_get, 1, 0));
    int_field("personality", syscall(SYS_personality, 0xffffffffUL));
    string_field("machine", system.machine);
    int pdeathsig = 0;
    prctl(PR_GET_PDEATHSIG, &pdeathsig);
    int_field("pdeathsig", pdeathsig);
    int_field("dumpable", prctl(PR_GET_DUMPABLE));
    close_bracket('}');
}

static void fact_mempolicy(void) {
    int mode = 0;
    unsigned long nodes[16] = {0};
    long result = syscall(SYS_get_mempolicy, &mode, nodes, 8 * sizeof nodes, NULL, 0);
    open_bracket('{');
    string_field("errno", result < 0 ? errno_name(errno) : "");
    int_field("mode", mode);
    hex_field("nodes", nodes[0]);
    close_bracket('}');
}

static void fact_signals(void) {
    open_bracket('{');
    hex_field("blocked", status_hex("SigBlk:"));
    hex_field("ignored", status_hex("SigIgn:"));
    close_bracket('}');
}

static void fact_time(void) {
    struct timespec monotonic, boottime;
    clock_gettime(CLOCK_MONOTONIC, &monotonic);
    clock_gettime(CLOCK_BOOTTIME, &boottime);
    open_bracket('{');
    int_field("monotonic", monotonic.tv_sec);
    int_field("boottime", boottime.tv_sec);
    key("offsets");
    lines_value("/proc/self/timens_offsets");
    close_bracket('}');
}

static void fact_net(void) {
    open_bracket('{');
    key("devices");
    lines_value("/proc/net/dev");
    int probe_socket = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    struct {
        char name[16];
        short flags;
        char pad[22];
    } request = {"lo", 0, {0}};
    int result = ioctl(probe_socket, 0x8913 /* SIOCGIFFLAGS */, &request);
    bool_field("lo_up", result == 0 && (request.flags & 1));
    close(probe_socket);
    close_bracket('}');
}

const struct fact facts[] = {{"mounts", fact_mounts},
                             {"caps", fact_caps},
                             {"ids", fact_ids},
                             {"rlimits", fact_rlimits},
                             {"limits", fact_rlimits},
                             {"namespaces", fact_namespaces},
                             {"fds", fact_fds},
                             {"cgroup", fact_cgroup},
                             {"env", fact_env},
                             {"cwd", fact_cwd},
                             {"cmdline", fact_cmdline},
                             {"stdin", fact_stdin},
                             {"devices", fact_devices},
                             {"keyring", fact_keyring},
                             {"seccomp", fact_seccomp},
                             {"oom", fact_oom},
                             {"umask", fact_umask},
                             {"nnp", fact_nnp},
                             {"tty", fact_tty},
                             {"hostname", fact_hostname},
                             {"sched", fact_sched},
                             {"signalmask", fact_signals},
                             {"time", fact_time},
                             {"net", fact_net},
                             {"mempolicy", fact_mempolicy},
                             {NULL, NULL}};
