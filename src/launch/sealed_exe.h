// SPDX-License-Identifier: Apache-2.0
// The program that init runs from: ourselves, protected from the container (essay in sealed_exe.cpp).
// Runs in: runtime.
#pragma once

#include "sys/unique_fd.h"

namespace runcxx::launch {

// For execveat(fd, "", ..., AT_EMPTY_PATH). Logs (debug) which protection was chosen.
sys::UniqueFd protected_executable();

}  // namespace runcxx::launch
