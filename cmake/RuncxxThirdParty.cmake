# SPDX-License-Identifier: Apache-2.0
#
# Third-party code, as Debian packages it. The header-only libraries need no link line; they are looked for
# so that a missing package is one clear sentence and not a compile error (`make deps` installs them all).
#   seccomp, cap   static archives for the product, shared libraries in the sanitizer build
#   fmt, spdlog    headers; Debian ships no static archives, so src/base compiles fmt's non-inline part once
foreach(header nlohmann/json.hpp CLI/CLI.hpp spdlog/spdlog.h fmt/core.h seccomp.h sys/capability.h)
    string(MAKE_C_IDENTIFIER "RUNCXX_HEADER_${header}" found)
    find_path(${found} ${header})
    mark_as_advanced(${found})
    if(NOT ${found})
        message(FATAL_ERROR "header <${header}> not found; `make deps` installs what is needed")
    endif()
endforeach()

foreach(library seccomp cap)
    if(RUNCXX_SANITIZE)
        find_library(RUNCXX_LIB_${library} NAMES ${library})
    else()
        find_library(RUNCXX_LIB_${library} NAMES lib${library}.a)
    endif()
    mark_as_advanced(RUNCXX_LIB_${library})
    if(NOT RUNCXX_LIB_${library})
        message(FATAL_ERROR "library ${library} not found; `make deps` installs what is needed")
    endif()
    add_library(runcxx_lib_${library} INTERFACE)
    target_link_libraries(runcxx_lib_${library} INTERFACE "${RUNCXX_LIB_${library}}")
endforeach()
