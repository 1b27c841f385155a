// SPDX-License-Identifier: Apache-2.0
// Runs the few eBPF instructions that device programs are made of, on a made-up access.
#pragma once

#include <linux/bpf.h>

#include <cstring>
#include <span>
#include <stdexcept>

namespace runcxx::tests {

// The program's answer: true for 1. Throws for an instruction it does not know, a register that was not set, a jump
// out of the program, and anything but 0 and 1 as result.
inline bool run_device_program(std::span<const bpf_insn> program, const bpf_cgroup_dev_ctx& context) {
    const auto fail = [](const char* why) -> void { throw std::runtime_error(why); };
    std::uint64_t registers[11]{};
    bool is_set[11] = {false, true};  // r1 is the context
    for (std::size_t at = 0;; ++at) {
        if (at >= program.size()) fail("left the program");
        const auto& each = program[at];
        auto& to = registers[each.dst_reg];
        const auto value = static_cast<std::uint64_t>(static_cast<std::int64_t>(each.imm));
        const bool reads = each.code != (BPF_LDX | BPF_MEM | BPF_W) &&
                           each.code != (BPF_ALU64 | BPF_MOV | BPF_K) && each.code != (BPF_JMP | BPF_JA) &&
                           each.code != (BPF_JMP | BPF_EXIT);
        if (reads && !is_set[each.dst_reg]) fail("reads what was not set");
        switch (each.code) {
            case BPF_LDX | BPF_MEM | BPF_W: {
                if (each.src_reg != BPF_REG_1 || each.off < 0 ||
                    static_cast<std::size_t>(each.off) + 4 > sizeof context)
                    fail("bad load");
                std::uint32_t word = 0;
                std::memcpy(&word, reinterpret_cast<const char*>(&context) + each.off, sizeof word);
                to = word;
                break;
            }
            case BPF_ALU64 | BPF_MOV | BPF_K:
                to = value;
                break;
            case BPF_ALU64 | BPF_AND | BPF_K:
                to &= value;
                break;
            case BPF_ALU64 | BPF_RSH | BPF_K:
                to >>= value;
                break;
            case BPF_JMP | BPF_JA:
                at += static_cast<std::size_t>(each.off);
                break;
            case BPF_JMP | BPF_JEQ | BPF_K:
                if (to == value) at += static_cast<std::size_t>(each.off);
                break;
            case BPF_JMP | BPF_JNE | BPF_K:
                if (to != value) at += static_cast<std::size_t>(each.off);
                break;
            case BPF_JMP | BPF_JSET | BPF_K:
                if ((to & value) != 0) at += static_cast<std::size_t>(each.off);
                break;
            case BPF_JMP | BPF_EXIT:
                if (!is_set[0] || registers[0] > 1) fail("bad result");
                return registers[0] == 1;
            default:
                fail("unknown instruction");
        }
        if (BPF_CLASS(each.code) != BPF_JMP) is_set[each.dst_reg] = true;
    }
}

}  // namespace runcxx::tests
