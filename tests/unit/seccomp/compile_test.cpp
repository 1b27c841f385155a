// SPDX-License-Identifier: Apache-2.0
#include "seccomp/compile.h"

#include <sys/syscall.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>

#include "base/error.h"
#include "support/catch.h"
#include "sys/seccomp.h"
#include "unit/seccomp/docker_names.h"
#include "unit/seccomp/profiles.h"

using namespace runcxx;
using namespace runcxx::tests;

namespace {

constexpr std::uint32_t kYoung = 0x0fffffff;  // above every number that exists

oci::Strings docker_names() {
    return {std::begin(kDockerNames), std::end(kDockerNames)};
}

oci::Seccomp docker_like() {
    auto source = profile("SCMP_ACT_ERRNO", {rule(docker_names(), "SCMP_ACT_ALLOW")});
#if defined(__x86_64__)
    source.architectures = {"SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"};
#endif
    source.syscalls.push_back(rule({"personality"}, "SCMP_ACT_ALLOW", {{0, 0, 0, "SCMP_CMP_EQ"}}));
    source.syscalls.push_back(rule({"personality"}, "SCMP_ACT_ALLOW", {{0, 8, 0, "SCMP_CMP_EQ"}}));
    source.syscalls.push_back(rule({"socket"}, "SCMP_ACT_ALLOW", {{0, 40, 0, "SCMP_CMP_NE"}}));
    source.syscalls.push_back(rule({"clone"}, "SCMP_ACT_ALLOW", {{0, 0x7e020000, 0, "SCMP_CMP_MASKED_EQ"}}));
    source.syscalls.push_back(rule({"clone3"}, "SCMP_ACT_ERRNO"));
    source.syscalls.back().errno_ret = ENOSYS;
    return source;
}

std::uint32_t answer(const oci::Seccomp& source, long number, const std::array<std::uint64_t, 6>& args = {}) {
    return interpret(compiled(source), kNative, static_cast<std::uint32_t>(number), args).value;
}

std::string refusal(const oci::Seccomp& source) {
    try {
        seccomp::check(source);
    } catch (const Error& error) {
        return error.message();
    }
    return "";
}

}  // namespace

TEST_CASE("a profile with neither default action nor system calls is no profile") {
    CHECK_FALSE(seccomp::compile({}).has_value());
    CHECK_NOTHROW(seccomp::check({}));
}

TEST_CASE("an allow list allows what it names and answers the default to the rest") {
    const auto source = profile("SCMP_ACT_ERRNO", {rule({"read", "openat"}, "SCMP_ACT_ALLOW")});
    CHECK(answer(source, SYS_read) == kAllow);
    CHECK(answer(source, SYS_openat) == kAllow);
    CHECK(answer(source, SYS_getppid) == fails_with(EPERM));
}

TEST_CASE("a deny list denies what it names with the errno of its rule") {
    auto source =
        profile("SCMP_ACT_ALLOW", {rule({"getppid"}, "SCMP_ACT_ERRNO"), rule({"getpid"}, "SCMP_ACT_ERRNO")});
    source.syscalls[1].errno_ret = 100;
    CHECK(answer(source, SYS_getppid) == fails_with(EPERM));
    CHECK(answer(source, SYS_getpid) == fails_with(100));
    CHECK(answer(source, SYS_read) == kAllow);
    CHECK(answer(source, kYoung) == kAllow);
}

TEST_CASE("every action becomes the kernel's value for it") {
    const std::pair<const char*, std::uint32_t> actions[] = {
        {"SCMP_ACT_KILL", SECCOMP_RET_KILL_THREAD},
        {"SCMP_ACT_KILL_THREAD", SECCOMP_RET_KILL_THREAD},
        {"SCMP_ACT_KILL_PROCESS", SECCOMP_RET_KILL_PROCESS},
        {"SCMP_ACT_TRAP", SECCOMP_RET_TRAP},
        {"SCMP_ACT_ERRNO", fails_with(EPERM)},
        {"SCMP_ACT_TRACE", SECCOMP_RET_TRACE | EPERM},
        {"SCMP_ACT_LOG", SECCOMP_RET_LOG},
        {"SCMP_ACT_NOTIFY", SECCOMP_RET_USER_NOTIF},
    };
    for (const auto& [name, value] : actions) {
        INFO(name);
        auto source = profile("SCMP_ACT_ALLOW", {rule({"getppid"}, name)});
        source.listener_path = "/agent.sock";
        CHECK(answer(source, SYS_getppid) == value);
    }
    auto trace = profile("SCMP_ACT_ALLOW", {rule({"getppid"}, "SCMP_ACT_TRACE")});
    trace.syscalls[0].errno_ret = 7;
    CHECK(answer(trace, SYS_getppid) == (SECCOMP_RET_TRACE | 7));
}

TEST_CASE("the default errno is the configured one") {
    auto source = profile("SCMP_ACT_ERRNO", {rule({"read", "openat"}, "SCMP_ACT_ALLOW")});
    source.default_errno_ret = ENXIO;
    CHECK(answer(source, SYS_getppid) == fails_with(ENXIO));
}

TEST_CASE("conditions on several arguments must all hold") {
    const auto source = profile(
        "SCMP_ACT_ERRNO",
        {rule({"ioctl"}, "SCMP_ACT_ALLOW", {{0, 1, 0, "SCMP_CMP_EQ"}, {1, 0x5401, 0, "SCMP_CMP_EQ"}})});
    CHECK(answer(source, SYS_ioctl, {1, 0x5401}) == kAllow);
    CHECK(answer(source, SYS_ioctl, {1, 0x5402}) == fails_with(EPERM));
    CHECK(answer(source, SYS_ioctl, {2, 0x5401}) == fails_with(EPERM));
}

TEST_CASE("several conditions on one argument are alternatives, and so is every other of that rule") {
    const auto source =
        profile("SCMP_ACT_ERRNO",
                {rule({"ioctl"}, "SCMP_ACT_ALLOW",
                      {{0, 1, 0, "SCMP_CMP_EQ"}, {0, 2, 0, "SCMP_CMP_EQ"}, {1, 9, 0, "SCMP_CMP_EQ"}})});
    CHECK(answer(source, SYS_ioctl, {1, 0}) == kAllow);
    CHECK(answer(source, SYS_ioctl, {2, 0}) == kAllow);
    CHECK(answer(source, SYS_ioctl, {3, 9}) == kAllow);
    CHECK(answer(source, SYS_ioctl, {3, 0}) == fails_with(EPERM));
}

TEST_CASE("every operator compares all 64 bits") {
    constexpr std::uint64_t k = 0x500000007;
    struct Row {
        const char* op;
        bool below, same, above;
    };
    for (const auto& row : {Row{"SCMP_CMP_NE", true, false, true}, Row{"SCMP_CMP_LT", true, false, false},
                            Row{"SCMP_CMP_LE", true, true, false}, Row{"SCMP_CMP_EQ", false, true, false},
                            Row{"SCMP_CMP_GE", false, true, true}, Row{"SCMP_CMP_GT", false, false, true}}) {
        INFO(row.op);
        const auto source =
            profile("SCMP_ACT_ERRNO", {rule({"lseek"}, "SCMP_ACT_ALLOW", {{1, k, 0, row.op}})});
        const auto program = compiled(source);
        const auto allows = [&](std::uint64_t value) {
            return interpret(program, kNative, SYS_lseek, {0, value}).value == kAllow;
        };
        CHECK(allows(k - 1) == row.below);
        CHECK(allows(k) == row.same);
        CHECK(allows(k + 1) == row.above);
        CHECK(allows(k - (1ULL << 32)) == row.below);
        CHECK(allows(k + (1ULL << 32)) == row.above);
    }
}

TEST_CASE("masked equality takes the mask from value and the wanted bits from valueTwo") {
    const auto source =
        profile("SCMP_ACT_ERRNO",
                {rule({"lseek"}, "SCMP_ACT_ALLOW", {{1, 0xf0000000f0, 0x1000000020, "SCMP_CMP_MASKED_EQ"}})});
    CHECK(answer(source, SYS_lseek, {0, 0x1000000020}) == kAllow);
    CHECK(answer(source, SYS_lseek, {0, 0x100000002f}) == kAllow);
    CHECK(answer(source, SYS_lseek, {0, 0x1000000030}) == fails_with(EPERM));
    CHECK(answer(source, SYS_lseek, {0, 0x2000000020}) == fails_with(EPERM));
}

TEST_CASE("numbers above the largest that the profile names are unknown, not forbidden") {
    const auto source = profile("SCMP_ACT_KILL", {rule({"read", "getppid"}, "SCMP_ACT_ALLOW")});
    const auto largest = std::max(SYS_read, SYS_getppid);
    CHECK(answer(source, largest) == kAllow);
    CHECK(answer(source, largest + 1) == fails_with(ENOSYS));
    CHECK(answer(source, kYoung) == fails_with(ENOSYS));
    CHECK(answer(source, largest - 1) == SECCOMP_RET_KILL_THREAD);
}

TEST_CASE("what a profile says about its largest number does not matter to the numbers above it") {
    // Redundant with the default, yet it proves that the author knew the call.
    const auto source =
        profile("SCMP_ACT_ERRNO", {rule({"read"}, "SCMP_ACT_ALLOW"), rule({"faccessat2"}, "SCMP_ACT_ERRNO")});
    CHECK(answer(source, SYS_faccessat2) == fails_with(EPERM));
    CHECK(answer(source, SYS_faccessat2 + 1) == fails_with(ENOSYS));
}

TEST_CASE("an errno of ENOSYS by default changes nothing about unknown numbers") {
    auto source = profile("SCMP_ACT_ERRNO", {rule({"read", "getppid"}, "SCMP_ACT_ALLOW")});
    source.default_errno_ret = ENOSYS;
    CHECK(answer(source, kYoung) == fails_with(ENOSYS));
}

TEST_CASE("unknown numbers reach a filter that lets the rest through") {
    for (const auto& [action, value] :
         {std::pair{"SCMP_ACT_ALLOW", kAllow}, std::pair{"SCMP_ACT_LOG", std::uint32_t{SECCOMP_RET_LOG}},
          std::pair{"SCMP_ACT_TRACE", std::uint32_t{SECCOMP_RET_TRACE | EPERM}}}) {
        INFO(action);
        CHECK(answer(profile(action, {rule({"getppid"}, "SCMP_ACT_KILL")}), kYoung) == value);
    }
    auto trace = profile("SCMP_ACT_TRACE", {rule({"getppid"}, "SCMP_ACT_KILL")});
    trace.default_errno_ret = 77;
    CHECK(answer(trace, kYoung) == (SECCOMP_RET_TRACE | 77));
}

TEST_CASE("unknown names are ignored, also when nothing else is left") {
    CHECK(answer(profile("SCMP_ACT_ERRNO", {rule({"no_such_call", "read", "getppid"}, "SCMP_ACT_ALLOW")}),
                 SYS_read) == kAllow);
    oci::Strings names;
    for (int i = 0; i < 40; ++i)
        names.push_back("no_such_call_" + std::to_string(i));
    CHECK(answer(profile("SCMP_ACT_ERRNO", {rule(names, "SCMP_ACT_ALLOW")}), SYS_read) == fails_with(EPERM));
    // As many rules, all of them redundant: no tree of nothing.
    CHECK(answer(profile("SCMP_ACT_ALLOW", {rule(docker_names(), "SCMP_ACT_ALLOW")}), SYS_read) == kAllow);
    CHECK(answer(profile("SCMP_ACT_ALLOW", {}), SYS_read) == kAllow);
}

TEST_CASE("a call that an earlier rule decides for all arguments stays decided") {
    const auto source = profile(
        "SCMP_ACT_ERRNO",
        {rule({"lseek"}, "SCMP_ACT_ALLOW"), rule({"lseek"}, "SCMP_ACT_ALLOW", {{1, 5, 0, "SCMP_CMP_EQ"}})});
    CHECK(answer(source, SYS_lseek, {0, 6}) == kAllow);
}

TEST_CASE("a long profile becomes a tree that answers as its rules say, in few steps") {
    const auto program = compiled(docker_like());
    INFO(program.size() << " instructions");
    CHECK(program.size() < 1600);
    int most = 0;
    for (std::uint32_t number = 0; number < 520; ++number)
        most = std::max(most, interpret(program, kNative, number).steps);
    CHECK(most < 40);
    const auto ask = [&](long number, std::uint64_t first = 0) {
        return interpret(program, kNative, static_cast<std::uint32_t>(number), {first}).value;
    };
    CHECK(ask(SYS_read) == kAllow);
    CHECK(ask(SYS_openat2) == kAllow);
    CHECK(ask(SYS_mount) == fails_with(EPERM));
    CHECK(ask(SYS_clone3) == fails_with(ENOSYS));
    CHECK(ask(SYS_socket, 1) == kAllow);
    CHECK(ask(SYS_socket, 40) == fails_with(EPERM));
    CHECK(ask(SYS_personality, 8) == kAllow);
    CHECK(ask(SYS_personality, 9) == fails_with(EPERM));
    CHECK(ask(SYS_clone, 0x11) == kAllow);
    CHECK(ask(SYS_clone, 0x10000011 | 0x40000000) == fails_with(EPERM));
}

#if defined(__x86_64__)
TEST_CASE("other architectures get their own numbers, and the native one is always there") {
    const auto program =
        compiled(profile("SCMP_ACT_ERRNO", {rule({"read", "getppid"}, "SCMP_ACT_ALLOW")}, {"SCMP_ARCH_X86"}));
    const auto ask = [&](std::uint32_t architecture, std::uint32_t number) {
        return interpret(program, architecture, number).value;
    };
    CHECK(ask(AUDIT_ARCH_X86_64, SYS_getppid) == kAllow);
    CHECK(ask(AUDIT_ARCH_I386, 3) == kAllow);   // read
    CHECK(ask(AUDIT_ARCH_I386, 64) == kAllow);  // getppid
    CHECK(ask(AUDIT_ARCH_I386, 20) == fails_with(EPERM));
    CHECK(ask(AUDIT_ARCH_I386, 65) == fails_with(ENOSYS));
    CHECK(ask(AUDIT_ARCH_X86_64, 64) == fails_with(EPERM));
    CHECK(ask(AUDIT_ARCH_AARCH64, SYS_read) == SECCOMP_RET_KILL_THREAD);
    // x32 was not asked for: such a call has no business here.
    CHECK(ask(AUDIT_ARCH_X86_64, 0x40000000) == SECCOMP_RET_KILL_THREAD);
}

TEST_CASE("x32 calls are told from x86_64 calls by bit 30") {
    const auto program =
        compiled(profile("SCMP_ACT_ERRNO", {rule({"read", "getppid"}, "SCMP_ACT_ALLOW")}, {"SCMP_ARCH_X32"}));
    const auto ask = [&](std::uint32_t number) {
        return interpret(program, AUDIT_ARCH_X86_64, number).value;
    };
    CHECK(ask(SYS_getppid) == kAllow);
    CHECK(ask(SYS_getppid + 1) == fails_with(ENOSYS));
    CHECK(ask(0x40000000 + SYS_getppid) == kAllow);
    CHECK(ask(0x40000000 + SYS_getppid - 1) == fails_with(EPERM));
    CHECK(ask(0x40000000 + SYS_getppid + 1) == fails_with(ENOSYS));
}

TEST_CASE("an architecture of another byte order is refused by name of the step") {
    CHECK_THROWS_WITH(
        seccomp::compile(profile("SCMP_ACT_ERRNO", {rule({"read"}, "SCMP_ACT_ALLOW")}, {"SCMP_ARCH_S390X"})),
        Catch::Matchers::StartsWith("error adding architecture to seccomp filter: "));
}
#endif

TEST_CASE("flags: none given means the default, an empty list means none") {
    auto source = profile("SCMP_ACT_ALLOW", {rule({"getppid"}, "SCMP_ACT_ERRNO")});
    CHECK(seccomp::compile(source)->flags == 0);
    source.flags.reset();
    const std::uint32_t spec_allow = sys::supports_filter_flags(4) ? 4 : 0;
    CHECK(seccomp::compile(source)->flags == spec_allow);
    source.flags = oci::Strings{"SECCOMP_FILTER_FLAG_TSYNC"};
    CHECK(seccomp::compile(source)->flags == 0);
    source.flags = oci::Strings{"SECCOMP_FILTER_FLAG_TSYNC", "SECCOMP_FILTER_FLAG_LOG",
                                "SECCOMP_FILTER_FLAG_SPEC_ALLOW"};
    CHECK(seccomp::compile(source)->flags == 6);
    CHECK_FALSE(seccomp::compile(source)->has_listener);
}

TEST_CASE("a notify rule asks for a listener") {
    auto source = profile("SCMP_ACT_ALLOW", {rule({"getppid"}, "SCMP_ACT_NOTIFY")});
    source.listener_path = "/agent.sock";
    CHECK(seccomp::compile(source)->has_listener);
    CHECK(seccomp::compile(source)->flags == 8);
    source.flags = oci::Strings{"SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"};
    if (sys::supports_filter_flags(0x28)) CHECK(seccomp::compile(source)->flags == 0x28);
}

TEST_CASE("a profile that cannot be is refused before anything is compiled") {
    const auto good = [] { return profile("SCMP_ACT_ALLOW", {rule({"getppid"}, "SCMP_ACT_ERRNO")}); };
    CHECK(refusal(good()).empty());

    auto source = good();
    source.default_action = "SCMP_ACT_DENY";
    CHECK(refusal(source) == "string SCMP_ACT_DENY is not a valid action for seccomp");
    source = good();
    source.default_action = "";
    CHECK(refusal(source) == "string  is not a valid action for seccomp");
    source = good();
    source.syscalls[0].action = "errno";
    CHECK(refusal(source) == "string errno is not a valid action for seccomp");
    source = good();
    source.architectures = {"x86"};
    CHECK(refusal(source) == "string x86 is not a valid arch for seccomp");
    source = good();
    source.syscalls[0].args = {{0, 0, 0, "=="}};
    CHECK(refusal(source) == "string == is not a valid operator for seccomp");
    source = good();
    source.syscalls[0].args = {{6, 0, 0, "SCMP_CMP_EQ"}};
    CHECK(refusal(source) == "seccomp rule for getppid: system calls have 6 arguments, there is no index 6");
    source = good();
    source.flags = oci::Strings{"SECCOMP_FILTER_FLAG_FOO"};
    CHECK(refusal(source) == "seccomp flag SECCOMP_FILTER_FLAG_FOO is not known to runcxx");
    source = good();
    source.syscalls[0].names = {"read", ""};
    CHECK(refusal(source) == "empty string is not a valid syscall");
    source = good();
    source.syscalls[0].errno_ret = 65536;
    CHECK(refusal(source) == "seccomp errnoRet 65536 for SCMP_ACT_ERRNO is greater than 65535");
    source = good();
    source.flags = oci::Strings{"SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"};
    if (sys::supports_filter_flags(0x28))
        CHECK(refusal(source) ==
              "seccomp flag SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV needs a rule with SCMP_ACT_NOTIFY");
}

TEST_CASE("notify has an agent and leaves write and the default alone") {
    auto source = profile("SCMP_ACT_ALLOW", {rule({"mkdir"}, "SCMP_ACT_NOTIFY")});
    CHECK(refusal(source) == "seccomp listenerPath is not set");
    source.listener_path = "/agent.sock";
    CHECK(refusal(source).empty());
    source.syscalls[0].names = {"read", "write"};
    CHECK(refusal(source) == "SCMP_ACT_NOTIFY cannot be used for the write syscall");
    CHECK(refusal(profile("SCMP_ACT_NOTIFY", {})) == "SCMP_ACT_NOTIFY cannot be used as default action");
    // Nobody to notify, nobody needed.
    source = profile("SCMP_ACT_ALLOW", {rule({"write"}, "SCMP_ACT_ERRNO")});
    CHECK(refusal(source).empty());
}

TEST_CASE("a program that the kernel would refuse for its length is refused with the numbers") {
    std::vector<oci::Syscall> calls;
    for (std::uint64_t i = 0; i < 1500; ++i)
        calls.push_back(rule({"lseek"}, "SCMP_ACT_ALLOW", {{1, i * 3 + (i << 32), 0, "SCMP_CMP_EQ"}}));
    CHECK_THROWS_WITH(seccomp::compile(profile("SCMP_ACT_ERRNO", calls)),
                      Catch::Matchers::StartsWith("seccomp filter is too long: ") &&
                          Catch::Matchers::EndsWith(" instructions, the kernel takes 4096"));
}

TEST_CASE("compile time of a profile as container engines have it", "[.speed]") {
    const auto source = docker_like();
    const auto start = std::chrono::steady_clock::now();
    std::size_t size = 0;
    constexpr int kRounds = 20;
    for (int i = 0; i < kRounds; ++i)
        size = seccomp::compile(source)->instructions.size();
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
    std::printf("%zu names: %.2f ms, %zu instructions\n", std::size(kDockerNames), took.count() / kRounds,
                size / sizeof(sock_filter));
    CHECK(took.count() / kRounds < 100);
}
