// SPDX-License-Identifier: Apache-2.0
// Putting control files back to what stood in them. Reading a file does not always give what has to be written
// into it: tables of devices only show what is set, memory.oom_control shows more than it takes, and some
// writes change a second file. Runs in: runtime.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cgroups/directory.h"

namespace runcxx::cgroups {

struct FileContents {
    std::string name;
    std::optional<std::string> text;  // nullopt: it cannot be read
};

// Of the file, and behind it of those that the kernel changes along with it (cpu.idle resets the weight).
std::vector<FileContents> contents_before(const Directory& directory, const std::string& name);

// Writes what is needed to make the files read as before. Throws for the first that cannot be read or does not
// take it.
void restore(const Directory& directory, const std::vector<FileContents>& before);

// The writes that lead from `now` to `before` in the file of that name, one write(2) each. Pure.
std::vector<std::string> restoring_writes(std::string_view name, std::string_view before,
                                          std::string_view now);

}  // namespace runcxx::cgroups
