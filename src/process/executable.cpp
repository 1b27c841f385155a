// SPDX-License-Identifier: Apache-2.0
#include "process/executable.h"

#include <sys/stat.h>

#include <cerrno>

#include <fmt/core.h>

#include "base/error.h"
#include "base/paths.h"
#include "base/text.h"
#include "process/environment.h"
#include "process/exec_failure.h"
#include "sys/exec.h"

namespace runcxx::process {
namespace {

struct Finding {
    int error = 0;
    bool at_stat = false;  // the file could not even be looked at
};

Finding check_executable(const std::string& path) {
    struct stat found {};
    if (const int error = sys::try_stat_path(path, found); error != 0) return {error, true};
    if (S_ISDIR(found.st_mode)) return {EISDIR};
    return {sys::try_access_executable(path)};
}

Error lookup_error(const std::string& name, int error, std::string_view reason,
                   const std::string& cause = {}) {
    std::string text = fmt::format("exec: {}: {}", quoted(name), reason);
    if (!cause.empty()) text += fmt::format(" ({})", cause);
    return {Error::Kind::Failure, std::move(text), error};
}

}  // namespace

std::string find_executable(const std::string& name, const std::vector<std::string>& env) {
    if (name.find('/') != std::string::npos) {
        const auto finding = check_executable(name);
        if (finding.error == 0) return name;
        const auto cause = exec_failure_cause(name, finding.error);
        const auto text = errno_text(finding.error);
        throw lookup_error(name, finding.error,
                           finding.at_stat ? fmt::format("stat {}: {}", name, text) : text, cause);
    }

    std::string denied;
    for (const auto directory : split(variable(env, "PATH").value_or(""), ':')) {
        const auto path = join_path(directory.empty() ? "." : directory, name);
        const auto finding = check_executable(path);
        if (finding.error == 0) {
            // A program that the current directory chose is not what PATH was asked for.
            if (!path.starts_with('/'))
                throw lookup_error(name, EACCES, "cannot run executable found relative to current directory");
            return path;
        }
        if (denied.empty() && finding.error == EACCES && !finding.at_stat)
            denied = fmt::format("{}: {}", path, exec_failure_cause(path, EACCES));
    }
    throw lookup_error(name, ENOENT, "executable file not found in $PATH", denied);
}

}  // namespace runcxx::process
