// SPDX-License-Identifier: Apache-2.0
// The container side: from the end of the C stage to execve of the container's program.
// Runs in: init.
#pragma once

namespace runcxx::init {

// `runcxx init`. Returns only on failure, with the exit code; the failure has been reported to the runtime,
// or on stderr when the runtime does not listen any more.
int main();

}  // namespace runcxx::init
