// SPDX-License-Identifier: Apache-2.0
#include "cgroups/directory.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdint>
#include <limits>

#include <fmt/core.h>

#include "base/numbers.h"
#include "base/paths.h"
#include "base/text.h"
#include "cgroups/restore.h"
#include "sys/cgroup_file.h"
#include "sys/file.h"

namespace runcxx::cgroups {
namespace {

// nullopt with errno set, also when it was not opened.
std::optional<std::string> try_read_opened(const sys::UniqueFd& file) {
    if (!file) return std::nullopt;
    std::string text;
    const int failure = sys::try_read_to_end(file, text);
    if (failure == 0) return text;
    errno = failure;
    return std::nullopt;
}

}  // namespace

sys::UniqueFd Directory::try_open(const std::string& name, int flags) const {
    if (name.empty() || name.find('/') != name.npos) {
        errno = EINVAL;
        return {};
    }
    return sys::try_open_beneath(fd_, name, flags, true);
}

bool Directory::has(const std::string& name) const {
    return try_open(name, O_PATH).is_open();
}

std::optional<std::string> Directory::try_read(const std::string& name) const {
    return try_read_opened(try_open(name, O_RDONLY));
}

std::string Directory::read(const std::string& name) const {
    if (auto text = try_read(name)) return std::move(*text);
    const int failure = errno;
    const auto* call = failure == ENOENT || failure == EACCES ? "openat2" : "read";
    throw Error::from_errno(failure, fmt::format("{} {}/{}", call, path_, name));
}

std::uint64_t Directory::read_number(const std::string& name) const {
    const auto text = read(name);
    const auto word = trim(text);
    if (word == "max") return std::numeric_limits<std::uint64_t>::max();
    if (const auto number = parse_number<std::uint64_t>(word)) return *number;
    // Limits of v1 files read as -1 on old kernels.
    if (const auto number = parse_number<std::int64_t>(word))
        return *number < 0 ? 0 : static_cast<std::uint64_t>(*number);
    throw Error(
        fmt::format("unable to parse {} as a uint from Cgroup file {}/{}", quoted(word), path_, name));
}

int Directory::try_write_recorded(const sys::UniqueFd& file, const std::string& name,
                                  std::string_view text) const {
    if (undo_ == nullptr) return sys::try_write_once(file, text);
    const auto found = contents_before(*this, name);
    const int failure = sys::try_write_once(file, text);
    // One action for each write: taken back last first, they pass through states that the kernel has accepted.
    if (failure == 0)
        undo_->add(fmt::format("restore {}/{}", path_, name), [this, found] { restore(*this, found); });
    return failure;
}

int Directory::try_write(const std::string& name, std::string_view text) const {
    const auto fd = try_open(name, O_WRONLY);
    return fd ? try_write_recorded(fd, name, text) : errno;
}

void Directory::write(const std::string& name, std::string_view text) const {
    if (const int failure = try_write(name, text)) throw write_error(name, text, failure);
}

int Directory::try_write_each(const std::string& name, const std::vector<std::string>& texts,
                              std::string& refused) const {
    if (texts.empty()) return 0;
    refused = texts.front();
    const auto fd = try_open(name, O_WRONLY);
    if (!fd) return errno;
    for (const auto& text : texts) {
        refused = text;
        if (const int failure = try_write_recorded(fd, name, text)) return failure;
    }
    return 0;
}

void Directory::write_each(const std::string& name, const std::vector<std::string>& texts) const {
    std::string refused;
    if (const int failure = try_write_each(name, texts, refused)) throw write_error(name, refused, failure);
}

Error Directory::write_error(const std::string& name, std::string_view text, int errno_value) const {
    if (errno_value == ENOENT)
        return Error::from_errno(errno_value, fmt::format("openat2 {}/{}", path_, name));
    return Error::from_errno(errno_value,
                             fmt::format("failed to write {}: write {}/{}", quoted(text), path_, name));
}

Directory Directory::try_child(const std::string& name) const {
    return {sys::try_open_beneath(fd_, name, O_PATH | O_DIRECTORY, true), join_path(path_, name)};
}

std::vector<std::string> Directory::children() const {
    // Control files are regular files, so the link count says how many directories there are: most have none.
    std::vector<std::string> names;
    const auto listable = sys::try_open_beneath(fd_, ".", O_RDONLY | O_DIRECTORY, true);
    if (!listable) return names;
    if (sys::stat_fd(listable, path_).st_nlink == 2) return names;
    for (auto& name : sys::list_dir(listable))
        if (try_child(name).is_open()) names.push_back(std::move(name));
    return names;
}

std::vector<std::string> Directory::names() const {
    const auto listable = sys::try_open_beneath(fd_, ".", O_RDONLY | O_DIRECTORY, true);
    return listable ? sys::list_dir(listable) : std::vector<std::string>();
}

std::optional<std::string> Root::below(const std::string& path) const {
    const auto& top = mount().path();
    if (path == top) return ".";
    if (!path.starts_with(top) || path[top.size()] != '/') return std::nullopt;
    return path.substr(top.size() + 1);
}

Directory Root::try_open(const std::string& path) const {
    const auto relative = below(path);
    if (relative && !mount().fd()) return {};
    Directory directory(
        relative ? sys::try_open_beneath(mount().fd(), *relative, O_PATH | O_DIRECTORY, kind_ != Kind::V1)
                 : sys::try_open(HostPath(path), O_PATH | O_DIRECTORY | O_NOFOLLOW),
        path);
    if (!directory.is_open() || kind_ == Kind::PlainFolder) return directory;
    // v2 within the mount cannot have left it. v1 has crossed from the tmpfs into a hierarchy, or has not,
    // when that hierarchy was unmounted meanwhile.
    if (relative && kind_ == Kind::V2) return directory;
    const auto type = sys::file_system_type(directory.fd());
    if (type == CGROUP_SUPER_MAGIC || type == CGROUP2_SUPER_MAGIC) return directory;
    errno = ENOENT;
    return {};
}

std::optional<std::string> Root::try_read(const std::string& path, const std::string& name) const {
    const auto relative = below(path);
    // Where the directory itself must be looked at, it takes two walks.
    if (!relative || kind_ == Kind::V1) return try_open(path).try_read(name);
    if (!mount().fd()) return std::nullopt;
    return try_read_opened(sys::try_open_beneath(mount().fd(), *relative + "/" + name, O_RDONLY, true));
}

Directory Root::make(const std::string& path, std::vector<std::string>& made) const {
    const auto relative = below(path);
    if (relative && !mount().fd()) throw Error::from_errno(errno, fmt::format("open {}", mount().path()));
    const auto make_one = [&](const std::string& which) {
        const auto inner = below(which);
        const int failure = inner ? sys::try_make_dir_at(mount().fd(), *inner, 0755)
                                  : sys::try_make_dir(HostPath(which), 0755);
        if (failure == 0) made.push_back(which);
        return failure == EEXIST ? 0 : failure;
    };
    const auto before = made.size();
    int failure = 0;
    for (int walk = 0; walk < 10; ++walk) {
        failure = make_one(path);
        if (failure == ENOENT) {
            // Parents are missing, or were just removed by whoever made them: walk down from the mount.
            for (auto slash = path.find('/', relative ? mount().path().size() + 1 : 1);;
                 slash = path.find('/', slash + 1)) {
                failure = make_one(path.substr(0, slash));
                if (failure != 0 || slash == path.npos) break;
            }
        }
        if (failure == ENOENT) continue;
        if (failure != 0) break;
        if (auto directory = try_open(path); directory.is_open()) return directory;
        failure = errno;
        if (failure != ENOENT) break;
    }
    while (made.size() > before) {
        try_remove(made.back());
        made.pop_back();
    }
    throw Error::from_errno(failure, fmt::format("mkdir {}", path));
}

int Root::try_remove(const std::string& path) const {
    const auto relative = below(path);
    if (!relative) return sys::try_rmdir(HostPath(path));
    return mount().fd() ? sys::try_remove_dir_at(mount().fd(), *relative) : errno;
}

}  // namespace runcxx::cgroups
