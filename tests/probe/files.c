// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include "files.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "json.h"

static char file_text[1 << 18];

char* read_file(const char* path) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return NULL;
    size_t used = 0;
    ssize_t got;
    while (used + 1 < sizeof file_text && (got = read(fd, file_text + used, sizeof file_text - 1 - used)) > 0)
        used += (size_t)got;
    close(fd);
    file_text[used] = '\0';
    return file_text;
}

void lines_value(const char* path) {
    char* rest = read_file(path);
    if (!rest) {
        null_value();
        return;
    }
    open_bracket('[');
    for (char* line; (line = strsep(&rest, "\n"));)
        if (*line) string_value(line);
    close_bracket(']');
}

unsigned long long status_hex(const char* name) {
    const char* text = read_file("/proc/thread-self/status");
    const char* found = text ? strstr(text, name) : NULL;
    return found ? strtoull(found + strlen(name), NULL, 16) : 0;
}

long status_number(const char* name) {
    const char* text = read_file("/proc/thread-self/status");
    const char* found = text ? strstr(text, name) : NULL;
    return found ? strtol(found + strlen(name), NULL, 10) : -1;
}

static const char* kind_of(mode_t mode) {
    switch (mode & S_IFMT) {
        case S_IFCHR:
            return "char";
        case S_IFBLK:
            return "block";
        case S_IFIFO:
            return "fifo";
        case S_IFDIR:
            return "dir";
        case S_IFLNK:
            return "link";
        case S_IFREG:
            return "file";
        case S_IFSOCK:
            return "socket";
        default:
            return "unknown";
    }
}

void stat_fields(int dir, const char* path) {
    struct stat facts;
    if (fstatat(dir, path, &facts, AT_SYMLINK_NOFOLLOW) < 0) {
        result_field(-1);
        return;
    }
    char mode[8], target[4096];
    snprintf(mode, sizeof mode, "%04o", (unsigned)facts.st_mode & 07777);
    result_field(0);
    string_field("kind", kind_of(facts.st_mode));
    string_field("mode", mode);
    int_field("uid", facts.st_uid);
    int_field("gid", facts.st_gid);
    int_field("size", facts.st_size);
    int_field("major", major(facts.st_rdev));
    int_field("minor", minor(facts.st_rdev));
    int_field("inode", (long long)facts.st_ino);
    if (S_ISLNK(facts.st_mode)) {
        ssize_t length = readlinkat(dir, path, target, sizeof target - 1);
        target[length < 0 ? 0 : length] = '\0';
        string_field("target", target);
    }
}
