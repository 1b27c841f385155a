// SPDX-License-Identifier: Apache-2.0
// The stopwatch. Lanes (one for each program that is compared) take turns; in its turn a lane runs its steps in order. One
// line for each timed step, tab-separated: lane, title, nanoseconds, microseconds of processor time, and peak resident KiB of
// the largest process of its tree.
//
//   measure ROUNDS PAUSE_MS { -- LANE { + TITLE TIMES AT_ONCE PROGRAM ARGUMENT... } }
//
// A step is PROGRAM started TIMES times, at most AT_ONCE of them at a time; '%' in an argument becomes the number of the
// start. TITLE "-": not timed. TIMES 0: wait until all orphans that came to us have ended (the inits of containers). A
// pause comes before each turn. A program that fails ends it all.
//
// Small and static on purpose: the peak that wait4 reports starts at the caller's own, and a caller like Python would hide
// what is to be measured.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { kMaxLanes = 8, kMaxSteps = 16, kMaxStarts = 512 };

struct step {
    const char* title;
    int times, at_once;
    char** command;
};

struct lane {
    const char* name;
    struct step steps[kMaxSteps];
    int count;
};

extern char** environ;
static posix_spawn_file_actions_t streams;

struct use {
    long long processor_us;
    long peak_kib;
};

static void die(const char* what, const char* on) {
    fprintf(stderr, "measure: %s: %s\n", on, what);
    exit(1);
}

static long long now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static char* with_number(char* word, int number) {
    char* mark = strchr(word, '%');
    char* result = word;
    if (mark && asprintf(&result, "%.*s%d%s", (int)(mark - word), word, number, mark + 1) < 0)
        die("no memory", word);
    return result;
}

static char** numbered(char** command, int number) {
    int count = 0;
    while (command[count])
        count++;
    char** copy = calloc((size_t)count + 1, sizeof *copy);
    if (!copy) die("no memory", command[0]);
    for (int i = 0; i < count; i++)
        copy[i] = with_number(command[i], number);
    return copy;
}

static void forget(char** copy, char** command) {
    for (int i = 0; copy[i]; i++)
        if (copy[i] != command[i]) free(copy[i]);
    free(copy);
}

// Ends when a child of ours has. Orphans that end meanwhile are reaped at once, as the shim of an engine does it: a runtime
// that waits for a container's end must not wait for us.
static void wait_for_one(const pid_t* ours, int count, const char* program, struct use* total) {
    for (;;) {
        int status = 0;
        struct rusage used;
        pid_t ended = wait4(-1, &status, 0, &used);
        if (ended < 0) die(strerror(errno), program);
        for (int i = 0; i < count; i++)
            if (ours[i] == ended) {
                if (status != 0) {
                    fprintf(stderr, "measure: %s failed (%s %d)\n", program,
                            WIFEXITED(status) ? "status" : "signal",
                            WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status));
                    exit(1);
                }
                total->processor_us += (used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1000000LL +
                                       used.ru_utime.tv_usec + used.ru_stime.tv_usec;
                if (used.ru_maxrss > total->peak_kib) total->peak_kib = used.ru_maxrss;
                return;
            }
    }
}

static void wait_for_orphans(void) {
    while (wait(NULL) > 0 || errno == EINTR) {
    }
}

static void run_step(const struct lane* lane, const struct step* step) {
    if (step->times == 0) {
        wait_for_orphans();
        return;
    }
    static char** commands[kMaxStarts];
    static pid_t children[kMaxStarts];
    for (int i = 0; i < step->times; i++)
        commands[i] = numbered(step->command, i);

    struct use total = {0, 0};
    int running = 0;
    long long start = now();
    for (int i = 0; i < step->times; i++) {
        if (running == step->at_once) {
            wait_for_one(children, i, step->command[0], &total);
            running--;
        }
        int error = posix_spawn(&children[i], commands[i][0], &streams, NULL, commands[i], environ);
        if (error != 0) die(strerror(error), commands[i][0]);
        running++;
    }
    for (; running > 0; running--)
        wait_for_one(children, step->times, step->command[0], &total);
    long long spent = now() - start;

    if (strcmp(step->title, "-") != 0)
        printf("%s\t%s\t%lld\t%lld\t%ld\n", lane->name, step->title, spent, total.processor_us,
               total.peak_kib);
    for (int i = 0; i < step->times; i++)
        forget(commands[i], step->command);
}

static int read_lanes(char** words, struct lane* lanes) {
    int count = 0;
    struct lane* lane = NULL;
    while (*words) {
        char* word = *words;
        *words++ = NULL;  // ends the command before
        if (strcmp(word, "--") == 0 && count < kMaxLanes && words[0]) {
            lane = &lanes[count++];
            lane->name = *words++;
        } else if (strcmp(word, "+") == 0 && lane && lane->count < kMaxSteps && words[0] && words[1] &&
                   words[2]) {
            struct step* step = &lane->steps[lane->count++];
            *step = (struct step){words[0], atoi(words[1]), atoi(words[2]), words + 3};
            if (step->times > kMaxStarts || (step->times > 0 && !words[3])) die("a bad step", words[0]);
            words += 3;
            while (*words && strcmp(*words, "--") != 0 && strcmp(*words, "+") != 0)
                words++;
        } else {
            die("not understood, or too much", word);
        }
    }
    return count;
}

int main(int argc, char** argv) {
    static struct lane lanes[kMaxLanes];
    if (argc < 4) die("usage: see measure.c", argv[0]);
    int rounds = atoi(argv[1]), pause_ms = atoi(argv[2]);
    int count = read_lanes(argv + 3, lanes);
    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    posix_spawn_file_actions_init(&streams);
    posix_spawn_file_actions_addopen(&streams, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&streams, 1, "/dev/null", O_WRONLY, 0);
    for (int round = 0; round < rounds; round++)
        for (int turn = 0; turn < count; turn++) {
            // Another one begins each round: nobody always runs after the slowest.
            const struct lane* lane = &lanes[(turn + round) % count];
            if (pause_ms > 0) usleep((useconds_t)pause_ms * 1000);
            for (int i = 0; i < lane->count; i++)
                run_step(lane, &lane->steps[i]);
        }
    return 0;
}
