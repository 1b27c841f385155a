// SPDX-License-Identifier: Apache-2.0
#include "seccomp/conditions.h"

#include <linux/seccomp.h>

#include <bit>
#include <cstddef>

#include "seccomp/number_tree.h"

namespace runcxx::seccomp {
namespace {

using Program = std::vector<sock_filter>;

// Targets that are settled when their place is known. Real distances are smaller: an alternative has at most
// 6 conditions of 6 instructions.
constexpr std::uint8_t kHolds = 0xfe;  // behind this condition
constexpr std::uint8_t kFails = 0xff;  // behind this alternative

enum class Half { Low, High };

sock_filter load(std::uint32_t argument, Half half) {
    const bool second = (half == Half::High) == (std::endian::native == std::endian::little);
    return {BPF_LD | BPF_W | BPF_ABS, 0, 0,
            static_cast<std::uint32_t>(offsetof(seccomp_data, args) + 8 * argument + (second ? 4 : 0))};
}

sock_filter jump_if(unsigned comparison, std::uint32_t value, std::uint8_t yes, std::uint8_t no) {
    return {static_cast<std::uint16_t>(BPF_JMP | comparison | BPF_K), yes, no, value};
}

std::uint32_t low(std::uint64_t value) {
    return static_cast<std::uint32_t>(value);
}
std::uint32_t high(std::uint64_t value) {
    return static_cast<std::uint32_t>(value >> 32);
}

void append_masked_half(Program& program, std::uint32_t argument, Half half, std::uint32_t mask,
                        std::uint32_t value) {
    if (mask == 0) return;
    program.push_back(load(argument, half));
    if (mask != UINT32_MAX) program.push_back({BPF_ALU | BPF_AND | BPF_K, 0, 0, mask});
    program.push_back(jump_if(BPF_JEQ, value & mask, 0, kFails));
}

void append_masked(Program& program, std::uint32_t argument, std::uint64_t mask, std::uint64_t value,
                   bool wide) {
    if (wide) append_masked_half(program, argument, Half::High, high(mask), high(value));
    append_masked_half(program, argument, Half::Low, low(mask), low(value));
}

void append_not_equal(Program& program, std::uint32_t argument, std::uint64_t value, bool wide) {
    if (wide) {
        program.push_back(load(argument, Half::High));
        program.push_back(jump_if(BPF_JEQ, high(value), 0, kHolds));
    }
    program.push_back(load(argument, Half::Low));
    program.push_back(jump_if(BPF_JEQ, low(value), kFails, kHolds));
}

// `comparison` (BPF_JGT or BPF_JGE) decides between equal upper halves; `yes` is where a greater one leads.
void append_order(Program& program, unsigned comparison, std::uint32_t argument, std::uint64_t value,
                  bool wide, std::uint8_t yes) {
    const std::uint8_t no = yes == kHolds ? kFails : kHolds;
    if (wide) {
        program.push_back(load(argument, Half::High));
        program.push_back(jump_if(BPF_JGT, high(value), yes, 0));
        program.push_back(jump_if(BPF_JEQ, high(value), 0, no));
    }
    program.push_back(load(argument, Half::Low));
    program.push_back(jump_if(comparison, low(value), yes, no));
}

void append_condition(Program& program, const scmp_arg_cmp& condition, bool wide) {
    const auto value = condition.datum_a;
    switch (condition.op) {
        case SCMP_CMP_EQ:
            return append_masked(program, condition.arg, UINT64_MAX, value, wide);
        case SCMP_CMP_MASKED_EQ:
            return append_masked(program, condition.arg, value, condition.datum_b, wide);
        case SCMP_CMP_NE:
            return append_not_equal(program, condition.arg, value, wide);
        case SCMP_CMP_GT:
            return append_order(program, BPF_JGT, condition.arg, value, wide, kHolds);
        case SCMP_CMP_GE:
            return append_order(program, BPF_JGE, condition.arg, value, wide, kHolds);
        case SCMP_CMP_LE:
            return append_order(program, BPF_JGT, condition.arg, value, wide, kFails);
        case SCMP_CMP_LT:
            return append_order(program, BPF_JGE, condition.arg, value, wide, kFails);
        default:  // the bounds of libseccomp's enumeration
            return;
    }
}

// Makes jumps to `target`, from `first` on, lead to the end of the program.
void settle(Program& program, std::size_t first, std::uint8_t target) {
    for (std::size_t i = first; i < program.size(); ++i) {
        if (BPF_CLASS(program[i].code) != BPF_JMP) continue;
        const auto distance = static_cast<std::uint8_t>(program.size() - i - 1);
        if (program[i].jt == target) program[i].jt = distance;
        if (program[i].jf == target) program[i].jf = distance;
    }
}

}  // namespace

std::vector<sock_filter> make_condition_code(const std::vector<Conditions>& alternatives,
                                             std::uint32_t action, bool wide) {
    Program code;
    for (const auto& conditions : alternatives) {
        Program one;
        for (const auto& condition : conditions) {
            const auto start = one.size();
            append_condition(one, condition, wide);
            settle(one, start, kHolds);
        }
        one.push_back({BPF_RET | BPF_K, 0, 0, action});
        settle(one, 0, kFails);
        code.insert(code.end(), one.begin(), one.end());
    }
    code.push_back(leave_tree());
    return code;
}

}  // namespace runcxx::seccomp
