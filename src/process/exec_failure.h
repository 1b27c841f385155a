// SPDX-License-Identifier: Apache-2.0
// Why execve(2) failed. The kernel says "no such file or directory" for a missing interpreter and "exec
// format error" for a foreign architecture; here the file is opened, after the failure only, and the cause is
// named. Runs in: init, inside the container's root.
#pragma once

#include <string>
#include <string_view>

namespace runcxx::process {

// "exec /x: no such file or directory", and ": <cause>" when one is found. One line.
std::string explain_exec_failure(const std::string& path, int exec_errno);

// Only the cause, "" when nothing is known. `path` as given to execve; for EACCES, ENOENT, ENOEXEC, ELOOP,
// ETXTBSY, E2BIG.
std::string exec_failure_cause(const std::string& path, int exec_errno);

// What the first bytes of a program say. Exposed for tests.
struct ProgramHead {
    enum class Kind { Empty, Script, Elf, Other } kind = Kind::Empty;
    std::string interpreter;           // the path behind "#!", or PT_INTERP
    bool has_carriage_return = false;  // the "#!" line ends in "\r\n"
    bool line_too_long = false;        // no end of the "#!" line in the 256 bytes the kernel looks at
    unsigned machine = 0;              // e_machine
    unsigned elf_class = 0;            // 32 or 64
    bool wrong_byte_order = false;
    bool truncated = false;  // headers end behind the end of what was given
};
ProgramHead parse_program_head(std::string_view bytes);

// "aarch64" for EM_AARCH64, ...; "machine 999" for unknown numbers.
std::string machine_name(unsigned machine, unsigned elf_class);

}  // namespace runcxx::process
