// SPDX-License-Identifier: Apache-2.0
#include "container/criu_images.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <fmt/core.h>

#include "base/error.h"
#include "base/log.h"
#include "base/step.h"
#include "checkpoint/cgroup_yard.h"
#include "container/caller_files.h"
#include "oci/json_value.h"
#include "sys/file.h"

namespace runcxx::container {
namespace {

constexpr const char* kDefaultImages = "checkpoint";
constexpr const char* kDescriptorsFile = "descriptors.json";
constexpr const char* kConfigAnnotation = "org.criu.config";
constexpr const char* kConfigFile = "/etc/criu/runc.conf";
// The images hold all of the container's memory, and CRIU lets everybody read them.
constexpr mode_t kDirectoryMode = 0700;
constexpr std::size_t kLargestDescriptors = 64U << 10;
constexpr std::int32_t kLogLevel = 4;  // debug: what goes wrong is seldom said in one line

sys::UniqueFd open_directory(const HostPath& path, bool may_make) {
    if (may_make) sys::make_dirs(path, kDirectoryMode);
    return sys::open_file(path, O_RDONLY | O_DIRECTORY);
}

}  // namespace

ImagePaths absolute(const ImagePaths& paths) {
    return {.images = absolute_path(paths.images.empty() ? kDefaultImages : paths.images).str(),
            .work = absolute_path(paths.work).str()};
}

CriuImages CriuImages::open(const ImagePaths& paths, std::string_view log_name, bool must_exist) {
    const HostPath images(paths.images);
    const HostPath work(paths.work);
    CriuImages result;
    result.images = open_directory(images, !must_exist);
    if (!work.empty()) result.work = open_directory(work, true);
    result.directory_ = paths.images;
    result.log_name_ = log_name;
    result.log_file = ((work.empty() ? images : work) / log_name).str();
    return result;
}

void CriuImages::write_descriptors(const std::vector<std::string>& targets) const {
    step(fmt::format("write {} to {}", kDescriptorsFile, directory_),
         [&] { sys::write_atomically(images, kDescriptorsFile, oci::to_json(targets), 0600); });
}

// The images may have come from elsewhere.
std::vector<std::string> CriuImages::read_descriptors() const {
    return step(fmt::format("{}/{}", directory_, kDescriptorsFile), [&] {
        const auto file = sys::open_at(images, kDescriptorsFile, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
        if (!S_ISREG(sys::stat_fd(file, kDescriptorsFile).st_mode)) throw Error("is not a regular file");
        return oci::from_json<std::vector<std::string>>(
            sys::read_all(file, kDescriptorsFile, kLargestDescriptors));
    });
}

void CriuImages::warn_if_closed() const {
    if ((sys::stat_fd(images, directory_).st_mode & S_IXOTH) != 0) return;
    log::warning(
        "{} is closed to others, but in a user namespace the restored init itself looks for images there: if "
        "CRIU "
        "says \"Permission denied\", chmod o+x",
        directory_);
}

void CriuImages::put_into(checkpoint::CriuOptions& criu) const {
    criu.images_dir_fd = images.get();
    criu.work_dir_fd = work.get();
    criu.log_file = log_name_;
    criu.log_level = kLogLevel;
}

CriuView::CriuView(const HostPath& state_dir, const host::Facts& facts)
    : yard_(state_dir / "criu-cgroups"), root_(state_dir / "criu-root") {
    // One that was killed may have left them.
    sys::make_dirs(yard_, kDirectoryMode);
    sys::make_dirs(root_, kDirectoryMode);
    mounts_.emplace();
    step("prepare cgroups for CRIU", [&] { checkpoint::make_cgroup_yard(yard_.str(), facts.cgroups); });
}

CriuView::~CriuView() {
    mounts_.reset();
    sys::try_rmdir(yard_);
    sys::try_rmdir(root_);
}

std::string criu_config_file(const oci::StringMap& annotations) {
    const auto found = annotations.find(kConfigAnnotation);
    return found == annotations.end() ? kConfigFile : found->second;
}

}  // namespace runcxx::container
