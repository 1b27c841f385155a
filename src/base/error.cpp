// SPDX-License-Identifier: Apache-2.0
#include "base/error.h"

#include <cstring>

#include <fmt/core.h>

namespace runcxx {

Error Error::from_errno(int errno_value, std::string_view what) {
    return {Kind::Failure, fmt::format("{}: {}", what, errno_text(errno_value)), errno_value};
}

Error& Error::add_context(std::string_view context) {
    text_.insert(0, ": ").insert(0, context);
    return *this;
}

Error& Error::add_hint(std::string_view hint) {
    text_.append(" (").append(hint).append(")");
    return *this;
}

std::string errno_text(int errno_value) {
    const char* known = ::strerrordesc_np(errno_value);
    if (known == nullptr) return fmt::format("errno {}", errno_value);
    std::string text = known;
    // "RPC ..." and "NFS ..." keep their capitals; sentences lose their first one.
    const bool is_acronym = text.size() > 1 && text[1] >= 'A' && text[1] <= 'Z';
    if (!is_acronym && text[0] >= 'A' && text[0] <= 'Z') text[0] = static_cast<char>(text[0] - 'A' + 'a');
    return text;
}

}  // namespace runcxx
