// SPDX-License-Identifier: Apache-2.0
#include "dbus/address.h"

#include <fmt/core.h>

#include "base/error.h"
#include "base/numbers.h"
#include "base/text.h"

namespace runcxx::dbus {
namespace {

std::string unescaped(std::string_view value) {
    std::string plain;
    for (std::size_t i = 0; i < value.size(); ++i) {
        if (value[i] != '%') {
            plain.push_back(value[i]);
            continue;
        }
        const auto byte = parse_number<std::uint8_t>(value.substr(i + 1, 2), 16);
        if (!byte || i + 2 >= value.size())
            throw Error(fmt::format("D-Bus address: bad escape in {}", quoted(value)));
        plain.push_back(static_cast<char>(*byte));
        i += 2;
    }
    return plain;
}

}  // namespace

std::vector<std::string> parse_address(std::string_view address) {
    constexpr std::string_view kUnix = "unix:";
    std::vector<std::string> sockets;
    for (const auto entry : split(address, ';')) {
        if (entry.find(':') == entry.npos)
            throw Error(fmt::format("D-Bus address: {} has no transport", quoted(entry)));
        if (!entry.starts_with(kUnix)) continue;
        for (const auto pair : split(entry.substr(kUnix.size()), ',')) {
            const auto equals = pair.find('=');
            if (equals == pair.npos)
                throw Error(fmt::format("D-Bus address: {} is no key=value", quoted(pair)));
            const auto key = pair.substr(0, equals);
            const auto value = unescaped(pair.substr(equals + 1));
            if (key == "path") sockets.push_back(value);
            if (key == "abstract") sockets.push_back("@" + value);
        }
    }
    return sockets;
}

}  // namespace runcxx::dbus
