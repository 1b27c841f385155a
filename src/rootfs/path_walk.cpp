// SPDX-License-Identifier: Apache-2.0
#include "rootfs/path_walk.h"

#include <fcntl.h>
#include <linux/magic.h>

#include <cerrno>
#include <deque>

#include "base/text.h"
#include "sys/device_node.h"
#include "sys/file.h"

namespace runcxx::rootfs {
namespace {

constexpr int kMaxLinks = 40;  // MAXSYMLINKS of the kernel

class Walker {
public:
    Walker(const sys::UniqueFd& root, const WalkOptions& options) : root_(root), options_(options) {}

    PathWalk walk(std::string_view path) {
        push_front(path);
        if (!restart()) return failed(errno);
        while (!todo_.empty()) {
            std::string part = std::move(todo_.front());
            todo_.pop_front();
            if (part.empty() || part == ".") continue;
            const int error = part == ".." ? step_up() : step_into(part);
            if (error == ENOENT) {
                result_.missing.push_back(std::move(part));
                for (auto& rest : todo_)
                    if (!rest.empty() && rest != ".") result_.missing.push_back(std::move(rest));
                return std::move(result_);
            }
            if (error != 0) return failed(error);
        }
        return std::move(result_);
    }

private:
    static PathWalk failed(int error) {
        PathWalk walk;
        walk.error = error;
        return walk;
    }

    void push_front(std::string_view path) {
        const auto parts = split(path, '/');
        for (auto part = parts.rbegin(); part != parts.rend(); ++part)
            todo_.emplace_front(*part);
    }

    bool restart() {
        names_.clear();
        result_.parent.reset();
        result_.name.clear();
        result_.found = sys::try_open_at(root_, ".", O_PATH | O_DIRECTORY);
        return result_.found.is_open();
    }

    void enter(const std::string& name, sys::UniqueFd object) {
        result_.parent = std::move(result_.found);
        result_.found = std::move(object);
        result_.name = name;
    }

    // Down again from the root along the names that led here: a ".." of the kernel would leave the root with
    // a directory that is being moved out of it, and keeping an fd per level would make the depth of a path
    // an fd limit.
    int step_up() {
        if (names_.empty()) return 0;
        auto names = std::move(names_);
        names.pop_back();
        if (!restart()) return errno;
        for (const auto& name : names) {
            auto next = sys::try_open_at(result_.found, name, O_PATH | O_NOFOLLOW | O_DIRECTORY);
            if (!next) return errno == ENOENT ? EAGAIN : errno;
            enter(name, std::move(next));
        }
        names_ = std::move(names);
        return 0;
    }

    int step_into(const std::string& name) {
        auto next = sys::try_open_at(result_.found, name, O_PATH | O_NOFOLLOW);
        if (!next) return errno;
        const auto status = sys::stat_fd(next, name);
        if (S_ISLNK(status.st_mode) && (options_.follow_last_link || !todo_.empty())) return follow(next);
        if (!todo_.empty() && !S_ISDIR(status.st_mode)) return ENOTDIR;
        names_.push_back(name);
        enter(name, std::move(next));
        return 0;
    }

    int follow(const sys::UniqueFd& link) {
        if (options_.refuse_links || ++links_ > kMaxLinks) return ELOOP;
        const auto target = sys::try_read_link(link);
        if (target.empty()) return errno == 0 ? ENOENT : errno;
        const bool absolute = target.front() == '/';
        // The magic links of procfs name host paths or "type:[inode]"; its plain ones are relative paths.
        if (sys::file_system_type(link) == PROC_SUPER_MAGIC &&
            (absolute || target.find(':') != std::string::npos))
            return ELOOP;
        push_front(target);
        if (absolute && !restart()) return errno;
        return 0;
    }

    const sys::UniqueFd& root_;
    const WalkOptions options_;
    std::deque<std::string> todo_;
    std::vector<std::string> names_;  // of `found`, from the root, links resolved
    int links_ = 0;
    PathWalk result_;
};

}  // namespace

PathWalk walk_path(const sys::UniqueFd& root, std::string_view path, const WalkOptions& options) {
    return Walker(root, options).walk(path);
}

}  // namespace runcxx::rootfs
