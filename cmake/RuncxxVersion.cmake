# SPDX-License-Identifier: Apache-2.0
#
# <runcxx/version.h>: the project's version and, when built from a git checkout, the commit.
# RUNCXX_DATE and RUNCXX_DATE_LONG, for man pages and the package: that of the last commit, else SOURCE_DATE_EPOCH or today.
set(RUNCXX_COMMIT "")
find_package(Git QUIET)
if(GIT_FOUND AND EXISTS "${CMAKE_SOURCE_DIR}/.git" AND CMAKE_BUILD_TYPE STREQUAL "Release")
    execute_process(COMMAND "${GIT_EXECUTABLE}" -C "${CMAKE_SOURCE_DIR}" rev-parse --short=12 HEAD
        OUTPUT_VARIABLE RUNCXX_COMMIT OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
    # Grows with every commit and checkout: the next build asks anew.
    execute_process(COMMAND "${GIT_EXECUTABLE}" -C "${CMAKE_SOURCE_DIR}" rev-parse --path-format=absolute --git-path logs/HEAD
        OUTPUT_VARIABLE head_log OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
    if(EXISTS "${head_log}")
        set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${head_log}")
    endif()
endif()
string(TIMESTAMP RUNCXX_DATE "%Y-%m-%d" UTC)
string(TIMESTAMP RUNCXX_DATE_LONG "%a, %d %b %Y %H:%M:%S +0000" UTC)
if(GIT_FOUND AND EXISTS "${CMAKE_SOURCE_DIR}/.git")
    execute_process(COMMAND "${GIT_EXECUTABLE}" -C "${CMAKE_SOURCE_DIR}" log -1 "--format=%cs;%cD"
        OUTPUT_VARIABLE commit_dates OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
    if(commit_dates)
        list(GET commit_dates 0 RUNCXX_DATE)
        list(GET commit_dates 1 RUNCXX_DATE_LONG)
    endif()
endif()
set(RUNCXX_GENERATED_DIR "${CMAKE_BINARY_DIR}/generated")
configure_file("${CMAKE_SOURCE_DIR}/include/runcxx/version.h.in" "${RUNCXX_GENERATED_DIR}/runcxx/version.h" @ONLY)
