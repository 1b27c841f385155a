// SPDX-License-Identifier: Apache-2.0
#include "base/paths.h"

#include <vector>

#include "base/text.h"

namespace runcxx {

namespace {

// Absolute with nothing to clean, as most paths are.
bool is_clean(std::string_view path) {
    if (!path.starts_with('/')) return false;
    for (const std::string_view end : {"/", "/.", "/.."})
        if (path.ends_with(end)) return false;
    for (const std::string_view part : {"//", "/./", "/../"})
        if (path.find(part) != path.npos) return false;
    return true;
}

}  // namespace

std::string clean_path(std::string_view path) {
    if (is_clean(path)) return std::string(path);
    const bool absolute = !path.empty() && path.front() == '/';
    std::vector<std::string_view> kept;
    for (const auto piece : split(path, '/')) {
        if (piece.empty() || piece == ".") continue;
        if (piece != "..") {
            kept.push_back(piece);
        } else if (!kept.empty() && kept.back() != "..") {
            kept.pop_back();
        } else if (!absolute) {
            kept.push_back(piece);
        }
    }
    std::string out = absolute ? "/" : "";
    for (const auto piece : kept) {
        if (!out.empty() && out.back() != '/') out += '/';
        out += piece;
    }
    return out.empty() ? "." : out;
}

std::string join_path(std::string_view a, std::string_view b) {
    if (a.empty()) return clean_path(b);
    return clean_path(std::string(a) + "/" + std::string(b));
}

std::string_view base_name(std::string_view path) {
    while (path.size() > 1 && path.back() == '/')
        path.remove_suffix(1);
    const auto slash = path.rfind('/');
    return slash == std::string_view::npos || path.size() == 1 ? path : path.substr(slash + 1);
}

std::string dir_name(std::string_view path) {
    const auto slash = path.rfind('/');
    if (slash == std::string_view::npos) return ".";
    return clean_path(slash == 0 ? "/" : path.substr(0, slash));
}

}  // namespace runcxx
