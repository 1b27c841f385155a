// SPDX-License-Identifier: Apache-2.0
#include "cgroups/meter.h"

#include <cerrno>
#include <limits>

#include <fmt/core.h>

#include "cgroups/processes.h"
#include "cgroups/stat_text.h"

namespace runcxx::cgroups {

std::optional<std::string> text_if_there(const Directory& directory, const std::string& name) {
    auto text = directory.try_read(name);
    const int failure = errno;
    if (text || failure == ENOENT || failure == ENODEV || failure == EOPNOTSUPP) return text;
    throw Error::from_errno(failure, fmt::format("read {}/{}", directory.path(), name));
}

std::optional<std::uint64_t> number_if_there(const Directory& directory, const std::string& name) {
    const auto text = text_if_there(directory, name);
    return text ? parse_count(*text) : std::nullopt;
}

void read_pids(const Directory& directory, Stats& stats) {
    const auto current = number_if_there(directory, "pids.current");
    stats.pids.current = current ? *current : processes_in(directory).size();
    const auto limit = number_if_there(directory, "pids.max").value_or(0);
    stats.pids.limit = limit == std::numeric_limits<std::uint64_t>::max() ? 0 : limit;
    stats.pids.peak = number_if_there(directory, "pids.peak").value_or(0);  // Linux 6.1
}

void read_pressures(const Directory& directory, Stats& stats) {
    const auto pressure = [&](const char* name) {
        const auto text = text_if_there(directory, name);
        return text ? std::optional(parse_pressure(*text)) : std::nullopt;
    };
    stats.cpu.psi = pressure("cpu.pressure");
    stats.memory.psi = pressure("memory.pressure");
    stats.blkio.psi = pressure("io.pressure");
}

}  // namespace runcxx::cgroups
