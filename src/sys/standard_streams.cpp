// SPDX-License-Identifier: Apache-2.0
#include "sys/standard_streams.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "base/error.h"

namespace runcxx::sys {

void open_missing_standard_streams() {
    for (int number = 0; number <= 2; ++number) {
        if (is_open_number(number)) continue;
        // The lowest free number is this one: those below are open.
        // banned-ok(cloexec): standard streams are what the next program is to have
        if (::open("/dev/null", O_RDWR) != number) throw Error::from_errno(errno, "open /dev/null");
    }
}

void write_to_stdout(std::string_view text) {
    while (!text.empty()) {
        const auto written = ::write(1, text.data(), text.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) throw Error::from_errno(errno, "write to stdout");
        text.remove_prefix(static_cast<std::size_t>(written));
    }
}

void survive_failed_writes() {
    ::signal(SIGPIPE, SIG_IGN);
    ::signal(SIGXFSZ, SIG_IGN);
}

}  // namespace runcxx::sys
