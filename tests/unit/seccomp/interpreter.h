// SPDX-License-Identifier: Apache-2.0
// Runs a seccomp program as the kernel would (seccomp(2), Documentation/networking/filter.rst), so that a
// test can ask what it answers to any call of any architecture.
#pragma once

#include <linux/filter.h>
#include <linux/seccomp.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <string>
#include <vector>

namespace runcxx::tests {

struct Answer {
    std::uint32_t value = 0;  // SECCOMP_RET_* with its data
    int steps = 0;            // instructions that ran
};

inline Answer interpret(const std::vector<sock_filter>& program, std::uint32_t architecture,
                        std::uint32_t number, const std::array<std::uint64_t, 6>& args = {}) {
    seccomp_data data{};
    data.nr = static_cast<int>(number);
    data.arch = architecture;
    for (std::size_t i = 0; i < args.size(); ++i)
        data.args[i] = args[i];

    std::uint32_t a = 0;
    std::uint32_t x = 0;
    std::uint32_t memory[BPF_MEMWORDS] = {};
    Answer answer;
    for (std::size_t at = 0; at < program.size(); ++at) {
        const auto& in = program[at];
        ++answer.steps;
        const std::uint32_t operand = BPF_SRC(in.code) == BPF_X ? x : in.k;
        switch (BPF_CLASS(in.code)) {
            case BPF_LD:
                if (BPF_MODE(in.code) == BPF_ABS) {
                    if (in.k % 4 != 0 || in.k + 4 > sizeof data)
                        throw std::runtime_error("load out of bounds");
                    std::memcpy(&a, reinterpret_cast<const char*>(&data) + in.k, 4);
                } else {
                    a = BPF_MODE(in.code) == BPF_MEM ? memory[in.k] : in.k;
                }
                break;
            case BPF_LDX:
                x = BPF_MODE(in.code) == BPF_MEM ? memory[in.k] : in.k;
                break;
            case BPF_ST:
                memory[in.k] = a;
                break;
            case BPF_STX:
                memory[in.k] = x;
                break;
            case BPF_ALU:
                if (BPF_OP(in.code) != BPF_AND)
                    throw std::runtime_error("arithmetic that no filter of ours has");
                a &= operand;
                break;
            case BPF_JMP: {
                bool holds = false;
                switch (BPF_OP(in.code)) {
                    case BPF_JA:
                        at += in.k;
                        continue;
                    case BPF_JEQ:
                        holds = a == operand;
                        break;
                    case BPF_JGT:
                        holds = a > operand;
                        break;
                    case BPF_JGE:
                        holds = a >= operand;
                        break;
                    case BPF_JSET:
                        holds = (a & operand) != 0;
                        break;
                    default:
                        throw std::runtime_error("unknown jump");
                }
                at += holds ? in.jt : in.jf;
                break;
            }
            case BPF_RET:
                answer.value = BPF_RVAL(in.code) == BPF_A ? a : in.k;
                return answer;
            default:
                throw std::runtime_error("unknown instruction " + std::to_string(in.code));
        }
    }
    throw std::runtime_error("ran off the end");
}

}  // namespace runcxx::tests
