// SPDX-License-Identifier: Apache-2.0
// Reads and writes that finish: whole buffers, no EINTR, no SIGPIPE; files of /proc; and the stages' words.
// Runs in: init (before main).
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

// Bytes read: fewer than `size` only at end of file. -1 with errno on error. Waits on a non-blocking
// descriptor.
ssize_t read_full(int fd, void* buffer, size_t size);

// Writes to a socket; a closed peer is EPIPE and not a signal. False with errno on error.
bool send_full(int socket, const void* buffer, size_t size);

// Writes `text` with one write(2), as files of /proc want it, to `path` relative to `directory_fd`. False
// with errno.
bool write_file_at(int directory_fd, const char* path, const char* text);

// The number in a file of /proc/sys (`path` relative to the proc directory), or -1 when it can't be read.
long read_sysctl(int proc_fd, const char* path);

// A socketpair for stage words, CLOEXEC. Fails for the process.
void sync_pair(int ends[2]);

// Sends a word of enum runcxx_stage_sync. A peer that is gone is ignored: the next read tells.
void sync_send(int fd, uint32_t word);

// Waits for exactly this word. Ends the process when the peer has failed or died, or says something else;
// `peer` names it in the record ("stage-1").
void sync_expect(int fd, uint32_t word, const char* peer);
