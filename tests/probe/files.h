// SPDX-License-Identifier: Apache-2.0
// Reads files, and what they are.
#pragma once

#include <stddef.h>

// The text, valid until the next call; NULL with errno.
char* read_file(const char* path);
// The lines that are not empty, as a list of strings.
void lines_value(const char* path);

// Numbers behind a word of this thread's /proc/.../status; 0 and -1 if there is none.
unsigned long long status_hex(const char* name);
long status_number(const char* name);

// Kind, mode, owner, size, device numbers, inode and the target of a link; `path` is relative to `dir`.
void stat_fields(int dir, const char* path);
