// SPDX-License-Identifier: Apache-2.0
#include "cli/log_file.h"

#include <fcntl.h>

#include <cerrno>

#include <fmt/core.h>

#include "base/error.h"
#include "base/log.h"
#include "sys/file.h"
#include "sys/tty.h"

namespace runcxx::cli {

void LogFile::open(const GlobalOptions& options) {
    const bool is_json = options.log_format == "json";
    log::Destination destination;
    destination.format = is_json ? log::Format::Json : log::Format::Text;
    destination.level = options.debug ? log::Level::Debug : log::Level::Info;
    if (options.log.empty()) {
        destination.is_terminal = !is_json && sys::is_terminal_number(2);
        log::configure(destination);
    } else {
        log::configure(destination);
        // O_SYNC: what was logged before a crash of the host is what one wants to read after it.
        file_ = sys::try_open(HostPath(options.log), O_CREAT | O_WRONLY | O_APPEND | O_SYNC, 0644);
        if (!file_) throw Error::from_errno(errno, fmt::format("open {}", options.log));
        destination.fd = file_.get();
        log::configure(destination);
    }
    if (!is_json && options.log_format != "text" && !options.log_format.empty())
        throw Error(Error::Kind::InvalidConfig, fmt::format("invalid log-format: {}", options.log_format));
}

}  // namespace runcxx::cli
