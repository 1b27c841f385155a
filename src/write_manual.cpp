// SPDX-License-Identifier: Apache-2.0
// write_manual PROSE_FOLDER DATE FOLDER: writes the man pages and the completion for shells into FOLDER.
//
// A program of the build, beside the runtime and not in it: what it knows is a table and a library that the runtime
// is linked from as well, and what it makes need not be paid for in every container's start. Runs in: neither.
#include <fcntl.h>

#include <exception>
#include <set>
#include <string>

#include <fmt/core.h>

#include "base/error.h"
#include "base/paths.h"
#include "cli/commands.h"
#include "manual/completion.h"
#include "manual/man_page.h"
#include "manual/prose.h"
#include "sys/file.h"
#include "sys/standard_streams.h"

using namespace runcxx;

namespace {

void write(const HostPath& folder, const std::string& name, const std::string& text) {
    sys::make_dirs(folder, 0755);
    sys::write_atomically(sys::open_file(folder, O_RDONLY | O_DIRECTORY), name, text, 0644);
}

// Every page has its prose, and every prose its page.
class ProseFolder {
public:
    explicit ProseFolder(HostPath folder) : folder_(std::move(folder)) {
        for (auto& name : sys::list_dir(folder_))
            unused_.insert(std::move(name));
    }

    manual::Prose read(const std::string& page) {
        unused_.erase(page + ".md");
        return manual::parse_prose(page, sys::read_file(folder_ / (page + ".md")));
    }

    void check_all_used() const {
        if (!unused_.empty())
            throw Error(fmt::format("{}: there is no such command", (folder_ / *unused_.begin()).str()));
    }

private:
    HostPath folder_;
    std::set<std::string> unused_;
};

void write_all(const HostPath& prose_folder, const std::string& date, const HostPath& folder) {
    write(folder / "bash", "runcxx", manual::bash_completion());
    write(folder / "zsh", "_runcxx", manual::zsh_completion());
    write(folder / "fish", "runcxx.fish", manual::fish_completion());

    ProseFolder prose(prose_folder);
    write(folder / "man8", "runcxx.8", manual::program_page(prose.read("runcxx"), date));
    for (const auto* command : cli::commands()) {
        const auto page = fmt::format("runcxx-{}", command->name);
        write(folder / "man8", page + ".8", manual::command_page(*command, prose.read(page), date));
    }
    prose.check_all_used();
}

}  // namespace

int main(int argc, char** argv) {
    try {
        if (argc != 4) throw Error("usage: write_manual PROSE_FOLDER DATE FOLDER");
        write_all(HostPath(argv[1]), argv[2], HostPath(argv[3]));
        return 0;
    } catch (const std::exception& error) {
        sys::write_to_stderr(fmt::format("write_manual: {}\n", error.what()));
        return 1;
    }
}
