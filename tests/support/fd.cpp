// SPDX-License-Identifier: Apache-2.0
#include "support/fd.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace runcxx::tests {

namespace {

[[noreturn]] void fail(const std::string& what) {
    throw std::system_error(errno, std::generic_category(), what);
}

}  // namespace

Fd& Fd::operator=(Fd&& other) noexcept {
    if (this != &other) {
        reset();
        number_ = std::exchange(other.number_, -1);
    }
    return *this;
}

Fd::~Fd() {
    reset();
}

void Fd::reset() {
    if (number_ >= 0) close(number_);
    number_ = -1;
}

Fd memory_file(const char* name) {
    Fd file(memfd_create(name, MFD_CLOEXEC));
    if (!file) fail("memfd_create");
    // Several writers share the file (runtime, container): without O_APPEND one would overwrite the other's
    // lines.
    if (fcntl(file.get(), F_SETFL, O_APPEND) < 0) fail("fcntl O_APPEND");
    return file;
}

std::string read_back(const Fd& file) {
    std::string text;
    char part[65536];
    ssize_t got;
    while ((got = pread(file.get(), part, sizeof part, static_cast<off_t>(text.size()))) > 0)
        text.append(part, static_cast<size_t>(got));
    return text;
}

std::optional<std::string> try_read_file(const std::filesystem::path& path) {
    Fd file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file) return std::nullopt;
    std::string text;
    char part[65536];
    ssize_t got;
    while ((got = read(file.get(), part, sizeof part)) > 0)
        text.append(part, static_cast<size_t>(got));
    if (got < 0) return std::nullopt;
    return text;
}

std::string read_file(const std::filesystem::path& path) {
    auto text = try_read_file(path);
    if (!text) fail("read " + path.string());
    return *text;
}

void write_file(const std::filesystem::path& path, std::string_view text, unsigned mode) {
    Fd file(open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode));
    if (!file) fail("open " + path.string());
    if (write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()))
        fail("write " + path.string());
    if (struct stat facts; fstat(file.get(), &facts) == 0 && S_ISREG(facts.st_mode) &&
                           (facts.st_mode & 07777) != mode && fchmod(file.get(), mode) < 0 && errno != EPERM)
        fail("chmod " + path.string());
}

std::string trimmed(std::string text) {
    while (!text.empty() && (text.back() == '\n' || text.back() == '\r'))
        text.pop_back();
    return text;
}

std::string link_target(const std::filesystem::path& path) {
    char target[4096];
    ssize_t length = readlink(path.c_str(), target, sizeof target);
    return length < 0 ? std::string() : std::string(target, static_cast<size_t>(length));
}

Pipe make_pipe() {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0) fail("pipe2");
    return {Fd(ends[0]), Fd(ends[1])};
}

}  // namespace runcxx::tests
