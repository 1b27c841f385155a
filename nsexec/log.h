// SPDX-License-Identifier: Apache-2.0
// Records of the C stage on the log pipe, and the one way to fail.
// Runs in: init (before main). The only state of nsexec/ that outlives a function lives behind this header:
// the log pipe, the stage's number, and the peer to tell when this stage fails.
#pragma once

#include <stdbool.h>

// logrus' numbers, which the runtime passes in _LIBCONTAINER_LOGLEVEL.
enum log_level { LEVEL_PANIC, LEVEL_FATAL, LEVEL_ERROR, LEVEL_WARNING, LEVEL_INFO, LEVEL_DEBUG, LEVEL_TRACE };

// Value of a decimal environment variable, -1 when it is unset or empty; fails on anything else.
int env_number(const char* name);

// Reads _LIBCONTAINER_LOGPIPE and _LIBCONTAINER_LOGLEVEL and makes the pipe CLOEXEC.
void log_setup(void);

bool log_enabled(enum log_level level);

// One record, one write(2); a failed write is ignored, for want of a place to complain.
__attribute__((format(printf, 2, 3))) void log_record(enum log_level level, const char* format, ...);
#define log_debug(...) log_record(LEVEL_DEBUG, __VA_ARGS__)

// Number in "nsexec-N[PID]", and the name ps shows. -1, the initial value, is "nsexec[PID]".
void log_set_stage(int stage);

// Socket of the stage that must hear of our failure; -1: none.
void log_set_peer(int sync_fd);

// Writes a fatal record (to fd 2 when there is no log pipe), tells the peer, exits
// RUNCXX_BOOTSTRAP_EXIT_FAILURE.
__attribute__((format(printf, 1, 2), noreturn)) void fail(const char* format, ...);

// The same, with ": " and the text of `error` appended, then ": " and `hint` when there is one ("" and NULL:
// none).
__attribute__((format(printf, 3, 4), noreturn)) void fail_with(int error, const char* hint,
                                                               const char* format, ...);

// Exits because another stage failed, which has said why.
__attribute__((noreturn)) void fail_silently(void);
