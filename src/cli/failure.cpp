// SPDX-License-Identifier: Apache-2.0
#include "cli/failure.h"

#include <fmt/core.h>

#include "base/log.h"
#include "sys/unique_fd.h"

namespace runcxx::cli {

int report_failure(const Error& error) {
    report_failure(error.message());
    return error.kind() == Error::Kind::UnknownCommand ? 3 : 1;
}

int report_failure(std::string_view message) {
    log::write(log::Level::Error, message);
    if (log::destination().fd != 2) sys::write_to_stderr(fmt::format("{}\n", message));
    return 1;
}

}  // namespace runcxx::cli
