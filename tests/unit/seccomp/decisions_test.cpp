// SPDX-License-Identifier: Apache-2.0
#include "seccomp/decisions.h"

#include <linux/audit.h>

#include <algorithm>
#include <cerrno>

#include "support/catch.h"
#include "unit/seccomp/interpreter.h"

using namespace runcxx;
using namespace runcxx::tests;

namespace {

constexpr std::uint32_t kFilter = 0x12340000;  // what stands for the filter behind the stub
constexpr std::uint32_t kEnosys = SECCOMP_RET_ERRNO | ENOSYS;
constexpr std::uint32_t kX32 = 0x4000003e;  // SCMP_ARCH_X32 of libseccomp

struct Row {
    std::uint32_t architecture;
    std::uint32_t largest;
};

// Nothing but the answers to unknown numbers, in front of a filter.
struct Stub {
    explicit Stub(const std::vector<Row>& rows) {
        std::vector<seccomp::ArchitectureRanges> all;
        for (const auto& row : rows) {
            const auto audit = seccomp::audit_architecture(row.architecture);
            auto entry = std::find_if(all.begin(), all.end(),
                                      [audit](const auto& other) { return other.architecture == audit; });
            if (entry == all.end()) entry = all.insert(entry, {audit, {}});
            for (const auto& range : seccomp::unknown_numbers(row.architecture, row.largest))
                entry->ranges.push_back(range);
        }
        program = seccomp::make_number_tree(all);
        program.push_back({BPF_RET | BPF_K, 0, 0, kFilter});
    }
    std::uint32_t operator()(std::uint32_t architecture, std::uint32_t number) const {
        return interpret(program, architecture, number).value;
    }
    std::vector<sock_filter> program;
};

}  // namespace

TEST_CASE("each architecture has its own largest number, others go to the filter") {
    const std::vector<Row> rows{{AUDIT_ARCH_AARCH64, 291}, {AUDIT_ARCH_ARM, 400}, {AUDIT_ARCH_RISCV64, 17}};
    const Stub stub(rows);
    for (const auto& [architecture, largest] : rows) {
        CHECK(stub(architecture, 0) == kFilter);
        CHECK(stub(architecture, largest) == kFilter);
        CHECK(stub(architecture, largest + 1) == kEnosys);
        CHECK(stub(architecture, 0xffffffff) == kEnosys);
    }
    CHECK(stub(AUDIT_ARCH_PPC64LE, 100000) == kFilter);
}

TEST_CASE("x86_64 without x32 leaves x32 numbers to the filter") {
    const Stub stub({{AUDIT_ARCH_X86_64, 300}});
    CHECK(stub(AUDIT_ARCH_X86_64, 300) == kFilter);
    CHECK(stub(AUDIT_ARCH_X86_64, 301) == kEnosys);
    CHECK(stub(AUDIT_ARCH_X86_64, 0x3fffffff) == kEnosys);
    CHECK(stub(AUDIT_ARCH_X86_64, 0x40000000) == kFilter);
    CHECK(stub(AUDIT_ARCH_X86_64, 0xffffffff) == kFilter);
}

TEST_CASE("x32 without x86_64 leaves x86_64 numbers to the filter") {
    const Stub stub({{AUDIT_ARCH_I386, 9}, {kX32, 0x40000000 | 200}});
    CHECK(stub(AUDIT_ARCH_X86_64, 999) == kFilter);
    CHECK(stub(AUDIT_ARCH_X86_64, 0x40000000 | 200) == kFilter);
    CHECK(stub(AUDIT_ARCH_X86_64, 0x40000000 | 201) == kEnosys);
    CHECK(stub(AUDIT_ARCH_I386, 10) == kEnosys);
}

TEST_CASE("x86_64 and x32 together keep their limits apart, in either order") {
    for (const bool x32_first : {false, true}) {
        std::vector<Row> rows{{AUDIT_ARCH_X86_64, 300}, {AUDIT_ARCH_I386, 9}, {kX32, 0x40000000 | 200}};
        if (x32_first) std::swap(rows.front(), rows.back());
        const Stub stub(rows);
        CHECK(stub(AUDIT_ARCH_X86_64, 300) == kFilter);
        CHECK(stub(AUDIT_ARCH_X86_64, 301) == kEnosys);
        CHECK(stub(AUDIT_ARCH_X86_64, 0x40000000 | 200) == kFilter);
        CHECK(stub(AUDIT_ARCH_X86_64, 0x40000000 | 201) == kEnosys);
        CHECK(stub(AUDIT_ARCH_I386, 9) == kFilter);
        CHECK(stub(AUDIT_ARCH_I386, 10) == kEnosys);
    }
}

TEST_CASE("s390 answers ENOSYS to number 0, which stands for unknown multiplexed calls") {
    const Stub stub({{AUDIT_ARCH_S390X, 300}, {AUDIT_ARCH_S390, 200}});
    CHECK(stub(AUDIT_ARCH_S390X, 0) == kEnosys);
    CHECK(stub(AUDIT_ARCH_S390X, 1) == kFilter);
    CHECK(stub(AUDIT_ARCH_S390X, 300) == kFilter);
    CHECK(stub(AUDIT_ARCH_S390X, 301) == kEnosys);
    CHECK(stub(AUDIT_ARCH_S390, 0) == kEnosys);
    CHECK(stub(AUDIT_ARCH_S390, 201) == kEnosys);
}

TEST_CASE("all architectures at once stay within the reach of a jump") {
    std::vector<Row> rows;
    for (const std::uint32_t architecture :
         {std::uint32_t{AUDIT_ARCH_X86_64}, kX32, std::uint32_t{AUDIT_ARCH_I386},
          std::uint32_t{AUDIT_ARCH_ARM}, std::uint32_t{AUDIT_ARCH_AARCH64}, std::uint32_t{AUDIT_ARCH_MIPS},
          std::uint32_t{AUDIT_ARCH_MIPS64}, std::uint32_t{AUDIT_ARCH_MIPS64N32},
          std::uint32_t{AUDIT_ARCH_MIPSEL}, std::uint32_t{AUDIT_ARCH_MIPSEL64},
          std::uint32_t{AUDIT_ARCH_MIPSEL64N32}, std::uint32_t{AUDIT_ARCH_PPC},
          std::uint32_t{AUDIT_ARCH_PPC64}, std::uint32_t{AUDIT_ARCH_PPC64LE}, std::uint32_t{AUDIT_ARCH_S390},
          std::uint32_t{AUDIT_ARCH_S390X}, std::uint32_t{AUDIT_ARCH_RISCV64}})
        rows.push_back({architecture, architecture == kX32 ? 0x40000000 | 77U : 77U});
    const Stub stub(rows);
    for (const auto& row : rows) {
        if (row.architecture == kX32) continue;
        INFO(row.architecture);
        CHECK(stub(row.architecture, 77) == kFilter);
        CHECK(stub(row.architecture, 78) == kEnosys);
    }
}
