// SPDX-License-Identifier: Apache-2.0
// What the probe can be told to do.
#pragma once

struct fact {
    const char* name;
    void (*run)(void);
};
struct action {
    const char* name;
    void (*run)(const char* argument);
};

// Both end with a row without a name.
extern const struct fact facts[];
extern const struct action actions[];

// The arguments of main, for `cmdline`.
extern int main_argc;
extern char** main_argv;

// Ends the JSON and the process.
void act_exit(const char* code);
// Waits for signals and prints "got N" (as plain lines, at once) for each; ends on SIGTERM, and on SIGUSR2
// with 42.
void act_signals(const char* unused);
