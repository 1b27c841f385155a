// SPDX-License-Identifier: Apache-2.0
#include "process/environment.h"

#include <fcntl.h>

#include <algorithm>
#include <array>
#include <unordered_set>

#include <fmt/core.h>

#include "base/error.h"
#include "base/log.h"
#include "base/numbers.h"
#include "base/text.h"
#include "sys/file.h"
#include "sys/tty.h"

namespace runcxx::process {
namespace {

constexpr std::size_t kLongestLine = 64U << 10;
constexpr std::size_t kLargestPasswd = 4U << 20;

}  // namespace

std::vector<std::string> normalized_environment(const std::vector<std::string>& env,
                                                const std::function<std::string()>& home) {
    std::vector<std::string> result;
    result.reserve(env.size() + 1);
    std::unordered_set<std::string_view> seen;
    bool has_home = false;
    // From the back, so that the last of several wins and keeps its place.
    for (auto entry = env.rbegin(); entry != env.rend(); ++entry) {
        const std::string_view text = *entry;
        const auto equals = text.find('=');
        if (equals == std::string_view::npos) throw Error("invalid environment variable: missing '='");
        if (equals == 0) throw Error("invalid environment variable: name cannot be empty");
        const auto name = text.substr(0, equals);
        if (!seen.insert(name).second) continue;
        if (text.find('\0') != std::string_view::npos)
            throw Error(
                fmt::format("invalid environment variable {}: contains nul byte (\\x00)", quoted(name)));
        if (name == "HOME") {
            if (text.size() == equals + 1) continue;
            has_home = true;
        }
        result.push_back(*entry);
    }
    std::reverse(result.begin(), result.end());
    if (!has_home) result.push_back("HOME=" + home());
    return result;
}

void prepare_environment(config::ProcessSetup& setup) {
    setup.env =
        normalized_environment(setup.env, [&] { return home_directory(HostPath("/etc/passwd"), setup.uid); });
}

std::optional<std::string_view> variable(const std::vector<std::string>& env, std::string_view name) {
    for (auto entry = env.rbegin(); entry != env.rend(); ++entry) {
        const std::string_view text = *entry;
        if (text.size() > name.size() && text[name.size()] == '=' && text.starts_with(name))
            return text.substr(name.size() + 1);
    }
    return std::nullopt;
}

std::optional<std::string> home_in_passwd_line(std::string_view line, std::uint32_t uid) {
    const auto fields = split(trim(line), ':');
    if (fields.size() < 6) return std::nullopt;
    if (parse_number<std::uint32_t>(fields[2]) != uid) return std::nullopt;
    return std::string(fields[5]);
}

std::string home_directory(const HostPath& passwd, std::uint32_t uid) {
    const std::string fallback = "/";
    // O_NONBLOCK: a FIFO in the place of the file must not stop us.
    const auto file = sys::try_open(passwd, O_RDONLY | O_NONBLOCK | O_NOCTTY);
    if (!file || !S_ISREG(sys::stat_fd(file, passwd.str()).st_mode)) return fallback;

    std::string rest;
    std::array<char, 4096> buffer{};
    std::size_t total = 0;
    bool at_end = false;
    while (!at_end && total < kLargestPasswd && rest.size() < kLongestLine) {
        const long size = sys::try_read_some(file, buffer.data(), buffer.size());
        if (size < 0) break;
        at_end = size == 0;
        total += static_cast<std::size_t>(size);
        rest.append(buffer.data(), static_cast<std::size_t>(size));
        if (at_end && !rest.empty()) rest += '\n';  // the last line may lack its end
        std::size_t begin = 0;
        for (auto end = rest.find('\n'); end != std::string::npos; end = rest.find('\n', begin)) {
            auto home = home_in_passwd_line(std::string_view(rest).substr(begin, end - begin), uid);
            if (home) return home->empty() ? fallback : *home;
            begin = end + 1;
        }
        rest.erase(0, begin);
    }
    if (!at_end)
        log::debug("no home directory for uid {} in the first {} bytes of {}", uid, total, passwd.str());
    return fallback;
}

}  // namespace runcxx::process
