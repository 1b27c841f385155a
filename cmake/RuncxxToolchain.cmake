# SPDX-License-Identifier: Apache-2.0
#
# Compiler and linker flags, as three interface targets:
#   runcxx_base_flags      everything we compile: language level, warnings
#   runcxx_product_flags   what ends up in the binary: the above, stricter warnings, hardening or sanitizers
#   runcxx_test_flags      tests: built to compile fast, not to run fast
include(CheckCXXCompilerFlag)
include(CheckCXXSourceRuns)

if(NOT CMAKE_BUILD_TYPE)
    set(CMAKE_BUILD_TYPE Release CACHE STRING "Release, RelWithDebInfo or Debug" FORCE)
endif()

set(CMAKE_C_STANDARD 11)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS ON) # _GNU_SOURCE world: clone(2), setns(2), program_invocation_name
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_C_VISIBILITY_PRESET hidden)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)
# For size: a start is paid by the page faults of two fresh processes, not by loops (-O2: a quarter more file and memory, no
# time gained).
foreach(lang C CXX)
    set(CMAKE_${lang}_FLAGS_RELEASE "-Os -DNDEBUG")
    set(CMAKE_${lang}_FLAGS_RELWITHDEBINFO "-O2 -g -DNDEBUG")
    set(CMAKE_${lang}_FLAGS_DEBUG "-Og -g")
endforeach()

# ccache: hash_dir off and base_dir set, so that build directories share their results.
find_program(RUNCXX_CCACHE ccache)
if(RUNCXX_CCACHE)
    foreach(lang C CXX)
        set(CMAKE_${lang}_COMPILER_LAUNCHER
            env CCACHE_NOHASHDIR=1 "CCACHE_BASEDIR=${CMAKE_SOURCE_DIR}"
            CCACHE_SLOPPINESS=pch_defines,time_macros "${RUNCXX_CCACHE}")
    endforeach()
endif()

set(RUNCXX_GNU "$<CXX_COMPILER_ID:GNU>")
set(RUNCXX_CXX "$<COMPILE_LANGUAGE:CXX>")
set(RUNCXX_C "$<COMPILE_LANGUAGE:C>")

# ---------------------------------------------------------------------------------------------- every target
add_library(runcxx_base_flags INTERFACE)
target_compile_options(runcxx_base_flags INTERFACE
    -fPIE -ffunction-sections -fdata-sections -fno-strict-aliasing
    "-ffile-prefix-map=${CMAKE_SOURCE_DIR}/=" # no build path in messages, debug info or the binary
    -Wall -Wextra -Werror -Wformat=2 -Wundef -Wvla -Wimplicit-fallthrough
    -Wno-missing-field-initializers # designated initializers name what differs, and only that
    "$<$<CXX_COMPILER_ID:Clang>:-Wno-unused-lambda-capture>" # wrong about captures used under `if constexpr`
    # g++ 12 sees overlaps and uninitialized values in inlined std::string and std::optional that are not there
    # (GCC bugs 105329, 105562).
    "$<${RUNCXX_GNU}:-Wno-restrict;-Wno-maybe-uninitialized>"
    "$<${RUNCXX_CXX}:-Wnon-virtual-dtor;-Woverloaded-virtual;-Wextra-semi>"
    "$<${RUNCXX_C}:-Wstrict-prototypes;-Wmissing-prototypes;-Wold-style-definition>")
target_compile_definitions(runcxx_base_flags INTERFACE _FILE_OFFSET_BITS=64)
target_link_options(runcxx_base_flags INTERFACE -Wl,--gc-sections
    $<$<BOOL:${RUNCXX_SANITIZE}>:-fsanitize=address,undefined>)

# ---------------------------------------------------------------------------------------------- the product
add_library(runcxx_product_flags INTERFACE)
target_link_libraries(runcxx_product_flags INTERFACE runcxx_base_flags)
target_compile_options(runcxx_product_flags INTERFACE
    -Wshadow -Wconversion -Wno-sign-conversion -Wcast-qual
    "$<${RUNCXX_GNU}:-Wduplicated-cond;-Wduplicated-branches>"
    "$<$<AND:${RUNCXX_GNU},${RUNCXX_CXX}>:-Wmissing-declarations>")

if(RUNCXX_SANITIZE)
    # Only the product is instrumented: the tests are what uses it, and instrumenting them triples the build.
    target_compile_options(runcxx_product_flags INTERFACE
        -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer -O1 -g1
        "$<$<CXX_COMPILER_ID:Clang>:-fsanitize=fuzzer-no-link>" # coverage for the fuzzers
        "$<${RUNCXX_GNU}:-Wno-maybe-uninitialized>") # false positives on instrumented code
else()
    target_compile_options(runcxx_product_flags INTERFACE -fstack-protector-strong)
    foreach(flag -fstack-clash-protection -fcf-protection)
        string(MAKE_C_IDENTIFIER "RUNCXX_HAVE${flag}" have)
        check_cxx_compiler_flag(${flag} ${have})
        if(${have})
            target_compile_options(runcxx_product_flags INTERFACE ${flag})
        endif()
    endforeach()
    target_compile_definitions(runcxx_product_flags INTERFACE $<${RUNCXX_CXX}:_GLIBCXX_ASSERTIONS>)
    if(NOT CMAKE_BUILD_TYPE STREQUAL "Debug") # _FORTIFY_SOURCE needs the optimizer
        set(fortify 2)
        if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_GREATER_EQUAL 12)
            set(fortify 3)
        endif()
        target_compile_options(runcxx_product_flags INTERFACE -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=${fortify})
    endif()
endif()

# ---------------------------------------------------------------------------------------------- the tests
add_library(runcxx_test_flags INTERFACE)
target_link_libraries(runcxx_test_flags INTERFACE runcxx_base_flags)
target_compile_options(runcxx_test_flags INTERFACE -O0 -g0 -U_FORTIFY_SOURCE)

# ---------------------------------------------------------------------------------------------- the one binary
# static-pie: no loader, no library search, nothing to resolve at start, and still a random load address.
# RELR packs the relative relocations a static-pie applies to itself; whether the C library of this machine
# can do so is tried by running a program, since the linker alone can't tell.
add_library(runcxx_executable_flags INTERFACE)
target_link_options(runcxx_executable_flags INTERFACE -Wl,-z,relro,-z,now,-z,noexecstack -Wl,--as-needed)
if(NOT RUNCXX_SANITIZE)
    set(static_pie -static-pie)
    set(CMAKE_REQUIRED_FLAGS "-fPIE")
    set(CMAKE_REQUIRED_LINK_OPTIONS -static-pie -Wl,-z,pack-relative-relocs -Wl,--fatal-warnings)
    check_cxx_source_runs([[
        #include <stdexcept>
        static const char* const kTable[] = {"a", "b", "c"};
        int main(int argc, char**) { try { throw std::runtime_error(kTable[argc]); } catch (...) { return 0; } }
    ]] RUNCXX_HAVE_RELR)
    unset(CMAKE_REQUIRED_LINK_OPTIONS)
    if(RUNCXX_HAVE_RELR)
        list(APPEND static_pie -Wl,-z,pack-relative-relocs)
    endif()
    # Code that a start executes lies side by side, if the linker can do that: half the memory, a seventh fewer page faults.
    set(startup_layout "-Wl,-T,${CMAKE_SOURCE_DIR}/cmake/startup.ld")
    set(CMAKE_REQUIRED_LINK_OPTIONS ${static_pie} ${startup_layout} -Wl,--fatal-warnings)
    check_cxx_source_runs("int main() { return 0; }" RUNCXX_HAVE_STARTUP_LAYOUT)
    unset(CMAKE_REQUIRED_LINK_OPTIONS)
    if(RUNCXX_HAVE_STARTUP_LAYOUT)
        list(APPEND static_pie ${startup_layout})
    endif()
    unset(CMAKE_REQUIRED_FLAGS)
    target_link_options(runcxx_executable_flags INTERFACE ${static_pie}
        "$<$<CONFIG:Release>:-Wl,--strip-all>")
endif()
