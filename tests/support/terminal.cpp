// SPDX-License-Identifier: Apache-2.0
#include "support/terminal.h"

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <system_error>

#include "support/process.h"

namespace runcxx::tests {

namespace {

[[noreturn]] void fail(const std::string& what) {
    throw std::system_error(errno, std::generic_category(), what);
}

bool readable(int fd, double seconds) {
    pollfd waiting{fd, POLLIN, 0};
    return poll(&waiting, 1, static_cast<int>(seconds * 1000)) > 0;
}

Fd bound_socket(int type, const std::filesystem::path& path) {
    Fd result(socket(AF_UNIX, type | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.native().size() >= sizeof address.sun_path) throw std::runtime_error("socket path too long");
    std::memcpy(address.sun_path, path.c_str(), path.native().size());
    if (!result || bind(result.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) < 0)
        fail("bind " + path.string());
    chmod(path.c_str(), 0777);
    return result;
}

DescriptorSocket::Message take_message(int from) {
    DescriptorSocket::Message message;
    char text[65536], control[4096];
    iovec part{text, sizeof text};
    msghdr header{};
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    header.msg_control = control;
    header.msg_controllen = sizeof control;
    ssize_t got = recvmsg(from, &header, MSG_CMSG_CLOEXEC);
    if (got < 0) return message;
    message.text.assign(text, static_cast<size_t>(got));
    for (cmsghdr* entry = CMSG_FIRSTHDR(&header); entry; entry = CMSG_NXTHDR(&header, entry)) {
        if (entry->cmsg_level != SOL_SOCKET || entry->cmsg_type != SCM_RIGHTS) continue;
        size_t count = (entry->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t i = 0; i < count; ++i) {
            int fd;
            std::memcpy(&fd, CMSG_DATA(entry) + i * sizeof fd, sizeof fd);
            message.fds.emplace_back(fd);
        }
    }
    return message;
}

}  // namespace

Pty open_pty() {
    Pty pty;
    pty.master = Fd(posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
    char name[64];
    if (!pty.master || grantpt(pty.master.get()) < 0 || unlockpt(pty.master.get()) < 0 ||
        ptsname_r(pty.master.get(), name, sizeof name) != 0)
        fail("open a pseudo terminal");
    pty.name = name;
    pty.slave = Fd(open(name, O_RDWR | O_NOCTTY | O_CLOEXEC));
    if (!pty.slave) fail(pty.name);
    return pty;
}

void Pty::resize(int rows, int columns) const {
    winsize size{};
    size.ws_row = static_cast<unsigned short>(rows);
    size.ws_col = static_cast<unsigned short>(columns);
    if (ioctl(master.get(), TIOCSWINSZ, &size) < 0) fail("TIOCSWINSZ");
}

void Pty::send(const std::string& text) const {
    if (write(master.get(), text.data(), text.size()) < 0) fail("write to the pseudo terminal");
}

std::string Pty::read_until(const std::string& text, double seconds) const {
    return tests::read_until(master, text, seconds);
}

std::string read_until(const Fd& master, const std::string& text, double seconds) {
    auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds * time_scale());
    std::string seen;
    while (seen.find(text) == std::string::npos) {
        double left = std::chrono::duration<double>(end - std::chrono::steady_clock::now()).count();
        if (left <= 0 || !readable(master.get(), left)) break;
        char part[4096];
        ssize_t got = read(master.get(), part, sizeof part);
        if (got <= 0) break;
        seen.append(part, static_cast<size_t>(got));
    }
    return seen;
}

DescriptorSocket::DescriptorSocket(std::filesystem::path path)
    : path_(std::move(path)), listener_(bound_socket(SOCK_STREAM, path_)) {
    if (listen(listener_.get(), 8) < 0) fail("listen");
}

DescriptorSocket::Message DescriptorSocket::receive(double seconds) {
    seconds *= time_scale();
    if (!readable(listener_.get(), seconds)) return {};
    Fd connection(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!connection || !readable(connection.get(), seconds)) return {};
    return take_message(connection.get());
}

DatagramSocket::DatagramSocket(const std::filesystem::path& path) : socket_(bound_socket(SOCK_DGRAM, path)) {}

std::string DatagramSocket::receive(double seconds) {
    if (!readable(socket_.get(), seconds * time_scale())) return "";
    return take_message(socket_.get()).text;
}

}  // namespace runcxx::tests
