// SPDX-License-Identifier: Apache-2.0
#include "seccomp/number_tree.h"

#include <linux/seccomp.h>

#include <algorithm>
#include <cstddef>
#include <span>
#include <utility>

namespace runcxx::seccomp {
namespace {

using Program = std::vector<sock_filter>;

sock_filter load(std::size_t offset) {
    return {BPF_LD | BPF_W | BPF_ABS, 0, 0, static_cast<std::uint32_t>(offset)};
}

// `yes` and `no` count the instructions to skip.
sock_filter jump_if(unsigned comparison, std::uint32_t value, std::size_t yes, std::size_t no) {
    return {static_cast<std::uint16_t>(BPF_JMP | comparison | BPF_K), static_cast<std::uint8_t>(yes),
            static_cast<std::uint8_t>(no), value};
}

sock_filter jump(std::size_t distance) {
    return {BPF_JMP | BPF_JA, 0, 0, static_cast<std::uint32_t>(distance)};
}

// From `first` to the next piece; together they cover every number.
struct Piece {
    std::uint32_t first = 0;
    Program code;
};

bool is_same(const Program& a, const Program& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const sock_filter& x, const sock_filter& y) {
        return x.code == y.code && x.jt == y.jt && x.jf == y.jf && x.k == y.k;
    });
}

std::vector<Piece> pieces_of(std::vector<NumberRange> ranges) {
    std::sort(ranges.begin(), ranges.end(),
              [](const NumberRange& a, const NumberRange& b) { return a.first < b.first; });
    std::vector<Piece> pieces;
    const auto add = [&](std::uint64_t first, Program code) {
        if (pieces.empty() || !is_same(pieces.back().code, code))
            pieces.push_back({static_cast<std::uint32_t>(first), std::move(code)});
    };
    std::uint64_t next = 0;
    for (const auto& range : ranges) {
        if (range.first > next) add(next, {leave_tree()});
        add(range.first, range.code.empty() ? Program{{BPF_RET | BPF_K, 0, 0, range.action}} : range.code);
        next = std::uint64_t{range.last} + 1;
    }
    if (next <= UINT32_MAX) add(next, {leave_tree()});
    return pieces;
}

Program tree(std::span<const Piece> pieces) {
    if (pieces.size() == 1) return pieces.front().code;
    const auto middle = pieces.size() / 2;
    const auto below = tree(pieces.first(middle));
    const auto above = tree(pieces.subspan(middle));
    Program program;
    if (below.size() <= UINT8_MAX) {
        program.push_back(jump_if(BPF_JGE, pieces[middle].first, below.size(), 0));
    } else {
        program.push_back(jump_if(BPF_JGE, pieces[middle].first, 0, 1));
        program.push_back(jump(below.size()));
    }
    program.insert(program.end(), below.begin(), below.end());
    program.insert(program.end(), above.begin(), above.end());
    return program;
}

}  // namespace

sock_filter leave_tree() {
    // Only the end of the whole program settles the distance. Other jumps go over one instruction at least.
    return jump(0);
}

std::vector<sock_filter> make_number_tree(const std::vector<ArchitectureRanges>& architectures) {
    Program program;
    for (const auto& [architecture, ranges] : architectures) {
        if (ranges.empty()) continue;
        const auto section = tree(pieces_of(ranges));
        if (program.empty()) program.push_back(load(offsetof(seccomp_data, arch)));
        program.push_back(jump_if(BPF_JEQ, architecture, 1, 0));
        program.push_back(jump(section.size() + 1));
        program.push_back(load(offsetof(seccomp_data, nr)));
        program.insert(program.end(), section.begin(), section.end());
    }
    for (std::size_t i = 0; i < program.size(); ++i)
        if (program[i].code == (BPF_JMP | BPF_JA) && program[i].k == 0)
            program[i].k = static_cast<std::uint32_t>(program.size() - i - 1);
    return program;
}

}  // namespace runcxx::seccomp
