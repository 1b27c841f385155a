// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.h"

namespace runcxx::cli {
namespace {

constexpr Option kOptions[] = {
    {.name = "resources",
     .alias = "r",
     .value = "FILE",
     .summary = "read linux.resources as JSON from FILE (- is stdin); other options are then ignored"},
    {.name = "blkio-weight",
     .kind = OptionKind::Number,
     .value = "N",
     .summary = "block io weight, 10 to 1000"},
    {.name = "cpu-period", .value = "USEC", .summary = "length of a CFS period, 0 for the default"},
    {.name = "cpu-quota", .value = "USEC", .summary = "cpu time in a CFS period"},
    {.name = "cpu-burst", .value = "USEC", .summary = "cpu time that may be saved up for a burst"},
    {.name = "cpu-share", .value = "N", .summary = "relative cpu weight"},
    {.name = "cpu-rt-period", .value = "USEC", .summary = "length of a realtime period, 0 for the default"},
    {.name = "cpu-rt-runtime", .value = "USEC", .summary = "cpu time in a realtime period"},
    {.name = "cpuset-cpus", .value = "LIST", .summary = "cpus to use"},
    {.name = "cpuset-mems", .value = "LIST", .summary = "memory nodes to use"},
    {.name = "kernel-memory", .summary = "(ignored)", .hidden = true},
    {.name = "kernel-memory-tcp", .summary = "(ignored)", .hidden = true},
    {.name = "memory", .value = "BYTES", .summary = "memory limit"},
    {.name = "cpu-idle", .value = "0|1", .summary = "1: run only when nothing else does (SCHED_IDLE)"},
    {.name = "memory-reservation", .value = "BYTES", .summary = "soft memory limit"},
    {.name = "memory-swap", .value = "BYTES", .summary = "limit of memory and swap together, -1 for none"},
    {.name = "pids-limit", .kind = OptionKind::Number, .value = "N", .summary = "number of processes"},
    {.name = "l3-cache-schema", .value = "SCHEMA", .summary = "Intel RDT L3 cache allocation"},
    {.name = "mem-bw-schema", .value = "SCHEMA", .summary = "Intel RDT memory bandwidth allocation"},
};

}  // namespace

const Command kUpdate{
    .name = "update",
    .summary = "change the resource limits of a container",
    .usage = "<container-id>",
    .min_arguments = 1,
    .max_arguments = 1,
    .options = kOptions,
};

}  // namespace runcxx::cli
