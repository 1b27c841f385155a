// SPDX-License-Identifier: Apache-2.0
// What tests need of descriptors: an owner, memory files that capture output, whole-file reads and writes.
// Tests only; the product's own owner type lives in src/sys.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace runcxx::tests {

// Owns one descriptor; -1 is empty.
class Fd {
public:
    Fd() = default;
    explicit Fd(int number) : number_(number) {}
    Fd(Fd&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
    Fd& operator=(Fd&& other) noexcept;
    Fd(const Fd&) = delete;
    Fd& operator=(const Fd&) = delete;
    ~Fd();

    int get() const { return number_; }
    explicit operator bool() const { return number_ >= 0; }
    void reset();

private:
    int number_ = -1;
};

// An anonymous file opened O_APPEND: processes write to it, `read_back` returns everything written so far.
// Unlike a pipe it never blocks the writer and needs no reader, so a detached container may keep it.
Fd memory_file(const char* name);
std::string read_back(const Fd& file);

// Throws std::system_error with the path.
std::string read_file(const std::filesystem::path& path);
std::optional<std::string> try_read_file(const std::filesystem::path& path);
void write_file(const std::filesystem::path& path, std::string_view text, unsigned mode = 0644);

// Without a trailing newline.
std::string trimmed(std::string text);
std::string link_target(const std::filesystem::path& path);

struct Pipe {
    Fd read_end, write_end;
};
Pipe make_pipe();

}  // namespace runcxx::tests
