// SPDX-License-Identifier: Apache-2.0
#include "container/caller_files.h"

#include <cerrno>

#include <fmt/core.h>

#include "base/error.h"
#include "base/step.h"
#include "base/text.h"
#include "oci/json.h"
#include "sys/file.h"

namespace runcxx::container {
namespace {

constexpr std::size_t kLargestFile = 64U << 20;

sys::UniqueFd try_open(const HostPath& path) {
    return sys::try_open(path, 0);
}

Error open_error(const HostPath& path) {
    return Error::from_errno(errno, fmt::format("open {}", path.str()));
}

}  // namespace

HostPath absolute_path(const std::string& path) {
    if (path.empty()) return {};
    return HostPath(path.front() == '/' ? clean_path(path) : join_path(sys::current_dir(), path));
}

oci::Spec load_spec(const HostPath& path) {
    const auto file = try_open(path);
    if (!file && errno == ENOENT)
        throw Error(Error::Kind::InvalidConfig,
                    fmt::format("JSON specification file {} not found", path.str()));
    if (!file) throw open_error(path);
    const auto text = sys::read_all(file, path.str(), kLargestFile);
    if (trim(text) == "null") throw Error(Error::Kind::InvalidConfig, "config cannot be null");
    return step(path.str(), [&] { return oci::parse_spec(text); });
}

oci::Process load_process(const HostPath& path) {
    const auto file = try_open(path);
    if (!file) throw open_error(path);
    const auto text = sys::read_all(file, path.str(), kLargestFile);
    return step(path.str(), [&] { return oci::parse_process(text); });
}

}  // namespace runcxx::container
