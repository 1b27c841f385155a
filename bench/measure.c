// SPDX-License-Identifier: Apache-2.0
// Runs several commands in turn, ROUNDS times each, and prints one line per run: command number, nanoseconds, peak
// resident KiB of the largest process of its tree, CPU microseconds, exit status. A small static program on purpose: the
// peak that wait4 reports starts at the caller's own, so a caller like Python would hide what is to be measured.
// Usage: measure ROUNDS PAUSE_MS -- command... -- command...
#define _GNU_SOURCE
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char** environ;

static long long now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000LL + time.tv_nsec;
}

int main(int argc, char** argv) {
    char** commands[32];
    int count = 0;
    if (argc < 4) return 2;
    int rounds = atoi(argv[1]), pause_ms = atoi(argv[2]);
    for (int i = 3; i < argc; i++)
        if (strcmp(argv[i], "--") == 0) {
            argv[i] = NULL;
            if (count < 32 && i + 1 < argc) commands[count++] = argv + i + 1;
        }
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    for (int round = 0; round < rounds; round++)
        for (int turn = 0; turn < count; turn++) {
            // Another one begins each round: nobody always runs after the slowest.
            int number = (turn + round) % count;
            if (pause_ms > 0) usleep((useconds_t)pause_ms * 1000);
            pid_t child;
            int status = 0;
            struct rusage used;
            long long start = now();
            if (posix_spawn(&child, commands[number][0], &actions, NULL, commands[number], environ) != 0) {
                perror(commands[number][0]);
                return 1;
            }
            wait4(child, &status, 0, &used);
            long long spent = now() - start;
            long long cpu = (used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1000000LL +
                            used.ru_utime.tv_usec + used.ru_stime.tv_usec;
            printf("%d %lld %ld %lld %d\n", number, spent, used.ru_maxrss, cpu,
                   WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
        }
    return 0;
}
