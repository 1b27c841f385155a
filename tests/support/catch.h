// SPDX-License-Identifier: Apache-2.0
// Catch2, whichever generation the system has: 2 (Debian 12) or 3 (Debian 13). Tests include only this.
// main() is compiled once, in catch_main.cpp.
#pragma once

#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
namespace Catch {
// The matcher of generation 2 under its old name.
inline auto Contains(const std::string& part) {
    return Matchers::ContainsSubstring(part);
}
}  // namespace Catch
#else
#ifndef CATCH_CONFIG_EXTERNAL_INTERFACES
#define CATCH_CONFIG_EXTERNAL_INTERFACES  // listeners; the integration tests watch the host through one
#endif
#include <catch2/catch.hpp>
#endif
