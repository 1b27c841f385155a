// SPDX-License-Identifier: Apache-2.0
#include "base/numbers.h"

#include "base/text.h"

namespace runcxx {

std::optional<bool> parse_bool(std::string_view text) {
    static constexpr Named<bool> kWords[] = {
        {"1", true},  {"t", true},  {"T", true},  {"TRUE", true},   {"true", true},   {"True", true},
        {"0", false}, {"f", false}, {"F", false}, {"FALSE", false}, {"false", false}, {"False", false},
    };
    return find_value(kWords, text);
}

}  // namespace runcxx
