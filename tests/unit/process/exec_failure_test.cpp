// SPDX-License-Identifier: Apache-2.0
#include "process/exec_failure.h"

#include <elf.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "support/catch.h"
#include "support/fd.h"
#include "support/forked.h"
#include "support/requirements.h"
#include "support/temp_dir.h"
#include "support/text_matchers.h"
#include "sys/exec.h"

using namespace runcxx;
using tests::Contains;
using tests::StartsWith;
using namespace runcxx::process;

namespace {

// A small ELF program header set: enough for the kernel to look at, with a PT_INTERP.
std::string elf_program(unsigned machine, const std::string& interpreter, unsigned char order = ELFDATA2LSB) {
    Elf64_Ehdr header{};
    std::memcpy(header.e_ident, ELFMAG, SELFMAG);
    header.e_ident[EI_CLASS] = ELFCLASS64;
    header.e_ident[EI_DATA] = order;
    header.e_ident[EI_VERSION] = EV_CURRENT;
    header.e_type = ET_EXEC;
    header.e_machine = static_cast<Elf64_Half>(machine);
    header.e_version = EV_CURRENT;
    header.e_ehsize = sizeof header;
    header.e_phoff = sizeof header;
    header.e_phentsize = sizeof(Elf64_Phdr);
    header.e_phnum = 1;
    Elf64_Phdr segment{};
    segment.p_type = PT_INTERP;
    segment.p_offset = sizeof header + sizeof segment;
    segment.p_filesz = interpreter.size() + 1;
    std::string bytes(reinterpret_cast<const char*>(&header), sizeof header);
    bytes.append(reinterpret_cast<const char*>(&segment), sizeof segment);
    return bytes + interpreter + std::string(1, '\0') + std::string(64, 'x');
}

#if defined(__x86_64__)
constexpr unsigned kOwnMachine = EM_X86_64;
constexpr unsigned kForeignMachine = EM_AARCH64;
constexpr const char* kForeignName = "aarch64";
#else
constexpr unsigned kOwnMachine = EM_AARCH64;
constexpr unsigned kForeignMachine = EM_X86_64;
constexpr const char* kForeignName = "x86_64";
#endif

// Really executes the file, so that the errno is the kernel's and not the test's idea of it.
std::string failure_of(const std::filesystem::path& path) {
    const auto result = tests::in_child([&] {
        const int error = sys::try_execute(path.string(), {path.string()}, {});
        return explain_exec_failure(path.string(), error);
    });
    return result.text;
}

}  // namespace

TEST_CASE("what the kernel cannot execute is explained", "[process]") {
    const tests::TempDir dir;
    const auto file = dir / "x";
    const std::string lead = "exec " + file.string() + ": ";
    std::string content;
    unsigned mode = 0755;
    std::string reason;
    std::string cause;

    SECTION("script with Windows line ends") {
        content = "#!/bin/sh\r\necho hi\r\n";
        reason = "no such file or directory";
        cause = R"(ends in a carriage return (Windows line ends): the kernel looks for "/bin/sh\r")";
    }
    SECTION("script whose interpreter is not installed") {
        content = "#!/opt/missing/bash -e\n";
        reason = "no such file or directory";
        cause = "its interpreter \"/opt/missing/bash\" (#! line of " + file.string() +
                ") does not exist in the container";
    }
    SECTION("script through env-like script whose own interpreter is missing") {
        tests::write_file(dir / "inner", "#!/opt/missing/inner\n", 0755);
        content = "#!" + (dir / "inner").string() + "\n";
        reason = "no such file or directory";
        cause = "its interpreter \"/opt/missing/inner\" (#! line of " + (dir / "inner").string() + ")";
    }
    SECTION("program for musl in an image without it") {
        content = elf_program(kOwnMachine, "/lib/ld-musl-nowhere.so.1");
        reason = "no such file or directory";
        cause =
            "its loader \"/lib/ld-musl-nowhere.so.1\" does not exist in the container; the program was built "
            "for musl";
    }
    SECTION("program of another architecture") {
        content = elf_program(kForeignMachine, "/lib/ld.so");
        reason = "exec format error";
        cause = std::string("the program is built for ") + kForeignName + ", this host is ";
    }
    SECTION("program of another byte order") {
        content = elf_program(EM_S390 << 8, "/lib/ld.so", ELFDATA2MSB);
        reason = "exec format error";
        cause = "the program is built for s390x";
    }
    SECTION("text without #! line") {
        content = "echo hi\n";
        reason = "exec format error";
        cause = "neither an ELF program nor a script with a #! line";
    }
    SECTION("empty file") {
        reason = "exec format error";
        cause = "the file is empty";
    }
    SECTION("no interpreter behind #!") {
        content = "#!   \n";
        reason = "exec format error";
        cause = "the #! line names no interpreter";
    }
    SECTION("too long #! line") {
        content = "#!/" + std::string(400, 'a') + "\n";
        reason = "exec format error";
        cause = "the #! line is longer than 255 bytes";
    }
    SECTION("cut-off program") {
        content = elf_program(kOwnMachine, "/lib/ld.so").substr(0, 40);
        reason = "exec format error";
        cause = "the ELF file is truncated";
    }
    SECTION("no execute permission") {
        content = "#!/bin/sh\n";
        mode = 0644;
        reason = "permission denied";
        cause = "the file has no execute permission: mode 0644";
    }
    tests::write_file(file, content, mode);
    const auto text = failure_of(file);
    CHECK_THAT(text, StartsWith(lead + reason + ": "));
    CHECK_THAT(text, Contains(cause));
    CHECK(text.find('\n') == std::string::npos);
}

TEST_CASE("paths that lead to no program are explained", "[process]") {
    const tests::TempDir dir;
    CHECK(failure_of(dir / "none") == "exec " + (dir / "none").string() + ": no such file or directory");
    REQUIRE(::symlink("/opt/missing", (dir / "link").c_str()) == 0);
    CHECK_THAT(failure_of(dir / "link"),
               Contains("is a symbolic link to \"/opt/missing\", which does not exist"));
    CHECK_THAT(failure_of(dir.path()), Contains("permission denied: it is a directory"));
    REQUIRE(::symlink("loop", (dir / "loop").c_str()) == 0);
    CHECK_THAT(failure_of(dir / "loop"), Contains("too many levels of symbolic links"));
    REQUIRE(::mkfifo((dir / "fifo").c_str(), 0755) == 0);
    CHECK_THAT(failure_of(dir / "fifo"), Contains("permission denied: it is a FIFO"));
}

TEST_CASE("a mount with noexec is named", "[process][root]") {
    REQUIRES("root");
    const tests::TempDir dir;
    const auto result = tests::in_child([&]() -> std::string {
        if (::unshare(CLONE_NEWNS) != 0 || ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0)
            return "no mount namespace";
        if (::mount("t", dir.path().c_str(), "tmpfs", MS_NOEXEC, "") != 0) return "no tmpfs";
        tests::write_file(dir / "x", "#!/bin/sh\n", 0755);
        const auto path = (dir / "x").string();
        return explain_exec_failure(path, sys::try_execute(path, {path}, {}));
    });
    CHECK_THAT(result.text, Contains("permission denied: the file is on a mount with the option noexec"));
}

TEST_CASE("a directory that the user may not search is named, not the file behind it", "[process][root]") {
    REQUIRES("root");
    const tests::TempDir dir;
    std::filesystem::create_directory(dir / "closed");
    tests::write_file(dir / "closed" / "x", "#!/bin/sh\n", 0755);
    tests::write_file(dir / "mine", "#!/bin/sh\n", 0700);
    REQUIRE(::chmod((dir / "closed").c_str(), 0700) == 0);
    const auto as_nobody = [&](const std::filesystem::path& path) {
        return tests::in_child([&]() -> std::string {
                   if (::setgid(65534) != 0 || ::setuid(65534) != 0) return "cannot become nobody";
                   return explain_exec_failure(path.string(), sys::try_execute(path.string(), {"x"}, {}));
               })
            .text;
    };
    CHECK_THAT(as_nobody(dir / "closed" / "x"),
               Contains("directory " + (dir / "closed").string() + " may not be searched by this user"));
    CHECK_THAT(as_nobody(dir / "mine"), Contains("may not be executed by this user: mode 0700, owner 0:0"));
}

TEST_CASE("an interpreter that lacks permission is named", "[process]") {
    const tests::TempDir dir;
    tests::write_file(dir / "interpreter", "x", 0644);
    tests::write_file(dir / "x", "#!" + (dir / "interpreter").string() + "\n", 0755);
    CHECK_THAT(failure_of(dir / "x"),
               Contains("its interpreter \"" + (dir / "interpreter").string() + "\" may not be executed"));
}

TEST_CASE("control characters of a file name do not break the one line", "[process]") {
    CHECK(explain_exec_failure("/a\nb", ENOENT) == "exec /a\\x0ab: no such file or directory");
}

TEST_CASE("headers of any content are read without going astray", "[process]") {
    CHECK(parse_program_head("").kind == ProgramHead::Kind::Empty);
    CHECK(parse_program_head("#!").kind == ProgramHead::Kind::Script);
    CHECK(parse_program_head("#!/bin/sh -x\n").interpreter == "/bin/sh");
    CHECK(parse_program_head("#!\t /bin/sh").interpreter == "/bin/sh");
    CHECK(parse_program_head("\x7f"
                             "ELF")
              .truncated);
    const auto whole = elf_program(kOwnMachine, "/lib/ld.so");
    CHECK(parse_program_head(whole).interpreter == "/lib/ld.so");
    for (std::size_t size = 0; size <= whole.size(); ++size)
        parse_program_head(std::string_view(whole).substr(0, size));
    for (std::size_t i = 0; i < sizeof(Elf64_Ehdr) + sizeof(Elf64_Phdr); ++i) {
        auto damaged = whole;
        damaged[i] = static_cast<char>(0xff);
        parse_program_head(damaged);
    }
    CHECK(machine_name(EM_AARCH64, 64) == "aarch64");
    CHECK(machine_name(EM_RISCV, 64) == "riscv64");
    CHECK(machine_name(4711, 64) == "machine 4711");
}
