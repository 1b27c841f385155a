// SPDX-License-Identifier: Apache-2.0
// Runs code in a child process, for what cannot be undone in the test's own: ids, capabilities, root directories.
#pragma once

#include <functional>
#include <string>

namespace runcxx::tests {

struct Forked {
    int exit_code = -1;  // 128 + signal when killed
    std::string text;    // what `body` returned, or "exception: " and the message
};

// `body` must not use the test framework. Its text comes back through a pipe; an exception is exit code 99.
Forked in_child(const std::function<std::string()>& body);

}  // namespace runcxx::tests
