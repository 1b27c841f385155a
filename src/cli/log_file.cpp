// SPDX-License-Identifier: Apache-2.0
#include "cli/log_file.h"

#include <fcntl.h>

#include <array>
#include <cerrno>
#include <string_view>

#include <fmt/core.h>

#include "base/error.h"
#include "base/log.h"
#include "sys/child_process.h"
#include "sys/file.h"
#include "sys/socket.h"
#include "sys/tty.h"

namespace runcxx::cli {
namespace {

struct Service {
    std::string_view prefix;
    const char* socket;
    log::Format format;
};
constexpr std::array<Service, 2> kServices{{
    {"journald:", "/run/systemd/journal/socket", log::Format::Journal},
    {"syslog:", "/dev/log", log::Format::Syslog},
}};

// A service that does not keep up costs records, and must not stop containers.
constexpr std::int64_t kSendTimeoutMs = 1000;

// syslog(3) says the pid with the name; the journal knows it from the socket.
std::string identifier_of(const Service& service, std::string_view given) {
    const auto name = given.empty() ? std::string_view("runcxx") : given;
    return service.format == log::Format::Syslog ? fmt::format("{}[{}]", name, sys::own_pid())
                                                 : std::string(name);
}

// Quieter than "error" would leave callers without the error.
bool is_useful_level(const std::string& name) {
    return log::is_level(name) && log::parse_level(name) >= log::Level::Error;
}

}  // namespace

sys::UniqueFd LogFile::connect(const std::string& target, log::Destination& destination) {
    for (const auto& service : kServices) {
        if (!target.starts_with(service.prefix)) continue;
        destination.format = service.format;
        destination.identifier =
            identifier_of(service, std::string_view(target).substr(service.prefix.size()));
        auto socket = sys::connect_unix(HostPath(service.socket), sys::SocketKind::Datagram);
        sys::set_send_timeout(socket, kSendTimeoutMs);
        return socket;
    }
    constexpr std::string_view kFile = "file:";
    const auto path = target.starts_with(kFile) ? target.substr(kFile.size()) : target;
    // O_SYNC: what was logged before a crash of the host is what one wants to read after it.
    auto file = sys::try_open(HostPath(path), O_CREAT | O_WRONLY | O_APPEND | O_SYNC, 0644);
    if (!file) throw Error::from_errno(errno, fmt::format("open {}", path));
    return file;
}

void LogFile::open(const GlobalOptions& options) {
    const bool is_json = options.log_format == "json";
    log::Destination destination;
    destination.format = is_json ? log::Format::Json : log::Format::Text;
    const bool is_useful = is_useful_level(options.log_level);
    if (is_useful) destination.level = log::parse_level(options.log_level);
    log::configure(destination);
    if (options.log.empty()) {
        destination.is_terminal = !is_json && sys::is_terminal_number(2);
    } else {
        file_ = connect(options.log, destination);
        destination.fd = file_.get();
    }
    log::configure(destination);
    if (!is_json && options.log_format != "text" && !options.log_format.empty())
        throw Error(Error::Kind::InvalidConfig, fmt::format("invalid log-format: {}", options.log_format));
    if (!is_useful)
        throw Error(Error::Kind::InvalidConfig, fmt::format("invalid log-level: {}", options.log_level));
}

}  // namespace runcxx::cli
