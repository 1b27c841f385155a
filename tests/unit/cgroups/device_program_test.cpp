// SPDX-License-Identifier: Apache-2.0
// Device programs against an interpreter, for every class of device number.
#include "base/error.h"
#include "support/catch.h"
#include "unit/cgroups/device_tables.h"

using namespace runcxx;
using namespace runcxx::tests;

namespace {

bool matches(const oci::DeviceCgroup& rule, const Access& access) {
    if (rule.type == "a" || rule.type.empty()) return true;
    return rule.type.front() == access.type && (!rule.major || *rule.major == access.major) &&
           (!rule.minor || *rule.minor == access.minor) && (parse_access(rule.access) & access.bits) != 0;
}

// By the words of the specification, without the state in between.
bool last_match(const Rules& rules, const Access& access) {
    bool allowed = false;
    for (const auto& each : rules)
        if (matches(each, access)) allowed = each.allow;
    return allowed;
}

// Every kind of number: named by rules, beside those, the ends of 12 and 20 bits, the ends of 32.
constexpr std::uint32_t kNumbers[] = {
    0, 1, 2, 3, 4, 5, 8, 11, 136, 195, 4094, 4095, 65535, 0x000fffff, 0x7fffffff, 0x80000000, 0xffffffff};

template <class Check>
void for_each_device(Check&& check) {
    for (const char type : {'b', 'c'})
        for (const auto major : kNumbers)
            for (const auto minor : kNumbers)
                for (std::uint8_t bits = 1; bits <= kAllAccess; ++bits)
                    check(Access{type, major, minor, bits});
}

}  // namespace

TEST_CASE("device program: for one access to one device the last rule that matches decides") {
    for (const auto& [name, rules] : tables()) {
        INFO(name);
        const auto program = v2::device_program(DeviceState::of(rules));
        int wrong = 0;
        for_each_device([&](const Access& access) {
            if (access.bits != kRead && access.bits != kWrite && access.bits != kMknod) return;
            wrong += decides(program, access) != last_match(rules, access);
        });
        CHECK(wrong == 0);
    }
}

TEST_CASE("device program: several accesses at once are allowed as a whole, and denied for a part") {
    for (const auto& [name, rules] : tables()) {
        INFO(name);
        const auto state = DeviceState::of(rules);
        const auto program = v2::device_program(state);
        int wrong = 0;
        for_each_device([&](const Access& access) {
            bool is_exception = false;
            for (const auto& [key, bits] : state.exceptions()) {
                const bool same = key.type == access.type &&
                                  (key.major == kAnyDevice || key.major == access.major) &&
                                  (key.minor == kAnyDevice || key.minor == access.minor);
                const auto common = bits & access.bits;
                is_exception |= same && (state.allows_by_default() ? common != 0 : common == access.bits);
            }
            wrong += decides(program, access) != (state.allows_by_default() != is_exception);
        });
        CHECK(wrong == 0);
    }
    // The hole of a program that asks for "all of it" in both modes: opening for both gives the denied writing.
    const auto program = v2::device_program(DeviceState::of({allow_all(), rule(false, "c", 1, 3, "w")}));
    CHECK(decides(program, {'c', 1, 3, kRead}));
    CHECK_FALSE(decides(program, {'c', 1, 3, kRead | kWrite}));
}

TEST_CASE("device program: a thousand rules are one program") {
    Rules rules;
    for (int i = 0; i < 1000; ++i)
        rules.push_back(rule(true, "c", 10, i, "rw"));
    const auto program = v2::device_program(DeviceState::of(rules));
    CHECK(program.size() <= 4096);  // BPF_MAXINSNS, the limit before Linux 5.2
    CHECK(decides(program, {'c', 10, 0, kRead}));
    CHECK(decides(program, {'c', 10, 999, kWrite}));
    CHECK_FALSE(decides(program, {'c', 10, 1000, kRead}));
    CHECK_FALSE(decides(program, {'c', 10, 5, kMknod}));
    for (int i = 1000; i < 20000; ++i)
        rules.push_back(rule(true, "c", 10, i, "rw"));
    CHECK_THROWS_WITH(v2::device_program(DeviceState::of(rules)), Catch::Contains("too many device rules"));
}
