// SPDX-License-Identifier: Apache-2.0
// The stages of the bootstrap and what they hand on.
// Runs in: init (before main). Who does what, and which processes there are, is told in
// runcxx/bootstrap_wire.h.
//
// clang-format off
//   nsexec.c         read and decode the message, open everything that must be opened before anything is entered
//   stage_parent.c   only for a new user namespace: fork stage 1, stay outside, map its ids, report pids, exit
//   stage_child.c    join, unshare, map (by asking stage 0), time offsets, fork init if a pid namespace asks for it
//   stage_init.c     session, ids; then main()
// clang-format on
//
// Without a new user namespace the spawned process runs stage_child.c itself, and without a pid namespace
// whoever ran it runs stage_init.c too.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "decode.h"
#include "join_namespaces.h"

struct nsexec {
    struct bootstrap message;  // clone_flags lose what has been created
    char* payload;             // the memory that message's text lies in
    int init_pipe;
    int proc_fd;          // directory /proc of the runtime's mount namespace
    int time_offsets_fd;  // own /proc/PID/timens_offsets, opened with the runtime's privileges; -1: no
                          // offsets to set
    struct open_namespaces namespaces;
    bool needs_pid_fork;   // init is a child of the process that joins and unshares
    bool is_new_user;      // a user namespace is created for this container
    bool born_in_user;     // stage 1 was cloned into it
    bool is_unprivileged;  // euid was not 0 at the start
    int parent_sync;       // stage 1: socket to stage 0; else -1
    int grandchild_sync;   // forked init: socket to whoever forked it; else -1
};

// Forks stage 1. Returns in stage 1; the caller serves it and exits.
void stage_parent(struct nsexec* context);

// Enters the namespaces. Returns in the process that will be init; if that is a child, the caller exits.
void stage_child(struct nsexec* context);

// The last steps inside. Returns with only the fds open that were open before the bootstrap.
void stage_init(struct nsexec* context);

// Writes the line with the pids to the init pipe; fails for the process.
void report_pids(int init_pipe, pid_t stage1_pid, pid_t stage2_pid);

// Opens this process's timens_offsets if the message has any. Once per process that may create the time
// namespace: the file speaks about the process that opened it.
void open_time_offsets(struct nsexec* context);
