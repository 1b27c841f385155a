// SPDX-License-Identifier: Apache-2.0
#include "support/checkpoint.h"

namespace fs = std::filesystem;

namespace runcxx::tests {

std::string own_namespace(pid_t pid, const std::string& kind) {
    return fs::read_symlink("/proc/" + std::to_string(pid) + "/ns/" + kind);
}

Options with_fake_criu(const fs::path& directory, const std::string& script) {
    fs::create_directory(directory);
    write_file(directory / "criu", "#!/bin/sh\n" + script);
    fs::permissions(directory / "criu", fs::perms::owner_all);
    Options options;
    options.env = {"PATH=" + directory.string() + ":" + std::string(getenv("PATH"))};
    return options;
}

std::string says(const std::string& bytes) {
    return "exec perl -e 'open(F, \">&=\", $ARGV[0]); syswrite(F, \"" + bytes + "\"); sleep 100' $2";
}

}  // namespace runcxx::tests
