# SPDX-License-Identifier: Apache-2.0
#
# runcxx_module(<name> DEPS <modules>)
#   One folder under src/ = one static library runcxx_<name>, from every .cpp in it (recursively). It may include
#   itself and its DEPS, nothing else: tools/check-layers reads the same DEPS lines. A folder with headers only
#   becomes an interface library.
#
# The layers, lowest first. A module depends on lower layers only; modules of one layer never on each other.
set(RUNCXX_LAYERS
    base:0
    sys:1
    oci:2 host:2 dbus:2
    config:3
    cgroups:4 intelrdt:4 rootfs:4 process:4 seccomp:4 network:4 terminal:4 hooks:4 notify:4
    sync:5
    launch:6 init:6 checkpoint:6
    container:7
    cli:8
    manual:9)

foreach(entry IN LISTS RUNCXX_LAYERS)
    string(REPLACE ":" ";" entry "${entry}")
    list(GET entry 0 name)
    list(GET entry 1 RUNCXX_LAYER_${name})
    list(APPEND RUNCXX_MODULES ${name})
endforeach()

# What a module links besides other modules.
set(RUNCXX_EXTERNAL_seccomp runcxx_lib_seccomp)
set(RUNCXX_EXTERNAL_process runcxx_lib_cap)

function(runcxx_module name)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "DEPS")
    if(arg_UNPARSED_ARGUMENTS OR NOT DEFINED RUNCXX_LAYER_${name})
        message(FATAL_ERROR "runcxx_module(${name}): not a module of RUNCXX_LAYERS, or words before DEPS: ${arg_UNPARSED_ARGUMENTS}")
    endif()

    file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/*.cpp")
    set(target runcxx_${name})
    if(sources)
        add_library(${target} STATIC ${sources})
        set(scope PUBLIC)
        target_link_libraries(${target} PRIVATE runcxx_product_flags)
    else()
        add_library(${target} INTERFACE)
        set(scope INTERFACE)
    endif()
    # -iquote and not -I: "sys/socket.h" is our module, <sys/socket.h> must stay the system's.
    target_compile_options(${target} ${scope} "SHELL:-iquote \"${CMAKE_SOURCE_DIR}/src\"")
    target_include_directories(${target} ${scope} "${CMAKE_SOURCE_DIR}/include" "${RUNCXX_GENERATED_DIR}")
    target_link_libraries(${target} ${scope} ${RUNCXX_EXTERNAL_${name}})

    foreach(dep IN LISTS arg_DEPS)
        if(NOT DEFINED RUNCXX_LAYER_${dep})
            message(FATAL_ERROR "module ${name}: there is no module ${dep}")
        elseif(NOT RUNCXX_LAYER_${dep} LESS RUNCXX_LAYER_${name})
            message(FATAL_ERROR "module ${name} (layer ${RUNCXX_LAYER_${name}}) must not depend on ${dep} (layer ${RUNCXX_LAYER_${dep}})")
        elseif(TARGET runcxx_${dep})
            target_link_libraries(${target} ${scope} runcxx_${dep})
        else()
            message(STATUS "module ${name}: ${dep} is not in this tree")
        endif()
    endforeach()
endfunction()

# The C stage that runs before main(). An OBJECT library, because nothing references a constructor and the linker
# would drop it from an archive; the payload decoder is a library of its own, for its tests and its fuzzer.
function(runcxx_nsexec)
    file(GLOB sources CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/nsexec/*.c")
    if(NOT sources)
        return()
    endif()
    add_library(nsexec OBJECT ${sources})
    target_link_libraries(nsexec PRIVATE runcxx_product_flags)
    target_include_directories(nsexec PUBLIC "${CMAKE_SOURCE_DIR}/include" "${CMAKE_SOURCE_DIR}/nsexec")
    if(EXISTS "${CMAKE_SOURCE_DIR}/nsexec/decode.c")
        add_library(nsexec_decode STATIC "${CMAKE_SOURCE_DIR}/nsexec/decode.c")
        target_link_libraries(nsexec_decode PRIVATE runcxx_product_flags)
        target_include_directories(nsexec_decode PUBLIC "${CMAKE_SOURCE_DIR}/include" "${CMAKE_SOURCE_DIR}/nsexec")
    endif()
endfunction()
