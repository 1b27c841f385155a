// SPDX-License-Identifier: Apache-2.0
// main() of every test program, compiled once: the single slow compilation of Catch2.
#define CATCH_CONFIG_RUNNER
#include "support/catch.h"

int main(int argc, char* argv[]) {
    return Catch::Session().run(argc, argv);
}
