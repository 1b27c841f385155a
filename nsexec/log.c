// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include "log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "runcxx/bootstrap_wire.h"
#include "sync_io.h"

static int log_fd = -1;
static int log_level = LEVEL_DEBUG;
static int current_stage = -1;
static int peer_fd = -1;

// Static and not on the stack: two pages of text are rare, and until then these pages are never touched.
static char text_buffer[8192];
static char line_buffer[16384];

int env_number(const char* name) {
    const char* text = getenv(name);
    if (text == NULL || *text == '\0') return -1;
    char* end = NULL;
    errno = 0;
    const long value = strtol(text, &end, 10);
    if (*text < '0' || *text > '9' || *end != '\0' || errno != 0 || value > INT32_MAX)
        fail("bad value of environment variable %s: '%.64s' is not a file descriptor or level", name, text);
    return (int)value;
}

void log_setup(void) {
    const int fd = env_number(RUNCXX_ENV_LOGPIPE);
    if (fd < 0) return;
    if (fcntl(fd, F_SETFD, FD_CLOEXEC) < 0) fail_with(errno, NULL, "%s=%d", RUNCXX_ENV_LOGPIPE, fd);
    log_fd = fd;
    const int level = env_number(RUNCXX_ENV_LOGLEVEL);
    if (level >= 0) log_level = level;
}

bool log_enabled(enum log_level level) {
    return log_fd >= 0 && (int)level <= log_level;
}

void log_set_stage(int stage) {
    // At most 15 characters are kept by the kernel.
    static const char* const kNames[] = {"runcxx:[0:HOST]", "runcxx:[1:JOIN]", "runcxx:[2:INIT]"};
    current_stage = stage;
    if (stage >= 0) prctl(PR_SET_NAME, kNames[stage], 0, 0, 0);
}

void log_set_peer(int sync_fd) {
    peer_fd = sync_fd;
}

// Length of the UTF-8 sequence at `at`, 0 if it is none. A strict reader of the log (and every JSON parser is
// one) rejects the whole record for one stray byte of a path.
static size_t utf8_length(const unsigned char* at) {
    if (at[0] < 0x80) return 1;
    size_t length;
    uint32_t point;
    if (at[0] >= 0xc2 && at[0] <= 0xdf) {
        length = 2;
        point = at[0] & 0x1fu;
    } else if ((at[0] & 0xf0) == 0xe0) {
        length = 3;
        point = at[0] & 0x0fu;
    } else if (at[0] >= 0xf0 && at[0] <= 0xf4) {
        length = 4;
        point = at[0] & 0x07u;
    } else {
        return 0;
    }
    for (size_t i = 1; i < length; i++) {
        if ((at[i] & 0xc0) != 0x80) return 0;  // also stops at the NUL
        point = point << 6 | (at[i] & 0x3fu);
    }
    const bool too_long = (length == 3 && point < 0x800) || (length == 4 && point < 0x10000);
    if (too_long || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff)) return 0;
    return length;
}

// Appends text as the inside of a JSON string, cutting it when `capacity` is used up; returns the new length.
static size_t append_escaped(char* out, size_t length, size_t capacity, const char* text) {
    const unsigned char* at = (const unsigned char*)text;
    while (*at != '\0' && length + 6 < capacity) {
        const size_t sequence = utf8_length(at);
        if (sequence == 0) {
            length += (size_t)snprintf(out + length, capacity - length, "\\ufffd");
            at++;
        } else if (*at < 0x20 || *at == 0x7f) {
            length += (size_t)snprintf(out + length, capacity - length, "\\u%04x", *at++);
        } else {
            if (*at == '"' || *at == '\\') out[length++] = '\\';
            memcpy(out + length, at, sequence);
            length += sequence;
            at += sequence;
        }
    }
    return length;
}

static void write_record(enum log_level level, const char* text) {
    static const char* const kLevels[] = {"panic", "fatal", "error", "warning", "info", "debug", "trace"};
    char stage[16] = "";
    if (current_stage >= 0) snprintf(stage, sizeof(stage), "-%d", current_stage);
    size_t length =
        (size_t)snprintf(line_buffer, sizeof(line_buffer),
                         "{\"level\":\"%s\",\"msg\":\"nsexec%s[%d]: ", kLevels[level], stage, getpid());
    length = append_escaped(line_buffer, length, sizeof(line_buffer) - 4, text);
    memcpy(line_buffer + length, "\"}\n", 3);
    length += 3;
    // One write(2): records of several writers must not mix.
    while (write(log_fd, line_buffer, length) < 0 && errno == EINTR) {
    }
}

void log_record(enum log_level level, const char* format, ...) {
    if (!log_enabled(level)) return;
    const int saved_errno = errno;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text_buffer, sizeof(text_buffer), format, arguments);
    va_end(arguments);
    write_record(level, text_buffer);
    errno = saved_errno;
}

__attribute__((noreturn)) static void fail_with_text(void) {
    if (log_fd >= 0)
        write_record(LEVEL_FATAL,
                     text_buffer);  // whatever the level: the runtime has nothing else to tell the user
    else
        dprintf(STDERR_FILENO, "FATAL: nsexec: %s\n", text_buffer);
    if (peer_fd >= 0) sync_send(peer_fd, RUNCXX_SYNC_FAILED);
    fail_silently();
}

void fail(const char* format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text_buffer, sizeof(text_buffer), format, arguments);
    va_end(arguments);
    fail_with_text();
}

void fail_with(int error, const char* hint, const char* format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text_buffer, sizeof(text_buffer), format, arguments);
    va_end(arguments);
    const size_t length = strlen(text_buffer);
    const bool has_hint = hint != NULL && *hint != '\0';
    snprintf(text_buffer + length, sizeof(text_buffer) - length, ": %s%s%s", strerror(error),
             has_hint ? ": " : "", has_hint ? hint : "");
    fail_with_text();
}

void fail_silently(void) {
    _exit(RUNCXX_BOOTSTRAP_EXIT_FAILURE);
}
