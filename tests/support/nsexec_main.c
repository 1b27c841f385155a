// SPDX-License-Identifier: Apache-2.0
// The C stage alone: what main() would do is to read the init pipe to its end and fail, as the real one does
// without a configuration. For working on nsexec/ without the rest of the runtime.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runcxx/bootstrap_wire.h"

int main(int argc, char** argv) {
    if (argc == 2 && strcmp(argv[1], "--version") == 0) {  // the test harness wants to know whom it drives
        puts("runcxx (C stage alone)");
        return 0;
    }
    const char* init_pipe = getenv(RUNCXX_ENV_INITPIPE);
    if (argc < 2 || strcmp(argv[1], RUNCXX_INIT_ARGUMENT) != 0 || init_pipe == NULL) {
        fprintf(stderr, "init is an internal command: %s is not set\n", RUNCXX_ENV_INITPIPE);
        return 1;
    }
    char byte;
    while (read(atoi(init_pipe), &byte, 1) > 0) {
    }
    return 1;
}
