// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include "sync_io.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "log.h"
#include "runcxx/bootstrap_wire.h"

// True when the call that set errno is to be repeated.
static bool may_retry(int fd, short events) {
    if (errno == EINTR) return true;
    if (errno != EAGAIN) return false;
    struct pollfd ready = {.fd = fd, .events = events};
    return poll(&ready, 1, -1) >= 0 || errno == EINTR;
}

ssize_t read_full(int fd, void* buffer, size_t size) {
    size_t done = 0;
    while (done < size) {
        const ssize_t got = read(fd, (char*)buffer + done, size - done);
        if (got == 0) break;
        if (got > 0)
            done += (size_t)got;
        else if (!may_retry(fd, POLLIN))
            return -1;
    }
    return (ssize_t)done;
}

bool send_full(int socket, const void* buffer, size_t size) {
    size_t done = 0;
    while (done < size) {
        const ssize_t sent = send(socket, (const char*)buffer + done, size - done, MSG_NOSIGNAL);
        if (sent >= 0)
            done += (size_t)sent;
        else if (!may_retry(socket, POLLOUT))
            return false;
    }
    return true;
}

bool write_file_at(int directory_fd, const char* path, const char* text) {
    const int fd = openat(directory_fd, path, O_WRONLY | O_CLOEXEC);
    if (fd < 0) return false;
    ssize_t written;
    do {
        written = write(fd, text, strlen(text));
    } while (written < 0 && errno == EINTR);
    const int saved_errno = written >= 0 && (size_t)written != strlen(text) ? EIO : errno;
    close(fd);
    errno = saved_errno;
    return written >= 0 && (size_t)written == strlen(text);
}

long read_sysctl(int proc_fd, const char* path) {
    const int fd = openat(proc_fd, path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return -1;
    char text[32];
    const ssize_t size = read_full(fd, text, sizeof(text) - 1);
    close(fd);
    if (size <= 0) return -1;
    text[size] = '\0';
    return strtol(text, NULL, 10);
}

void sync_pair(int ends[2]) {
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
        fail_with(errno, NULL, "failed to create the stages' socketpair");
}

void sync_send(int fd, uint32_t word) {
    send_full(fd, &word, sizeof(word));
}

void sync_expect(int fd, uint32_t word, const char* peer) {
    uint32_t got = 0;
    const ssize_t size = read_full(fd, &got, sizeof(got));
    if (size == (ssize_t)sizeof(got) && got == word) return;
    // From here on nobody is left to be told: either the peer knows, or it is gone, or it is out of its mind.
    log_set_peer(-1);
    if (size == (ssize_t)sizeof(got) && got == RUNCXX_SYNC_FAILED) fail_silently();
    if (size < 0) fail_with(errno, NULL, "failed to read from %s", peer);
    if (size != (ssize_t)sizeof(got))
        fail("%s ended without a word (killed?) while %#x was expected", peer, word);
    fail("unexpected sync value %#x from %s, want %#x", got, peer, word);
}
