// SPDX-License-Identifier: Apache-2.0
#include "cgroups/oom.h"

#include <fmt/core.h>

#include "base/numbers.h"
#include "base/paths.h"
#include "base/text.h"
#include "cgroups/processes.h"

namespace runcxx::cgroups {
namespace {

// "No limit" of v1 is the largest multiple of the page size.
constexpr std::uint64_t kUnlimited = 1ULL << 62;

std::uint64_t hits_in(const Directory& directory, const MemoryFiles& files) {
    for (const auto* name : files.hits) {
        const auto text = directory.try_read(name);
        if (!text) continue;
        const std::string_view key = files.key;
        const auto hits = key.empty() ? parse_number<std::uint64_t>(trim(*text)) : value_of(*text, key);
        return hits.value_or(0);
    }
    return 0;
}

std::string describe_own(std::uint64_t limit) {
    if (limit < kMemoryToStart)
        return fmt::format("memory limit {} (linux.resources.memory.limit) is below the ~{} needed to start",
                           limit, kMemoryToStart);
    return fmt::format("memory limit {} (linux.resources.memory.limit) was reached", limit);
}

std::string find_cause(const Root& root, const std::string& path, const MemoryFiles& files) {
    for (auto at = path; at.size() > 1; at = dir_name(at)) {
        const auto directory = root.try_open(at);
        if (!directory.is_open() || !directory.has(files.limit)) break;
        const auto limit = directory.read_number(files.limit);
        if (limit >= kUnlimited || hits_in(directory, files) == 0) continue;
        if (at == path) return describe_own(limit);
        return fmt::format("not its own memory limit was reached but {}/{}, which is {}", at, files.limit,
                           limit);
    }
    return "no memory limit was reached, so the host is short of memory";
}

}  // namespace

std::string oom_cause(const Root& root, const std::string& path, const MemoryFiles& files) noexcept {
    try {
        return find_cause(root, path, files);
    } catch (const std::exception& error) {
        return fmt::format("which memory limit was reached cannot be read: {}", error.what());
    }
}

}  // namespace runcxx::cgroups
