// SPDX-License-Identifier: Apache-2.0
// process.scheduler, process.ioPriority, linux.personality, linux.memoryPolicy: read back from the kernel by the
// program itself.
#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include "support/sandbox.h"

using namespace runcxx::tests;

namespace {

enum Policy { Other = 0, Fifo = 1, RoundRobin = 2, Batch = 3, Idle = 5, Deadline = 6 };  // linux/sched.h

}  // namespace

RUNTIME_TEST("scheduler: policy, nice and flags are the program's", "[scheduler]") {
    REQUIRES("scheduler");
    Bundle& b = bundle();
    b.spec["process"]["scheduler"] = {{"policy", "SCHED_BATCH"}, {"nice", 7}};
    json sched = probe(b, {"sched"})["sched"];
    CHECK(sched["policy"] == Batch);
    CHECK(sched["nice"] == 7);
    CHECK(sched["flags"] == 0);
    const int nice = geteuid() == 0 ? -3 : 3;
    b.spec["process"]["scheduler"] = {
        {"policy", "SCHED_OTHER"}, {"nice", nice}, {"flags", {"SCHED_FLAG_RESET_ON_FORK"}}};
    sched = probe(b, {"sched"})["sched"];
    CHECK(sched["policy"] == Other);
    CHECK(sched["nice"] == nice);
    CHECK(sched["flags"] == 1);
    b.spec["process"]["scheduler"] = {{"policy", "SCHED_IDLE"}};
    CHECK(probe(b, {"sched"})["sched"]["policy"] == Idle);
}

RUNTIME_TEST("scheduler: a deadline has its three times", "[scheduler][root]") {
    REQUIRES("scheduler");
    Bundle& b = bundle();
    b.spec["process"]["scheduler"] = {
        {"policy", "SCHED_DEADLINE"}, {"runtime", 1000000}, {"deadline", 10000000}, {"period", 20000000}};
    json sched = probe(b, {"sched"})["sched"];
    CHECK(sched["policy"] == Deadline);
    CHECK(sched["runtime"] == 1000000);
    CHECK(sched["deadline"] == 10000000);
    CHECK(sched["period"] == 20000000);
}

RUNTIME_TEST("scheduler: a deadline and a cpuset exclude each other, and the error says so",
             "[scheduler][cgroups]") {
    REQUIRES("scheduler");
    if (missing("v1-cpuset") != "") REQUIRES("v2-cpuset");
    REQUIRES("two-cpus");  // of one, every cpuset has all
    Bundle& b = bundle().idle();
    b.spec["linux"]["resources"]["cpu"] = {{"cpus", "0"}};
    b.spec["process"]["scheduler"] = {
        {"policy", "SCHED_DEADLINE"}, {"runtime", 1000000}, {"deadline", 10000000}, {"period", 20000000}};
    CHECK_FAILS(try_run_detached(b), 1, "process scheduler can't be used together with AllowedCPUs");
}

RUNTIME_TEST("scheduler: real-time policies have a priority, and need real-time in the cgroup",
             "[scheduler]") {
    REQUIRES("scheduler");
    Bundle& b = bundle().drop_namespace("cgroup");
    b.spec["process"]["scheduler"] = {{"policy", "SCHED_RR"}, {"priority", 17}};
    const auto result = try_run_detached(b.idle());
    INFO(describe(result));
    if (result.exit_code != 0) {
        // The cgroup is new, so it has no real-time runtime (CONFIG_RT_GROUP_SCHED, v1 or with a cpu controller).
        CHECK_THAT(plain_errors(result), HasText("error setting scheduler: operation not permitted"));
        if (is_runcxx()) CHECK_THAT(plain_errors(result), HasText("cpu.rt_runtime_us"));
        return;
    }
    CHECK(sched_getscheduler(init_pid(last_id())) == RoundRobin);
}

RUNTIME_TEST("scheduler: without one the caller's nice value stays", "[scheduler]") {
    const int ours = getpriority(PRIO_PROCESS, 0);
    Options options;
    options.in_child = [ours] {
        if (setpriority(PRIO_PROCESS, 0, ours + 5) < 0) _exit(99);
    };
    CHECK(probe(bundle(), {"sched"}, {}, options)["sched"]["nice"] == ours + 5);
}

RUNTIME_TEST("ioPriority: class and level are the program's", "[scheduler]") {
    REQUIRES("scheduler");
    const std::pair<const char*, int> classes[] = {
        {"IOPRIO_CLASS_RT", 1}, {"IOPRIO_CLASS_BE", 2}, {"IOPRIO_CLASS_IDLE", 3}};
    for (const auto& [name, number] : classes) {
        INFO(name);
        Bundle& b = bundle();
        b.spec["process"]["ioPriority"] = {{"class", name}, {"priority", 4}};
        if (number == 1 && geteuid() != 0)
            CHECK_FAILS(run(b.args({"true"})), 1, "IOPRIO_CLASS_RT needs CAP_SYS_NICE or CAP_SYS_ADMIN");
        else
            CHECK(probe(b, {"sched"})["sched"]["ioprio"] == (number << 13 | 4));
    }
}

RUNTIME_TEST("personality: LINUX32 shows a 32-bit machine, LINUX the real one", "[personality]") {
    REQUIRES("personality");
    Bundle& b = bundle();
    b.spec["linux"]["personality"] = {{"domain", "LINUX32"}};
    json sched = probe(b, {"sched"})["sched"];
    CHECK(sched["personality"] == 8);
    CHECK(sched["machine"] != "x86_64");
    b.spec["linux"]["personality"] = {{"domain", "LINUX"}};
    Options options;
    sched = probe(b, {"sched"})["sched"];
    CHECK(sched["personality"] == 0);
}

RUNTIME_TEST("personality: flags are warned of, other domains refused", "[personality][errors]") {
    REQUIRES("personality");
    Bundle& b = bundle().args({"true"});
    b.spec["linux"]["personality"] = {{"domain", "LINUX"}, {"flags", {"ADDR_NO_RANDOMIZE"}}};
    const auto result = run(b);
    CHECK(result.exit_code == 0);
    CHECK_THAT(plain_errors(result), HasText("ignoring unsupported personality flags: [ADDR_NO_RANDOMIZE]"));
    b.spec["linux"]["personality"] = {{"domain", "BSD"}};
    CHECK_FAILS(run(b), 1, "invalid personality domain BSD");
}

RUNTIME_TEST("memoryPolicy: mode, flags and nodes are the program's", "[memory-policy]") {
    REQUIRES("memory-policy");
    struct {
        const char* mode;
        const char* nodes;
        int number;
    } const table[] = {{"MPOL_DEFAULT", "", 0}, {"MPOL_PREFERRED", "0", 1},
                       {"MPOL_BIND", "0", 2},   {"MPOL_INTERLEAVE", "0", 3},
                       {"MPOL_LOCAL", "", 4},   {"MPOL_PREFERRED_MANY", "0", 5}};
    for (const auto& row : table) {
        INFO(row.mode);
        Bundle& b = bundle();
        b.spec["linux"]["memoryPolicy"] = {{"mode", row.mode}, {"nodes", row.nodes}};
        json policy = probe(b, {"mempolicy"})["mempolicy"];
        CHECK(policy["errno"] == "");
        CHECK(policy["mode"] == row.number);
        CHECK(policy["nodes"].get<std::string>().back() == (*row.nodes == 0 ? '0' : '1'));
    }
    Bundle& b = bundle();
    b.spec["linux"]["memoryPolicy"] = {
        {"mode", "MPOL_BIND"}, {"nodes", "0"}, {"flags", {"MPOL_F_STATIC_NODES"}}};
    CHECK(probe(b, {"mempolicy"})["mempolicy"]["mode"] == (2 | 1 << 15));
}

RUNTIME_TEST("memoryPolicy: weighted interleaving", "[memory-policy]") {
    REQUIRES("memory-policy");
    REQUIRES("weighted-interleave");
    Bundle& b = bundle();
    b.spec["linux"]["memoryPolicy"] = {{"mode", "MPOL_WEIGHTED_INTERLEAVE"}, {"nodes", "0"}};
    CHECK(probe(b, {"mempolicy"})["mempolicy"]["mode"] == 6);
}

RUNTIME_TEST("memoryPolicy: nodes that do not exist fail the create", "[memory-policy][errors]") {
    REQUIRES("memory-policy");
    Bundle& b = bundle().idle();
    b.spec["linux"]["memoryPolicy"] = {{"mode", "MPOL_BIND"}, {"nodes", "900"}};
    CHECK_FAILS(try_create(b), 1, "set_mempolicy");
    b.spec["linux"]["memoryPolicy"] = {{"mode", "MPOL_BIND"}};
    CHECK_FAILS(try_create(b), 1, "memory policy mode requires at least one node but got 0");
}
