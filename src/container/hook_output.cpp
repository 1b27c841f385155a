// SPDX-License-Identifier: Apache-2.0
#include "container/hook_output.h"

#include <fcntl.h>

#include <vector>

#include "base/paths.h"
#include "config/annotations.h"
#include "sys/file.h"

namespace runcxx::container {
namespace {

constexpr mode_t kFileMode = 0600;

sys::UniqueFd open_for_appending(const std::string& path, const std::string& bundle) {
    if (path.empty()) return {};
    const HostPath file(path.front() == '/' ? path : join_path(bundle, path));
    return sys::open_file(file, O_WRONLY | O_CREAT | O_APPEND | O_NOCTTY | O_NONBLOCK, kFileMode);
}

}  // namespace

HookOutput HookOutput::open(const config::Extensions& extensions, const std::string& bundle) {
    return {open_for_appending(extensions.hook_stdout, bundle),
            open_for_appending(extensions.hook_stderr, bundle)};
}

HookOutput HookOutput::open(const oci::StringMap& annotations, const std::string& bundle) {
    std::vector<std::string> warnings;  // given when the container was made
    return open(config::read_annotations(annotations, warnings), bundle);
}

void HookOutput::attach(hooks::HookContext& context) const {
    if (out) context.out = &out;
    if (err) context.err = &err;
}

}  // namespace runcxx::container
