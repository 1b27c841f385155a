// SPDX-License-Identifier: Apache-2.0
#include "process/exec_failure.h"

#include <elf.h>
#include <fcntl.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <cstring>
#include <optional>

#include <fmt/core.h>

#include "base/error.h"
#include "base/paths.h"
#include "base/text.h"
#include "sys/exec.h"
#include "sys/file.h"
#include "sys/tty.h"

namespace runcxx::process {
namespace {

constexpr std::size_t kScriptLine = 256;   // BINPRM_BUF_SIZE of linux/binfmts.h
constexpr std::size_t kHeadSize = 8192;    // headers of every ordinary ELF file, and its PT_INTERP
constexpr unsigned kMostScriptLevels = 5;  // fs/exec.c

constexpr Named<unsigned> kMachines[] = {
    {"x86_64", EM_X86_64},   {"i386", EM_386},
    {"aarch64", EM_AARCH64}, {"arm", EM_ARM},
    {"s390x", EM_S390},      {"powerpc", EM_PPC},
    {"mips", EM_MIPS},       {"riscv", EM_RISCV},
    {"ppc64", EM_PPC64},     {"loongarch", EM_LOONGARCH},
    {"sparc", EM_SPARC},     {"sparc64", EM_SPARCV9},
};

constexpr unsigned host_machine() {
#if defined(__x86_64__)
    return EM_X86_64;
#elif defined(__i386__)
    return EM_386;
#elif defined(__aarch64__)
    return EM_AARCH64;
#elif defined(__arm__)
    return EM_ARM;
#elif defined(__s390x__)
    return EM_S390;
#elif defined(__powerpc64__)
    return EM_PPC64;
#elif defined(__riscv)
    return EM_RISCV;
#elif defined(__mips__)
    return EM_MIPS;
#elif defined(__loongarch__)
    return EM_LOONGARCH;
#else
    return EM_NONE;
#endif
}
constexpr unsigned kHostClass = sizeof(void*) * 8;

template <class T>
std::optional<T> load(std::string_view bytes, std::size_t offset) {
    T value{};
    if (offset > bytes.size() || bytes.size() - offset < sizeof value) return std::nullopt;
    std::memcpy(&value, bytes.data() + offset, sizeof value);
    return value;
}

template <class Header, class Segment>
void parse_elf(std::string_view bytes, ProgramHead& head) {
    const auto header = load<Header>(bytes, 0);
    if (!header) {
        head.truncated = true;
        return;
    }
    head.machine = header->e_machine;
    for (unsigned i = 0; i < header->e_phnum; ++i) {
        const auto segment = load<Segment>(bytes, header->e_phoff + std::size_t{i} * header->e_phentsize);
        if (!segment) {
            head.truncated = true;
            return;
        }
        if (segment->p_type != PT_INTERP) continue;
        if (segment->p_offset > bytes.size() || bytes.size() - segment->p_offset < segment->p_filesz) {
            head.truncated = true;
            return;
        }
        const auto text = bytes.substr(segment->p_offset, segment->p_filesz);
        head.interpreter = std::string(text.substr(0, text.find('\0')));
        return;
    }
}

void parse_script(std::string_view bytes, ProgramHead& head) {
    auto line = bytes.substr(0, kScriptLine);
    const auto end = line.find('\n');
    head.line_too_long = end == std::string_view::npos && bytes.size() > kScriptLine;
    line = line.substr(2, end == std::string_view::npos ? end : end - 2);
    head.has_carriage_return = line.ends_with('\r');
    const auto begin = line.find_first_not_of(" \t");
    if (begin == std::string_view::npos) return;
    line.remove_prefix(begin);
    head.interpreter = std::string(line.substr(0, line.find_first_of(" \t")));
    if (head.interpreter.ends_with('\r')) head.interpreter.pop_back();
}

struct Program {
    sys::UniqueFd file;  // empty when it could not be read
    struct stat info {};
    ProgramHead head;
    bool was_read = false;
};

// errno is 0, or what stat says. The container's files: nothing here waits for a FIFO or reads a device.
Program look_at(const std::string& path, int& error) {
    Program program;
    error = sys::try_stat_path(path, program.info);
    if (error != 0 || !S_ISREG(program.info.st_mode)) return program;
    program.file = sys::try_open(HostPath(path), O_RDONLY | O_NONBLOCK | O_NOCTTY);
    if (!program.file) return program;
    std::string bytes(kHeadSize, '\0');
    const long size = sys::try_read_some(program.file, bytes.data(), bytes.size());
    if (size < 0) return program;
    bytes.resize(static_cast<std::size_t>(size));
    program.head = parse_program_head(bytes);
    program.was_read = true;
    return program;
}

std::string file_kind(mode_t mode) {
    if (S_ISDIR(mode)) return "a directory";
    if (S_ISFIFO(mode)) return "a FIFO";
    if (S_ISSOCK(mode)) return "a socket";
    if (S_ISCHR(mode) || S_ISBLK(mode)) return "a device";
    return "not a regular file";
}

std::string missing_path_cause(const std::string& path) {
    const auto target = sys::try_read_link(HostPath(path));
    if (target)
        return fmt::format("{} is a symbolic link to {}, which does not exist", path, quoted(*target));
    // Name the first directory that is not there: the last one is the file itself, which the error has named
    // already.
    std::string upto;
    for (const auto part : split(path, '/')) {
        if (part.empty()) continue;
        upto += "/";
        upto += part;
        struct stat info {};
        if (sys::try_stat_path(upto, info) == ENOENT)
            return upto == clean_path(path) ? std::string() : fmt::format("there is no directory {}", upto);
    }
    return {};
}

std::string denied_cause(const std::string& path) {
    // The first directory on the way that may not be searched is to blame, whatever the file's own mode.
    std::string upto;
    if (path.starts_with('/')) {
        const auto directory = dir_name(path);
        for (const auto part : split(directory, '/')) {
            if (part.empty()) continue;
            upto += "/";
            upto += part;
            if (sys::try_access_executable(upto) == EACCES)
                return fmt::format("directory {} may not be searched by this user", upto);
        }
    }
    int error = 0;
    const auto program = look_at(path, error);
    if (error != 0) return {};
    if (!S_ISREG(program.info.st_mode)) return fmt::format("it is {}", file_kind(program.info.st_mode));
    const unsigned mode = program.info.st_mode & 07777U;
    if ((mode & 0111U) == 0) return fmt::format("the file has no execute permission: mode {:04o}", mode);
    sys::UniqueFd handle = sys::try_open(HostPath(path), O_PATH);
    if (handle && sys::is_on_noexec_mount(handle)) return "the file is on a mount with the option noexec";
    if (sys::try_access_executable(path) == EACCES)
        return fmt::format("the file may not be executed by this user: mode {:04o}, owner {}:{}", mode,
                           program.info.st_uid, program.info.st_gid);
    if (!program.head.interpreter.empty()) {
        const auto& interpreter = program.head.interpreter;
        if (sys::try_access_executable(interpreter) == EACCES)
            return fmt::format("its interpreter {} may not be executed", quoted(interpreter));
    }
    return "a security module (AppArmor, SELinux) may have denied it: see the host's audit log";
}

// The interpreters of interpreters too: a script may name a script.
std::string missing_interpreter_cause(std::string path) {
    for (unsigned level = 0; level <= kMostScriptLevels; ++level) {
        int error = 0;
        const auto program = look_at(path, error);
        const auto& head = program.head;
        if (error != 0 || !program.was_read || head.interpreter.empty()) return {};
        if (head.kind == ProgramHead::Kind::Script && head.has_carriage_return)
            return fmt::format(
                "the #! line of {} ends in a carriage return (Windows line ends): the kernel looks for {}",
                path, quoted(head.interpreter + "\r"));
        struct stat info {};
        if (sys::try_stat_path(head.interpreter, info) == ENOENT) {
            if (head.kind == ProgramHead::Kind::Script)
                return fmt::format("its interpreter {} (#! line of {}) does not exist in the container",
                                   quoted(head.interpreter), path);
            const std::string_view hint = head.interpreter.find("ld-musl") != std::string::npos
                                              ? "; the program was built for musl"
                                              : "; the program is dynamically linked";
            return fmt::format("its loader {} does not exist in the container{}", quoted(head.interpreter),
                               hint);
        }
        path = head.interpreter;
    }
    return {};
}

std::string foreign_format_cause(const std::string& path) {
    int error = 0;
    const auto program = look_at(path, error);
    const auto& head = program.head;
    if (error != 0) return {};
    if (!program.was_read)
        return S_ISREG(program.info.st_mode) ? std::string() : "it is " + file_kind(program.info.st_mode);
    switch (head.kind) {
        case ProgramHead::Kind::Empty:
            return "the file is empty";
        case ProgramHead::Kind::Script:
            if (head.line_too_long)
                return fmt::format("the #! line is longer than {} bytes", kScriptLine - 1);
            if (head.interpreter.empty()) return "the #! line names no interpreter";
            if (head.has_carriage_return) return "the #! line ends in a carriage return (Windows line ends)";
            return missing_interpreter_cause(path);
        case ProgramHead::Kind::Elf:
            if (head.truncated) return "the ELF file is truncated";
            if (head.wrong_byte_order || head.machine != host_machine())
                return fmt::format(
                    "the program is built for {}, this host is {} (and has no binfmt_misc handler for it)",
                    machine_name(head.machine, head.elf_class), machine_name(host_machine(), kHostClass));
            if (head.elf_class != kHostClass)
                return fmt::format("the program is {}-bit, and this kernel runs {}-bit programs only",
                                   head.elf_class, kHostClass);
            return "the ELF file is not an executable the kernel takes";
        case ProgramHead::Kind::Other:
            break;
    }
    return "the file is neither an ELF program nor a script with a #! line";
}

}  // namespace

ProgramHead parse_program_head(std::string_view bytes) {
    ProgramHead head;
    if (bytes.empty()) return head;
    head.kind = ProgramHead::Kind::Other;
    if (bytes.starts_with("#!")) {
        head.kind = ProgramHead::Kind::Script;
        parse_script(bytes, head);
    } else if (bytes.starts_with(std::string_view(ELFMAG, SELFMAG))) {
        head.kind = ProgramHead::Kind::Elf;
        if (bytes.size() < EI_NIDENT) {
            head.truncated = true;
            return head;
        }
        const bool is_64 = bytes[EI_CLASS] == ELFCLASS64;
        head.elf_class = is_64 ? 64 : 32;
        const char own_order = std::endian::native == std::endian::little ? ELFDATA2LSB : ELFDATA2MSB;
        head.wrong_byte_order = bytes[EI_DATA] != own_order;
        if (head.wrong_byte_order) {
            if (const auto raw = load<std::uint16_t>(bytes, offsetof(Elf64_Ehdr, e_machine)))
                head.machine = static_cast<unsigned>(*raw >> 8 | (*raw & 0xffU) << 8);
        } else if (is_64) {
            parse_elf<Elf64_Ehdr, Elf64_Phdr>(bytes, head);
        } else {
            parse_elf<Elf32_Ehdr, Elf32_Phdr>(bytes, head);
        }
    }
    return head;
}

std::string machine_name(unsigned machine, unsigned elf_class) {
    if (machine == EM_RISCV) return elf_class == 32 ? "riscv32" : "riscv64";
    if (machine == EM_X86_64 && elf_class == 32) return "x32";
    const auto name = find_name(kMachines, machine);
    return name.empty() ? fmt::format("machine {}", machine) : std::string(name);
}

std::string exec_failure_cause(const std::string& path, int exec_errno) {
    switch (exec_errno) {
        case ENOENT: {
            struct stat info {};
            if (sys::try_stat_path(path, info) == ENOENT) return missing_path_cause(path);
            return missing_interpreter_cause(path);
        }
        case EACCES:
            return denied_cause(path);
        case ENOEXEC:
            return foreign_format_cause(path);
        case ETXTBSY:
            return "the file is open for writing";
        case E2BIG:
            return "arguments and environment are larger than a quarter of RLIMIT_STACK, or one is over 128 "
                   "KiB";
        case EPERM:
            return "a security module or a seccomp filter denied it, or the mount forbids the set-user-ID "
                   "program";
        case ENOTDIR:
            return "a part of the path is not a directory";
        default:
            return {};
    }
}

std::string explain_exec_failure(const std::string& path, int exec_errno) {
    std::string text = fmt::format("exec {}: {}", path, errno_text(exec_errno));
    if (const auto cause = exec_failure_cause(path, exec_errno); !cause.empty()) text += ": " + cause;
    // Names come from the image: what would break the line is written out.
    std::string line;
    for (const char c : text) {
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
            line += fmt::format("\\x{:02x}", static_cast<unsigned>(static_cast<unsigned char>(c)));
        } else {
            line += c;
        }
    }
    return line;
}

}  // namespace runcxx::process
