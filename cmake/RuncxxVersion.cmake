# SPDX-License-Identifier: Apache-2.0
#
# <runcxx/version.h>: the project's version and, when built from a git checkout, the commit.
set(RUNCXX_COMMIT "")
find_package(Git QUIET)
if(GIT_FOUND AND EXISTS "${CMAKE_SOURCE_DIR}/.git" AND CMAKE_BUILD_TYPE STREQUAL "Release")
    execute_process(COMMAND "${GIT_EXECUTABLE}" -C "${CMAKE_SOURCE_DIR}" rev-parse --short=12 HEAD
        OUTPUT_VARIABLE RUNCXX_COMMIT OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
endif()
set(RUNCXX_GENERATED_DIR "${CMAKE_BINARY_DIR}/generated")
configure_file("${CMAKE_SOURCE_DIR}/include/runcxx/version.h.in" "${RUNCXX_GENERATED_DIR}/runcxx/version.h" @ONLY)
