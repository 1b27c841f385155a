// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <optional>

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "checkpoint/criu.h"
#include "sys/file.h"

namespace runcxx::checkpoint {
namespace {

constexpr std::size_t kLinesBefore = 5;
constexpr std::size_t kLogLimit = 256U << 20;

// What is thrown would hide the failure that is looked into.
std::optional<std::string> read_log(const HostPath& path) {
    try {
        // Whoever may write there may have put something else in its place.
        const auto file = sys::try_open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
        if (!file || !S_ISREG(sys::stat_fd(file, path.str()).st_mode)) return {};
        return sys::read_all(file, path.str(), kLogLimit);
    } catch (const Error& error) {
        log::debug("{}", error.message());
        return {};
    }
}

// "(00.012345)      1: Error (criu/mount.c:1): ..." without what stands before "Error"; empty if the line has none, or says
// no more than that all has failed.
std::string_view cause_in(std::string_view line) {
    const auto at = line.find("Error (");
    if (at == std::string_view::npos || line.find(" FAILED.") != std::string_view::npos ||
        line.find("Killing processes because of failure") != std::string_view::npos)
        return {};
    return line.substr(at);
}

}  // namespace

std::string quote_errors(const std::string& log_file) {
    const auto text = read_log(HostPath(log_file));
    if (!text) return {};
    const auto lines = split(*text, '\n');
    std::string_view cause;
    std::size_t quoted = 0;  // lines up to there are said already
    bool is_first = true;
    for (std::size_t i = 0; i < lines.size(); ++i) {
        if (lines[i].find("Error") == std::string_view::npos) continue;
        const auto begin = std::max(quoted, i - std::min(i, kLinesBefore));
        if (is_first)
            log::warning("--- Quoting \"{}\"", log_file);
        else if (begin > quoted)
            log::warning("...");
        for (auto line = begin; line <= i; ++line)
            log::warning("{}:{}", line + 1, lines[line]);
        quoted = i + 1;
        is_first = false;
        if (const auto found = cause_in(lines[i]); !found.empty()) cause = found;
    }
    if (!is_first) log::warning("---");
    return std::string(cause);
}

}  // namespace runcxx::checkpoint
