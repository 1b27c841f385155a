// SPDX-License-Identifier: Apache-2.0
// A plain folder that stands in for a cgroup: control files are files, and what is written can be read.
#pragma once

#include <fstream>
#include <iterator>
#include <string>

#include "cgroups/directory.h"
#include "support/temp_dir.h"

namespace runcxx::tests {

class Folder {
public:
    explicit Folder(std::initializer_list<const char*> files = {}) : temp_("rxcg") {
        for (const auto* name : files)
            put(name, "");
    }
    std::string path() const { return std::filesystem::canonical(temp_.path()).string(); }
    cgroups::Root root() const { return cgroups::Root(cgroups::Root::Kind::PlainFolder, path()); }
    cgroups::Directory directory() const { return root().try_open(path()); }

    void put(const std::string& name, const std::string& text) const { std::ofstream(temp_ / name) << text; }
    std::string get(const std::string& name) const {
        std::ifstream file(temp_ / name);
        return {std::istreambuf_iterator<char>(file), {}};
    }

private:
    TempDir temp_;
};

}  // namespace runcxx::tests
