// SPDX-License-Identifier: Apache-2.0
// resctrl needs hardware that build machines lack, so a folder stands in for it: what is written can be read.
// What the kernel would put into a new group, the tests put there.
#pragma once

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "support/catch.h"
#include "support/temp_dir.h"

namespace runcxx::tests {

namespace fs = std::filesystem;

class FakeResctrl {
public:
    FakeResctrl() : temp_("rxrdt") {
        fs::create_directories(temp_ / "info");
        populate(root());
    }
    fs::path root() const { return fs::canonical(temp_.path()); }
    fs::path operator/(const std::string& name) const { return root() / name; }

    // What the kernel makes in the directory of a new group.
    static void populate(const fs::path& group) {
        fs::create_directories(group / "mon_groups");
        for (const char* name : {"tasks", "schemata"})
            put(group / name, "");
    }
    static void put(const fs::path& path, const std::string& text) { std::ofstream(path) << text; }
    static std::string get(const fs::path& path) {
        std::ifstream file(path);
        return {std::istreambuf_iterator<char>(file), {}};
    }
    // Removing a group removes its files, in the kernel.
    static void unpopulate(const fs::path& group) {
        for (const char* name : {"mon_groups", "tasks", "schemata"})
            fs::remove(group / name);
    }

private:
    TempDir temp_;
};

}  // namespace runcxx::tests
