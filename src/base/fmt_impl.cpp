// SPDX-License-Identifier: Apache-2.0
// Debian ships {fmt} without a static library. This file compiles its non-inline part once, so that every
// other file includes <fmt/core.h> only and the binary stays free of runtime dependencies.
//
// Without std::locale, which nothing here asks for ({:L}): it is half a megabyte of facets, made anew at every start.
#define FMT_STATIC_THOUSANDS_SEPARATOR ','
#include <fmt/format-inl.h>

template FMT_API void fmt::detail::buffer<char>::append(const char*, const char*);
template FMT_API void fmt::detail::vformat_to(fmt::detail::buffer<char>&, fmt::string_view,
                                              fmt::basic_format_args<FMT_BUFFER_CONTEXT(char)>,
                                              fmt::detail::locale_ref);
template FMT_API auto fmt::detail::dragonbox::to_decimal(float) -> fmt::detail::dragonbox::decimal_fp<float>;
template FMT_API auto fmt::detail::dragonbox::to_decimal(double)
    -> fmt::detail::dragonbox::decimal_fp<double>;
template FMT_API auto fmt::detail::thousands_sep_impl(fmt::detail::locale_ref)
    -> fmt::detail::thousands_sep_result<char>;
template FMT_API auto fmt::detail::decimal_point_impl(fmt::detail::locale_ref) -> char;
