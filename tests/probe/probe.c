// SPDX-License-Identifier: Apache-2.0
// The program tests put into bundles as /probe: it reports, as one JSON object on stdout, what a process
// inside the container sees. Usage: probe VERB [ARG] [VERB [ARG]]...; verbs run from left to right. A verb
// with an argument is reported under "verb arg", one without under "verb". Built static, links nothing but
// libc.
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/magic.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/utsname.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

extern char** environ;

// ---- JSON output: values follow each other, `separator` knows whether a comma is due
// --------------------------------

static bool comma_due;

static void separator(void) {
    if (comma_due) putchar(',');
    comma_due = true;
}

static void raw_string(const char* text) {
    putchar('"');
    for (const unsigned char* c = (const unsigned char*)text; *c; c++) {
        if (*c == '"' || *c == '\\')
            printf("\\%c", *c);
        else if (*c < 0x20 || *c >= 0x7f)
            printf("\\u%04x", *c);
        else
            putchar(*c);
    }
    putchar('"');
}

static void key(const char* name) {
    separator();
    raw_string(name);
    putchar(':');
    comma_due = false;
}

static void string_value(const char* text) {
    separator();
    raw_string(text);
}

static void int_value(long long number) {
    separator();
    printf("%lld", number);
}

static void bool_value(bool truth) {
    separator();
    fputs(truth ? "true" : "false", stdout);
}

static void null_value(void) {
    separator();
    fputs("null", stdout);
}

static void open_bracket(char bracket) {
    separator();
    putchar(bracket);
    comma_due = false;
}

static void close_bracket(char bracket) {
    putchar(bracket);
    comma_due = true;
}

static void string_field(const char* name, const char* text) {
    key(name);
    string_value(text);
}

static void int_field(const char* name, long long number) {
    key(name);
    int_value(number);
}

static void bool_field(const char* name, bool truth) {
    key(name);
    bool_value(truth);
}

static const char* errno_name(int error) {
    return error ? strerrorname_np(error) : "";
}

// {"errno":"ENOENT"} for failures; success adds nothing, so that `errno == ""` reads as "it worked".
static void result_field(long result) {
    string_field("errno", result < 0 ? errno_name(errno) : "");
}

// ---- reading files
// --------------------------------------------------------------------------------------------------

static char file_text[1 << 18];

static const char* read_file(const char* path) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return NULL;
    size_t used = 0;
    ssize_t got;
    while (used + 1 < sizeof file_text && (got = read(fd, file_text + used, sizeof file_text - 1 - used)) > 0)
        used += (size_t)got;
    close(fd);
    file_text[used] = '\0';
    return file_text;
}

static void lines_value(const char* path) {
    const char* text = read_file(path);
    if (!text) {
        null_value();
        return;
    }
    open_bracket('[');
    char* rest = file_text;
    for (char* line; (line = strsep(&rest, "\n"));)
        if (*line) string_value(line);
    close_bracket(']');
}

static unsigned long long status_hex(const char* name) {
    const char* text = read_file("/proc/thread-self/status");
    const char* found = text ? strstr(text, name) : NULL;
    return found ? strtoull(found + strlen(name), NULL, 16) : 0;
}

static long status_number(const char* name) {
    const char* text = read_file("/proc/thread-self/status");
    const char* found = text ? strstr(text, name) : NULL;
    return found ? strtol(found + strlen(name), NULL, 10) : -1;
}

// ---- facts without an argument
// --------------------------------------------------------------------------------------

static void fact_mounts(void) {
    const char* text = read_file("/proc/self/mountinfo");
    open_bracket('[');
    char* rest = text ? file_text : NULL;
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

static void hex_field(const char* name, unsigned long long bits) {
    char text[32];
    snprintf(text, sizeof text, "%016llx", bits);
    string_field(name, text);
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

static int main_argc;
static char** main_argv;

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

static const char* kind_of(mode_t mode) {
    switch (mode & S_IFMT) {
        case S_IFCHR:
            return "char";
        case S_IFBLK:
            return "block";
        case S_IFIFO:
            return "fifo";
        case S_IFDIR:
            return "dir";
        case S_IFLNK:
            return "link";
        case S_IFREG:
            return "file";
        case S_IFSOCK:
            return "socket";
        default:
            return "unknown";
    }
}

static void stat_fields(int dir, const char* path) {
    struct stat facts;
    if (fstatat(dir, path, &facts, AT_SYMLINK_NOFOLLOW) < 0) {
        result_field(-1);
        return;
    }
    char mode[8], target[4096];
    snprintf(mode, sizeof mode, "%04o", (unsigned)facts.st_mode & 07777);
    result_field(0);
    string_field("kind", kind_of(facts.st_mode));
    string_field("mode", mode);
    int_field("uid", facts.st_uid);
    int_field("gid", facts.st_gid);
    int_field("size", facts.st_size);
    int_field("major", major(facts.st_rdev));
    int_field("minor", minor(facts.st_rdev));
    int_field("inode", (long long)facts.st_ino);
    if (S_ISLNK(facts.st_mode)) {
        ssize_t length = readlinkat(dir, path, target, sizeof target - 1);
        target[length < 0 ? 0 : length] = '\0';
        string_field("target", target);
    }
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

// ---- actions with one argument
// --------------------------------------------------------------------------------------

static void act_open(const char* path) {
    open_bracket('{');
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    string_field("read", fd < 0 ? errno_name(errno) : "");
    if (fd >= 0) {
        char byte;
        string_field("first_byte", read(fd, &byte, 1) < 0 ? errno_name(errno) : "");
        close(fd);
    }
    fd = open(path, O_WRONLY | O_CLOEXEC | O_NONBLOCK);
    string_field("write", fd < 0 ? errno_name(errno) : "");
    if (fd >= 0) close(fd);
    fd = open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK);
    string_field("both", fd < 0 ? errno_name(errno) : "");
    if (fd >= 0) close(fd);
    close_bracket('}');
}

static void act_stat(const char* path) {
    open_bracket('{');
    stat_fields(AT_FDCWD, path);
    struct statfs fs;
    if (statfs(path, &fs) == 0) {
        hex_field("magic", (unsigned long long)fs.f_type);
        int_field("fsflags", fs.f_flags);
        int_field("blocks", (long long)fs.f_blocks * fs.f_bsize);
    }
    close_bracket('}');
}

static void act_list(const char* path) {
    open_bracket('[');
    DIR* dir = opendir(path);
    for (struct dirent* entry; dir && (entry = readdir(dir));)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) string_value(entry->d_name);
    if (dir) closedir(dir);
    close_bracket(']');
}

static void act_write(const char* path) {
    open_bracket('{');
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    long result = fd;
    if (fd >= 0) {
        result = write(fd, "x", 1);
        int error = errno;
        close(fd);
        errno = error;
    }
    result_field(result);
    close_bracket('}');
}

static void act_touch(const char* path) {
    open_bracket('{');
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
    result_field(fd);
    if (fd >= 0) close(fd);
    close_bracket('}');
}

static void act_cat(const char* path) {
    const char* text = read_file(path);
    if (text)
        string_value(text);
    else
        null_value();
}

static void act_sysctl(const char* name) {
    char path[512];
    snprintf(path, sizeof path, "/proc/sys/%s", name);
    for (char* c = path + strlen("/proc/sys/"); *c; c++)
        if (*c == '.') *c = '/';
    const char* text = read_file(path);
    if (!text) {
        null_value();
        return;
    }
    file_text[strcspn(file_text, "\n")] = '\0';
    string_value(file_text);
}

static void act_mount_attrs(const char* path) {
    static const struct {
        const char* name;
        unsigned long bit;
    } bits[] = {{"ro", 1},          {"nosuid", 2},        {"nodev", 4},      {"noexec", 8},
                {"sync", 16},       {"mand", 64},         {"noatime", 1024}, {"nodiratime", 2048},
                {"relatime", 4096}, {"nosymfollow", 8192}};
    struct statfs fs;
    open_bracket('{');
    int result = statfs(path, &fs);
    result_field(result);
    for (size_t i = 0; result == 0 && i < sizeof bits / sizeof *bits; i++)
        bool_field(bits[i].name, ((unsigned long)fs.f_flags & bits[i].bit) != 0);
    close_bracket('}');
}

// Says what happens to a system call: "" when it ran, else the errno's name. Only calls without side effects.
static void act_syscall(const char* name) {
    static const struct {
        const char* name;
        long number, a, b;
    } calls[] = {{"getcwd", SYS_getcwd, 0, 0},
                 {"uname", SYS_uname, 0, 0},
                 {"kcmp", SYS_kcmp, 1, 1},
                 {"personality0", SYS_personality, 0, 0},
                 {"personality8", SYS_personality, 8, 0},
                 {"personality_query", SYS_personality, 0xffffffffL, 0},
                 {"getpriority", SYS_getpriority, 0, 0},
                 {"clone3", 435, 0, 0},
                 {"mseal", 462, 0, 0},
                 {"unknown", 9999, 0, 0},
                 {"mkdir", SYS_mkdir, 0, 0},
                 {"bpf", SYS_bpf, 9999, 0},
                 {"sync", SYS_syncfs, -1, 0},
                 {"sethostname", SYS_sethostname, 0, -1},
                 {"unshare0", SYS_unshare, 0, 0},
                 {"io_uring_setup", 425, 0, 0}};
    open_bracket('{');
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
        if (strcmp(calls[i].name, name) == 0) {
            long result = syscall(calls[i].number, calls[i].a, calls[i].b, 0L, 0L, 0L);
            int_field("result", result);
            result_field(result);
        }
    close_bracket('}');
}

static void act_mkdir(const char* path) {
    open_bracket('{');
    result_field(mkdir(path, 0755));
    close_bracket('}');
}

static void act_chown(const char* path) {
    open_bracket('{');
    result_field(chown(path, 1234, 1234));
    close_bracket('}');
}

static void act_mknod(const char* path) {
    open_bracket('{');
    result_field(mknod(path, S_IFCHR | 0600, makedev(1, 5)));
    close_bracket('}');
}

// Tries to overwrite the executable behind a link such as /proc/1/exe, through O_PATH and reopening as the
// CVE-2019-5736 exploit does, and by a plain open.
static void act_overwrite(const char* path) {
    open_bracket('{');
    int fd = open(path, O_PATH | O_CLOEXEC);
    string_field("path", fd < 0 ? errno_name(errno) : "");
    if (fd >= 0) {
        char link[64];
        snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
        int writable = -1;
        for (int i = 0; i < 100 && writable < 0; i++)
            writable = open(link, O_WRONLY | O_CLOEXEC);
        string_field("reopen", writable < 0 ? errno_name(errno) : "");
        if (writable >= 0) close(writable);
        close(fd);
    }
    int direct = open(path, O_WRONLY | O_CLOEXEC);
    string_field("write", direct < 0 ? errno_name(errno) : "");
    close_bracket('}');
}

static void act_connect(const char* path) {
    int link = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    static const char message[] = "READY=1\nSTATUS=fine";
    open_bracket('{');
    result_field(sendto(link, message, sizeof message - 1, 0, (struct sockaddr*)&address, sizeof address));
    close_bracket('}');
}

static void act_readfd(const char* number) {
    char text[4096];
    ssize_t got = read(atoi(number), text, sizeof text - 1);
    text[got < 0 ? 0 : got] = '\0';
    string_value(got < 0 ? errno_name(errno) : text);
}

static void act_eat(const char* megabytes) {
    size_t size = (size_t)atol(megabytes) << 20;
    char* memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    bool done = memory != MAP_FAILED;
    for (size_t i = 0; done && i < size; i += 4096)
        memory[i] = 1;
    bool_value(done);
}

static void act_forks(const char* count) {
    int made = 0, wanted = atoi(count), error = 0;
    pid_t children[512];
    while (made < wanted && made < 512) {
        pid_t child = fork();
        if (child == 0) {
            pause();
            _exit(0);
        }
        if (child < 0) {
            error = errno;
            break;
        }
        children[made++] = child;
    }
    for (int i = 0; i < made; i++)
        kill(children[i], SIGKILL);
    open_bracket('{');
    int_field("made", made);
    string_field("errno", errno_name(error));
    close_bracket('}');
}

static void act_say(const char* text) {
    fprintf(stderr, "%s\n", text);
    string_value(text);
}

static void act_sleep(const char* seconds) {
    double length = atof(seconds);
    struct timespec duration = {(time_t)length, (long)((length - (double)(time_t)length) * 1e9)};
    nanosleep(&duration, NULL);
    int_value(0);
}

static void* sleep_on(void* seconds) {
    sleep((unsigned)atoi(seconds));
    return NULL;
}

// The first thread ends; another one keeps the process going.
static void act_first_thread_ends(const char* seconds) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, sleep_on, (void*)seconds) != 0) return string_value("no thread");
    puts("ready");
    fflush(stdout);
    syscall(SYS_exit, 0);
}

static void act_exit(const char* code) {
    puts("}");
    fflush(stdout);
    _exit(atoi(code));
}

static void act_abort(const char* signal_number) {
    fflush(stdout);
    signal(atoi(signal_number), SIG_DFL);
    kill(getpid(), atoi(signal_number));
    // A pid 1 is not killed by its own default-action signals: say so instead of hanging.
    string_value("survived");
}

// Waits for signals and prints "got N" (as plain lines, at once) for each; ends on SIGTERM, and on SIGUSR2
// with 42.
static void act_signals(const char* unused) {
    (void)unused;
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, NULL);
    puts("ready");
    fflush(stdout);
    for (;;) {
        int got = sigwaitinfo(&all, NULL);
        if (got < 0) continue;
        printf("got %d\n", got);
        fflush(stdout);
        if (got == SIGWINCH) {
            struct winsize size = {0};
            ioctl(0, TIOCGWINSZ, &size);
            printf("size %d %d\n", size.ws_row, size.ws_col);
            fflush(stdout);
        }
        if (got == SIGTERM) exit(0);
        if (got == SIGUSR2) exit(42);
    }
}

static const struct {
    const char* name;
    void (*run)(void);
} facts[] = {{"mounts", fact_mounts},
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
             {"mempolicy", fact_mempolicy}};

static const struct {
    const char* name;
    void (*run)(const char*);
} actions[] = {{"open", act_open},
               {"stat", act_stat},
               {"list", act_list},
               {"write", act_write},
               {"touch", act_touch},
               {"cat", act_cat},
               {"sysctl", act_sysctl},
               {"mount-attrs", act_mount_attrs},
               {"syscall", act_syscall},
               {"mkdir", act_mkdir},
               {"chown", act_chown},
               {"mknod", act_mknod},
               {"overwrite", act_overwrite},
               {"notify", act_connect},
               {"readfd", act_readfd},
               {"eat", act_eat},
               {"forks", act_forks},
               {"say", act_say},
               {"sleep", act_sleep},
               {"exit", act_exit},
               {"abort", act_abort},
               {"signal", act_signals},
               {"first-thread-ends", act_first_thread_ends}};

int main(int argc, char** argv) {
    main_argc = argc;
    main_argv = argv;
    if (argc > 1 && strcmp(argv[1], "signal") == 0) act_signals("");
    putchar('{');
    for (int i = 1; i < argc; i++) {
        bool known = false;
        for (size_t f = 0; f < sizeof facts / sizeof *facts && !known; f++)
            if (strcmp(argv[i], facts[f].name) == 0) {
                known = true;
                key(argv[i]);
                facts[f].run();
            }
        for (size_t a = 0; a < sizeof actions / sizeof *actions && !known; a++)
            if (strcmp(argv[i], actions[a].name) == 0 && i + 1 < argc) {
                known = true;
                if (strcmp(argv[i], "exit") == 0) act_exit(argv[i + 1]);
                char name[4200];
                snprintf(name, sizeof name, "%s %s", argv[i], argv[i + 1]);
                key(name);
                actions[a].run(argv[++i]);
                comma_due = true;
            }
        if (!known) {
            fprintf(stderr, "probe: unknown verb or missing argument: %s\n", argv[i]);
            return 99;
        }
    }
    puts("}");
    return 0;
}
