// SPDX-License-Identifier: Apache-2.0
// executed FILE PROGRAM ARGUMENT...: runs the program instruction by instruction (ptrace(2)), and writes into FILE, one in a
// line, the addresses in the program's file that were executed, in hexadecimal, and by whom: 1 is the process itself, 2
// those of its tree that run the same file, 3 both. Some 3 us for each instruction. layout.py makes of it what the linker
// places first.
#include <elf.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ADDRESSES = 1 << 23, PROCESSES = 4096 };

enum role { PROGRAM = 1, DESCENDANT = 2 };

struct process {
    pid_t pid;
    enum role role;
    int runs_program;
    unsigned long base;  // where the file is mapped
};

static struct process processes[PROCESSES];
static unsigned char executed[ADDRESSES];
static Elf64_Ehdr header;

static void fail(const char* what) {
    perror(what);
    exit(2);
}

static struct process* find(pid_t pid) {
    struct process* at = processes;
    while (at->pid != pid && at->pid != 0)
        if (++at == processes + PROCESSES) fail("too many processes");
    at->pid = pid;
    at->role = at == processes ? PROGRAM : DESCENDANT;
    return at;
}

// After an exec: the auxiliary vector knows where the kernel put the program's entry, whatever its path is called now.
static void see_program(struct process* process) {
    char path[64];
    Elf64_auxv_t vector[64];
    snprintf(path, sizeof path, "/proc/%d/auxv", process->pid);
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    const ssize_t size = fd < 0 ? -1 : read(fd, vector, sizeof vector);
    if (size < 0) fail(path);
    close(fd);
    unsigned long entry = 0;
    unsigned long segments = 0;
    for (size_t i = 0; i < (size_t)size / sizeof vector[0]; ++i) {
        if (vector[i].a_type == AT_ENTRY) entry = vector[i].a_un.a_val;
        if (vector[i].a_type == AT_PHNUM) segments = vector[i].a_un.a_val;
    }
    const unsigned long in_page = 4095;
    process->runs_program = (entry & in_page) == (header.e_entry & in_page) && segments == header.e_phnum;
    process->base = entry - header.e_entry;
}

static void note(const struct process* process) {
    struct user_regs_struct registers;
    if (ptrace(PTRACE_GETREGS, process->pid, 0, &registers) < 0) return;  // killed
    const unsigned long address = registers.rip - process->base;
    if (address < ADDRESSES) executed[address] |= process->role;
}

static void follow(struct process* process, int status) {
    const int signal = WSTOPSIG(status);
    const int event = status >> 16;
    int deliver = 0;
    if (event == PTRACE_EVENT_EXEC) {
        see_program(process);
    } else if (event == PTRACE_EVENT_CLONE || event == PTRACE_EVENT_FORK || event == PTRACE_EVENT_VFORK) {
        unsigned long pid = 0;
        ptrace(PTRACE_GETEVENTMSG, process->pid, 0, &pid);
        struct process* child = find((pid_t)pid);
        child->runs_program = process->runs_program;
        child->base = process->base;
    } else if (signal != SIGTRAP && signal != SIGSTOP) {
        deliver = signal;
    }
    if (process->runs_program) note(process);
    ptrace(process->runs_program ? PTRACE_SINGLESTEP : PTRACE_CONT, process->pid, 0, deliver);
}

int main(int argc, char** argv) {
    if (argc < 3) {
        fprintf(stderr, "usage: executed FILE PROGRAM ARGUMENT...\n");
        return 2;
    }
    const int fd = open(argv[2], O_RDONLY | O_CLOEXEC);
    if (fd < 0 || read(fd, &header, sizeof header) != sizeof header) fail(argv[2]);
    const pid_t first = fork();
    if (first == 0) {
        ptrace(PTRACE_TRACEME, 0, 0, 0);
        raise(SIGSTOP);
        execv(argv[2], argv + 2);
        fail(argv[2]);
    }
    int status = 0;
    if (first < 0 || waitpid(first, &status, 0) < 0) fail("start");
    find(first);
    ptrace(PTRACE_SETOPTIONS, first, 0,
           PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACEEXEC |
               PTRACE_O_EXITKILL);
    ptrace(PTRACE_CONT, first, 0, 0);
    int result = 0;
    pid_t pid = 0;
    while ((pid = waitpid(-1, &status, __WALL)) > 0) {
        if (WIFSTOPPED(status)) {
            follow(find(pid), status);
        } else if (pid == first) {
            result = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
        }
    }
    FILE* out = fopen(argv[1], "w");
    if (out == NULL) fail(argv[1]);
    for (unsigned long address = 0; address < ADDRESSES; ++address)
        if (executed[address]) fprintf(out, "%lx %d\n", address, executed[address]);
    if (fclose(out) != 0) fail(argv[1]);
    return result;
}
