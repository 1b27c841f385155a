// SPDX-License-Identifier: Apache-2.0
// The program, for a deny-all state with the exceptions "c 1:3 rwm", "c 1:5 r", "c 136:* rwm", "c *:* m":
//
//             r2 = type, r3 = access, r4 = major, r5 = minor
//             if r2 == block goto default                  (no exceptions of that type)
//             if r2 != char  goto default
//             if r4 != 1     goto 136
//             if r5 == 3     goto exception
//             if r5 != 5     goto minors
//             if r3 & ~r     goto minors, else exception
//        136: if r4 != 136   goto minors, else exception
//     minors:                                              (exceptions of a minor number of all majors)
//        all: if r3 & ~m     goto default, else exception
//    default: return 0
//  exception: return 1
//
// Numbers are compared once and in groups not only for the speed of open(2): after a comparison with a block per
// exception the verifier knows which number it has not met and follows each such case to the end, so that loading a
// hundred rules takes 15 ms, and more than a thousand are refused. This way it is linear.
#include "cgroups/v2/device_program.h"

#include <cstddef>
#include <limits>

#include <fmt/core.h>

#include "base/error.h"

namespace runcxx::cgroups::v2 {
namespace {

constexpr std::uint8_t kResult = BPF_REG_0, kContext = BPF_REG_1, kType = BPF_REG_2, kAccess = BPF_REG_3,
                       kMajor = BPF_REG_4, kMinor = BPF_REG_5;

static_assert(kMknod == BPF_DEVCG_ACC_MKNOD && kRead == BPF_DEVCG_ACC_READ && kWrite == BPF_DEVCG_ACC_WRITE);

// Instructions with jumps to labels that are placed later, as no program may jump back.
class Assembler {
public:
    using Label = std::size_t;

    Label make_label() {
        places_.push_back(0);
        return places_.size() - 1;
    }
    void place(Label label) { places_[label] = program_.size(); }

    void load(std::uint8_t to, std::size_t offset) {
        append(BPF_LDX | BPF_MEM | BPF_W, to, kContext, 0).off = static_cast<std::int16_t>(offset);
    }
    void compute(unsigned operation, std::uint8_t to, std::int32_t value) {
        append(BPF_ALU64 | operation | BPF_K, to, 0, value);
    }
    // In 64 bits, with the value sign-extended: a number of 2^31 or more matches nothing, and no device has one.
    void jump_if(unsigned condition, std::uint8_t what, std::int64_t value, Label label) {
        jumps_.emplace_back(program_.size(), label);
        append(BPF_JMP | condition | BPF_K, what, 0, static_cast<std::int32_t>(value));
    }
    void jump(Label label) { jump_if(BPF_JA, 0, 0, label); }
    void finish(bool result) {
        compute(BPF_MOV, kResult, result ? 1 : 0);
        append(BPF_JMP | BPF_EXIT, 0, 0, 0);
    }

    std::vector<bpf_insn> assemble() {
        for (const auto& [at, label] : jumps_) {
            const auto distance = places_[label] - at - 1;
            if (distance > std::numeric_limits<std::int16_t>::max())
                throw Error(Error::Kind::InvalidConfig,
                            fmt::format("too many device rules: they make {} instructions", program_.size()));
            program_[at].off = static_cast<std::int16_t>(distance);
        }
        return std::move(program_);
    }

private:
    bpf_insn& append(unsigned code, std::uint8_t to, std::uint8_t from, std::int32_t value) {
        bpf_insn made{};
        made.code = static_cast<std::uint8_t>(code);
        made.dst_reg = to & 0xf;
        made.src_reg = from & 0xf;
        made.imm = value;
        return program_.emplace_back(made);
    }

    std::vector<bpf_insn> program_;
    std::vector<std::size_t> places_;                   // of each label
    std::vector<std::pair<std::size_t, Label>> jumps_;  // instruction, where it goes
};

class Compiler {
public:
    explicit Compiler(const DeviceState& state)
        : state_(state), default_(code_.make_label()), exception_(code_.make_label()) {}

    std::vector<bpf_insn> compile() {
        append_prologue();
        append_type('c');
        code_.place(blocks_);
        append_type('b');
        code_.place(default_);
        code_.finish(state_.allows_by_default());
        // What nothing jumps to the verifier refuses.
        if (!state_.exceptions().empty()) {
            code_.place(exception_);
            code_.finish(!state_.allows_by_default());
        }
        return code_.assemble();
    }

private:
    using Label = Assembler::Label;

    void append_prologue() {
        using Context = bpf_cgroup_dev_ctx;
        // The upper half of access_type is the access, the lower one the type.
        code_.load(kType, offsetof(Context, access_type));
        code_.compute(BPF_AND, kType, 0xffff);
        code_.load(kAccess, offsetof(Context, access_type));
        code_.compute(BPF_RSH, kAccess, 16);
        code_.load(kMajor, offsetof(Context, major));
        code_.load(kMinor, offsetof(Context, minor));
        blocks_ = code_.make_label();
        code_.jump_if(BPF_JEQ, kType, BPF_DEVCG_DEV_BLOCK, blocks_);
        code_.jump_if(BPF_JNE, kType, BPF_DEVCG_DEV_CHAR, default_);
    }

    void append_type(char type) {
        // What is denied or allowed of all devices of the type, and by their minor numbers, comes first in the map.
        DeviceExceptions all, by_minor;
        std::map<std::int64_t, DeviceExceptions> by_major;
        for (const auto& [key, access] : state_.exceptions()) {
            if (key.type != type) continue;
            auto& group = key.major != kAnyDevice   ? by_major[key.major]
                          : key.minor == kAnyDevice ? all
                                                    : by_minor;
            group[key] = access;
        }
        const auto minors = code_.make_label(), rest = code_.make_label();
        for (const auto& [major, group] : by_major)
            append_major(major, group, minors);
        code_.place(minors);
        append_minors(by_minor, rest);
        code_.place(rest);
        append_end(all, default_);
    }

    void append_major(std::int64_t major, const DeviceExceptions& group, Label otherwise) {
        const auto next = code_.make_label(), any_minor = code_.make_label();
        code_.jump_if(BPF_JNE, kMajor, major, next);
        const DeviceKey wildcard{major, kAnyDevice, group.begin()->first.type};
        auto minors = group;
        DeviceExceptions end;
        if (auto node = minors.extract(wildcard)) end.insert(std::move(node));
        append_minors(minors, any_minor);
        code_.place(any_minor);
        append_end(end, otherwise);
        code_.place(next);
    }

    // No two exceptions have the same number, so whatever fails after it was met can go on to `otherwise`.
    void append_minors(const DeviceExceptions& exceptions, Label otherwise) {
        for (const auto& [key, access] : exceptions) {
            if (access == kAllAccess) {
                code_.jump_if(BPF_JEQ, kMinor, key.minor, exception_);
                continue;
            }
            const auto next = code_.make_label();
            code_.jump_if(BPF_JNE, kMinor, key.minor, next);
            append_access(access, otherwise);
            code_.place(next);
        }
    }

    // Leaves: by the one exception there may be, or to `otherwise`.
    void append_end(const DeviceExceptions& exceptions, Label otherwise) {
        if (exceptions.empty())
            code_.jump(otherwise);
        else if (const auto access = exceptions.begin()->second; access == kAllAccess)
            code_.jump(exception_);
        else
            append_access(access, otherwise);
    }

    void append_access(std::uint8_t access, Label otherwise) {
        if (state_.allows_by_default()) {
            code_.jump_if(BPF_JSET, kAccess, access, exception_);
            code_.jump(otherwise);
        } else {
            code_.jump_if(BPF_JSET, kAccess, kAllAccess & ~access, otherwise);
            code_.jump(exception_);
        }
    }

    const DeviceState& state_;
    Assembler code_;
    Label default_, exception_, blocks_ = 0;
};

}  // namespace

std::vector<bpf_insn> device_program(const DeviceState& state) {
    return Compiler(state).compile();
}

}  // namespace runcxx::cgroups::v2
