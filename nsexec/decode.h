// SPDX-License-Identifier: Apache-2.0
// Bytes of the bootstrap message -> struct bootstrap, every length checked, nothing trusted.
// Runs in: init (before main). Pure functions: no system call, no allocation, no log, so that they can be
// tested and fuzzed anywhere.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runcxx/bootstrap_wire.h"

#ifdef __cplusplus
extern "C" {
#endif

// A namespace to join.
struct bootstrap_join {
    uint32_t flag;     // CLONE_NEW*
    const char* name;  // wire name: a static string
    const char* path;  // not empty
};

// All text points into the decoded payload; absent text is NULL, absent numbers are 0.
struct bootstrap {
    uint32_t clone_flags;  // CLONE_NEW* of the namespaces to create
    uint32_t join_flags;   // CLONE_NEW* of the namespaces to join; disjoint from clone_flags
    struct bootstrap_join joins[RUNCXX_NAMESPACE_COUNT];
    size_t join_count;
    const char* uid_map;  // both or none; triples of numbers, each line ended by '\n'
    const char* gid_map;
    const char* uid_map_tool;  // absolute paths
    const char* gid_map_tool;
    const char* oom_score_adj;
    const char* time_offsets;
    bool setgroup;
    bool rootless_euid;
};

// Large enough for every error text of this file; a long value in it is cut.
enum { BOOTSTRAP_ERROR_SIZE = 256 };

// Checks the first RUNCXX_BOOTSTRAP_HEADER_SIZE bytes of the stream. On success *payload_size is the number
// of bytes that follow (0 is possible); on failure `error` has a text without newline.
bool bootstrap_decode_header(const unsigned char* raw, size_t* payload_size,
                             char error[BOOTSTRAP_ERROR_SIZE]);

// Decodes the attributes. `payload` needs no alignment, is changed (text is cut at its separators) and must
// outlive
// `*out`. On failure `error` has a text without newline and `*out` must not be used.
bool bootstrap_decode(char* payload, size_t size, struct bootstrap* out, char error[BOOTSTRAP_ERROR_SIZE]);

#ifdef __cplusplus
}
#endif
