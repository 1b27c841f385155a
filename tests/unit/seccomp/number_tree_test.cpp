// SPDX-License-Identifier: Apache-2.0
#include "seccomp/number_tree.h"

#include "support/catch.h"
#include "unit/seccomp/interpreter.h"

using namespace runcxx;
using namespace runcxx::tests;
using seccomp::ArchitectureRanges;
using seccomp::NumberRange;

namespace {

constexpr std::uint32_t kFilter = 0x12340000;  // what stands for the filter behind the tree

struct Tree {
    explicit Tree(const std::vector<ArchitectureRanges>& architectures)
        : program(seccomp::make_number_tree(architectures)) {
        program.push_back({BPF_RET | BPF_K, 0, 0, kFilter});
    }
    std::uint32_t operator()(std::uint32_t architecture, std::uint32_t number) const {
        return interpret(program, architecture, number).value;
    }
    std::vector<sock_filter> program;
};

}  // namespace

TEST_CASE("nothing decided, no tree") {
    CHECK(seccomp::make_number_tree({}).empty());
    CHECK(seccomp::make_number_tree({{1, {}}, {2, {}}}).empty());
}

TEST_CASE("ranges include both ends and reach the ends of the numbers") {
    const Tree tree({{1, {{0, 2, 10}, {5, 5, 20}, {0xfffffff0, 0xffffffff, 30}}}});
    for (const auto& [number, answer] : {std::pair{0U, 10U},
                                         {2U, 10U},
                                         {3U, kFilter},
                                         {4U, kFilter},
                                         {5U, 20U},
                                         {6U, kFilter},
                                         {0xffffffefU, kFilter},
                                         {0xfffffff0U, 30U},
                                         {0xffffffffU, 30U}}) {
        INFO(number);
        CHECK(tree(1, number) == answer);
    }
    CHECK(tree(2, 0) == kFilter);
}

TEST_CASE("one range over everything needs no comparison") {
    const Tree tree({{1, {{0, 0xffffffff, 10}}}});
    CHECK(tree(1, 77) == 10);
    CHECK(tree(2, 77) == kFilter);
}

TEST_CASE("neighbours of one action are one range") {
    std::vector<NumberRange> ranges;
    for (std::uint32_t number = 0; number < 300; ++number)
        ranges.push_back({number, number, 10});
    CHECK(seccomp::make_number_tree({{1, ranges}}).size() < 10);
}

TEST_CASE("trees too large for short jumps still find every number, in few steps") {
    std::vector<ArchitectureRanges> architectures;
    for (std::uint32_t architecture = 1; architecture <= 3; ++architecture) {
        architectures.push_back({architecture, {}});
        for (std::uint32_t i = 400; i-- > 0;)  // unsorted on purpose
            architectures.back().ranges.push_back({i * 3, i * 3 + 1, 1000 * architecture + i});
    }
    const Tree tree(architectures);
    bool all = true;
    int most = 0;
    for (std::uint32_t architecture = 1; architecture <= 3; ++architecture)
        for (std::uint32_t number = 0; number < 1300; ++number) {
            const auto expected =
                number % 3 == 2 || number >= 1200 ? kFilter : 1000 * architecture + number / 3;
            const auto answer = interpret(tree.program, architecture, number);
            all = all && answer.value == expected;
            most = std::max(most, answer.steps);
        }
    CHECK(all);
    CHECK(most < 35);
}
