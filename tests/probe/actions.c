// SPDX-License-Identifier: Apache-2.0
// Verbs with one argument.
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "files.h"
#include "json.h"
#include "verbs.h"

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
    char* text = read_file(path);
    if (!text) {
        null_value();
        return;
    }
    text[strcspn(text, "\n")] = '\0';
    string_value(text);
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

void act_exit(const char* code) {
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

void act_signals(const char* unused) {
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

const struct action actions[] = {{"open", act_open},
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
                                 {"first-thread-ends", act_first_thread_ends},
                                 {NULL, NULL}};
