// SPDX-License-Identifier: Apache-2.0
// One binary, two lives: the runtime that a caller runs, and `init`, which the runtime runs inside the
// container. (When this is init, nsexec's constructor has done its part before this main.) Runs in: either.
#include <cstdlib>
#include <exception>
#include <new>
#include <span>
#include <string_view>

#include "base/error.h"
#include "cli/cli.h"
#include "cli/failure.h"
#include "cli/log_file.h"
#include "init/init.h"
#include "sys/child_process.h"
#include "sys/standard_streams.h"

using namespace runcxx;

// In the place of libstdc++'s own, which names the type of an exception that nobody caught, and brings a demangler of
// 50 KB for it. Everything is caught below.
void __gnu_cxx::__verbose_terminate_handler() {
    std::abort();
}

int main(int argc, char** argv) {
    if (argc > 1 && std::string_view(argv[1]) == "init") return init::main();

    cli::LogFile log_file;
    try {
        sys::open_missing_standard_streams();
        sys::survive_failed_writes();
        sys::keep_ended_children();
        return cli::main(std::span<char* const>(argv, static_cast<std::size_t>(argc)), log_file);
    } catch (const Error& error) {
        return cli::report_failure(error);
    } catch (const std::exception& error) {
        return cli::report_failure(error.what());
    }
}
