// SPDX-License-Identifier: Apache-2.0
// What the measured containers run: the least a static program can do. With an argument it stays.
#include <unistd.h>

int main(int argc, char** argv) {
    (void)argv;
    if (argc > 1) pause();
    return 0;
}
