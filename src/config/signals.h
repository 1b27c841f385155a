// SPDX-License-Identifier: Apache-2.0
// Signal names, as `kill` takes them.
// Runs in: runtime.
#pragma once

#include <string_view>
#include <vector>

namespace runcxx::config {

// "9", "KILL", "sigkill". A number is taken as it is (the kernel judges it), so real-time signals are
// numbers. Errors: Failure "unknown signal "X"".
int parse_signal(std::string_view text);

// "SIGKILL"; empty when the number has no name here.
std::string_view signal_name(int number);

// "SIGABRT" and the others, sorted, for completion.
std::vector<std::string_view> signal_names();

}  // namespace runcxx::config
