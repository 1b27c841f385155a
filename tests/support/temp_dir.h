// SPDX-License-Identifier: Apache-2.0
// A directory that is gone, with everything in it, when its owner is. Mode 0755, so that a mapped root can
// enter it.
#pragma once

#include <filesystem>

namespace runcxx::tests {

class TempDir {
public:
    // Below $TMPDIR or /tmp; throws std::system_error.
    explicit TempDir(const char* prefix = "rxt");
    ~TempDir();
    TempDir(const TempDir&) = delete;
    TempDir& operator=(const TempDir&) = delete;

    const std::filesystem::path& path() const { return path_; }
    std::filesystem::path operator/(const std::filesystem::path& name) const { return path_ / name; }

private:
    std::filesystem::path path_;
};

}  // namespace runcxx::tests
