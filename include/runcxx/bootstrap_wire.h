// SPDX-License-Identifier: Apache-2.0
// The wire between the runtime and the pre-main C stage of `runcxx init` (nsexec/): environment names, the
// bootstrap message, its attributes, the namespace table, the pid report, and the words the stages say to
// each other. Runs in: either (plain C header, usable from C11 and C++20). It holds no code and includes no
// system header.
//
// ----------------------------------------------------------------------------------------------------------
// The protocol, as seen by the runtime
//
// 1. Spawn.  argv = { anything, "init" }.  Environment (decimal fd numbers, inherited without CLOEXEC):
// clang-format off
//      _LIBCONTAINER_INITPIPE  required; one end of a SOCK_STREAM socketpair. Together with argv[1] == "init" it
//                              is what makes the constructor act; without it main() complains.
//      _LIBCONTAINER_LOGPIPE   optional; write end of a pipe. Log records, one JSON object per line and write(2):
//                              {"level":"fatal","msg":"nsexec-1[PID]: text: errno text"}. Without it nothing but
//                              fatal errors is said, on fd 2.
//      _LIBCONTAINER_LOGLEVEL  optional; 0 panic .. 5 debug .. 6 trace (default 5): less severe records are not
//                              written.
// clang-format on
//    The C stage makes the two fds CLOEXEC at once and leaves every other fd and variable alone. The process
//    must not be a process group leader (setsid must succeed) unless it already leads its session. The
//    process must be in its final cgroup before step 2: everything after it may fork, and a new cgroup
//    namespace takes the cgroup of that moment as its root.
//
// 2. Write the bootstrap message to the init pipe: struct runcxx_bootstrap_header, then attributes. The C
//    stage reads exactly header.len bytes, so the runtime may write what main() reads (the configuration)
//    right behind it
//    without waiting for step 3.
//
// 3. Read one line from the init pipe:   {"stage1_pid":A,"stage2_pid":B}\n
//    B is init. When it arrives, all forks have happened, user ids are mapped, and (unless a new user
//    namespace is being set up) all namespaces are entered. Nothing else is written upwards by the C stage.
//    Reaping rule: S being the pid that the runtime spawned, reap every distinct pid of {S, A} that is not B.
//    They exit 0 by themselves without waiting for the runtime. Every one of them is a direct child of the
//    runtime (CLONE_PARENT).
// clang-format off
//      what the message asks for                            processes  A        B
//      no new user namespace, no pid namespace              1          S        S
//      new or joined pid namespace                          2          B        child in the pid namespace
//      new user namespace                                   2          B        stage 1 (S only maps its ids)
//      new user and pid namespace, nothing joined           2          B        stage 1, born in both
//      new user and pid namespace, others joined;
//      new user and joined pid namespace                    3          stage 1  stage 2
// clang-format on
//    (Joining the pid namespace the process is already in asks for no fork; a time namespace never does,
//    because a single-threaded process can setns to its own time_for_children.) Pids are those of S's pid
//    namespace. If the runtime has itself put S into a new or other pid namespace (clone3 with CLONE_NEWPID,
//    or setns before the spawn) and therefore asks for none here, the first row applies, init is S, and the
//    two numbers, being S's own getpid(), mean nothing to the runtime. Such an S (pid 1) cannot fork
//    siblings: it must not be asked for a new user namespace or a pid namespace.
//
// 4. main() goes on in process B with the init pipe, the log pipe and all other inherited fds open, as
// session leader,
//    with uid and gid 0 of its user namespace, PR_SET_DUMPABLE 0 if namespaces were joined.
//
// Failure: the failing stage writes a fatal record and exits RUNCXX_BOOTSTRAP_EXIT_FAILURE; the other stages
// notice and exit too (failure status, no record of their own). The runtime sees EOF on the init pipe instead
// of, or after, the line of step 3. A stage that is killed from outside makes the others exit as well; if
// that happens while its pid is not yet reported, its sibling is an unknown child of the runtime, which dies
// at once and is inherited by the subreaper.
// ----------------------------------------------------------------------------------------------------------
#pragma once

#include <stdint.h>

// Environment of `init`. The C stage reads the first three, main() the rest; main() clears them all.
#define RUNCXX_ENV_INITPIPE "_LIBCONTAINER_INITPIPE"
#define RUNCXX_ENV_LOGPIPE "_LIBCONTAINER_LOGPIPE"
#define RUNCXX_ENV_LOGLEVEL "_LIBCONTAINER_LOGLEVEL"
#define RUNCXX_ENV_INITTYPE "_LIBCONTAINER_INITTYPE"  // "standard" (create, run) or "setns" (exec)
#define RUNCXX_ENV_SYNCPIPE "_LIBCONTAINER_SYNCPIPE"  // SOCK_SEQPACKET socketpair end
#define RUNCXX_ENV_FIFOFD "_LIBCONTAINER_FIFOFD"      // exec.fifo, open for reading and writing
#define RUNCXX_ENV_CONSOLE "_LIBCONTAINER_CONSOLE"    // connected console socket
#define RUNCXX_ENV_HOOK_STDOUT "_RUNCXX_HOOK_STDOUT"  // file for the output of hooks that init runs
#define RUNCXX_ENV_HOOK_STDERR "_RUNCXX_HOOK_STDERR"
#define RUNCXX_ENV_PIDFD_SOCK "_LIBCONTAINER_PIDFD_SOCK"

#define RUNCXX_INIT_ARGUMENT "init"

// The message: this header (the shape of struct nlmsghdr, native endian), then attributes until header.len
// bytes are used up. An attribute is u16 length (its own 4 bytes and the payload, not the padding), u16 type,
// payload, padding to a multiple of 4 bytes (which may be missing behind the last one).
struct runcxx_bootstrap_header {
    uint32_t len;    // of header and attributes
    uint16_t type;   // RUNCXX_BOOTSTRAP_MESSAGE_TYPE
    uint16_t flags;  // not looked at; runc sends NLM_F_REQUEST (1)
    uint32_t seq;    // not looked at
    uint32_t pid;    // not looked at
};

struct runcxx_bootstrap_attribute_header {
    uint16_t len;
    uint16_t type;
};

enum {
    RUNCXX_BOOTSTRAP_MESSAGE_TYPE = 62000,
    RUNCXX_BOOTSTRAP_HEADER_SIZE = 16,
    RUNCXX_BOOTSTRAP_ATTRIBUTE_HEADER_SIZE = 4,
    RUNCXX_BOOTSTRAP_ALIGNMENT = 4,
    // An attribute's length is a u16 that counts its header: header, text and NUL must fit.
    RUNCXX_BOOTSTRAP_ATTRIBUTE_MAX = 65535,
    // Upper bound of header.len. Every attribute may occur once, so nothing legal comes near it; it keeps a
    // garbage length from making the C stage allocate gigabytes.
    RUNCXX_BOOTSTRAP_MESSAGE_MAX = 1 << 20,
    // Exit status of every stage that fails.
    RUNCXX_BOOTSTRAP_EXIT_FAILURE = 1
};

// X(number, NAME, KIND). Each attribute at most once, in any order; an unknown number is fatal.
//   U32   4 bytes, native endian
//   BOOL  4 bytes, 0 is false
//   TEXT  at least one character, then exactly one NUL, which counts as payload
// clang-format off
// What they hold:
//   CLONE_FLAGS    CLONE_NEW* of the namespaces to create, no other flag; may be left out (0)
//   NS_PATHS       "user:/path,ipc:/path,...": wire names of the table below, each at most once; joined in this
//                  order, except that the user namespace waits for those it has no power over
//   UIDMAP GIDMAP  lines "container-id host-id size\n"; only with CLONE_NEWUSER
//   SETGROUP       init may call setgroups(2); if false and ROOTLESS_EUID, /proc/PID/setgroups gets "deny"
//   OOM_SCORE_ADJ  decimal number, -1000..1000
//   ROOTLESS_EUID  the runtime's euid is not 0
//   UIDMAPPATH     absolute path of newuidmap, run when writing uid_map gives EPERM; GIDMAPPATH: newgidmap
//   TIMENSOFFSET   lines "monotonic|boottime seconds nanoseconds\n"; only with CLONE_NEWTIME
// clang-format on
#define RUNCXX_BOOTSTRAP_ATTRIBUTES(X) \
    X(27281, CLONE_FLAGS, U32)         \
    X(27282, NS_PATHS, TEXT)           \
    X(27283, UIDMAP, TEXT)             \
    X(27284, GIDMAP, TEXT)             \
    X(27285, SETGROUP, BOOL)           \
    X(27286, OOM_SCORE_ADJ, TEXT)      \
    X(27287, ROOTLESS_EUID, BOOL)      \
    X(27288, UIDMAPPATH, TEXT)         \
    X(27289, GIDMAPPATH, TEXT)         \
    X(27290, TIMENSOFFSET, TEXT)

enum runcxx_bootstrap_attribute {
#define RUNCXX_ATTRIBUTE_ENUMERATOR(number, name, kind) RUNCXX_ATTRIBUTE_##name = number,
    RUNCXX_BOOTSTRAP_ATTRIBUTES(RUNCXX_ATTRIBUTE_ENUMERATOR)
#undef RUNCXX_ATTRIBUTE_ENUMERATOR
};

// X(NAME, wire name, config.json name, CLONE_NEW* flag), in joining order. The wire name is also the name of
// the file in /proc/PID/ns and of the sysctl user.max_<name>_namespaces.
#define RUNCXX_NAMESPACES(X)                   \
    X(USER, "user", "user", 0x10000000u)       \
    X(IPC, "ipc", "ipc", 0x08000000u)          \
    X(UTS, "uts", "uts", 0x04000000u)          \
    X(NET, "net", "network", 0x40000000u)      \
    X(PID, "pid", "pid", 0x20000000u)          \
    X(MNT, "mnt", "mount", 0x00020000u)        \
    X(CGROUP, "cgroup", "cgroup", 0x02000000u) \
    X(TIME, "time", "time", 0x00000080u)

enum { RUNCXX_NAMESPACE_COUNT = 8 };

// The line of step 3, as a printf format for two pid_t.
#define RUNCXX_BOOTSTRAP_PID_REPORT "{\"stage1_pid\":%d,\"stage2_pid\":%d}\n"

// Words (u32) between stage 0 and stage 1, on a private SOCK_STREAM pair. The runtime never sees them.
enum runcxx_stage_sync {
    RUNCXX_SYNC_USERMAP_PLS = 0x40,  // 1 -> 0: the user namespace exists, map its ids
    RUNCXX_SYNC_USERMAP_ACK = 0x41,  // 0 -> 1: mapped; if stage 1 is init its pid has been reported too
    RUNCXX_SYNC_RECVPID_PLS = 0x42,  // 1 -> 0: followed by the pid (i32) of stage 2
    RUNCXX_SYNC_RECVPID_ACK = 0x43,  // 0 -> 1: reported
    RUNCXX_SYNC_GRANDCHILD = 0x44,   // to stage 2, from whoever forked it: the pid is known, go on
    RUNCXX_SYNC_FAILED = 0x48        // either way: the fatal record is written, exit without another
};
