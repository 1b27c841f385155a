// SPDX-License-Identifier: Apache-2.0
#include "support/bootstrap_message.h"

namespace runcxx::tests::bootstrap {

namespace {

std::string bytes_of(const void* data, size_t size) {
    return {static_cast<const char*>(data), size};
}

}  // namespace

std::string attribute(uint16_t type, const std::string& payload, std::optional<uint16_t> length) {
    const uint16_t header[2] = {length.value_or(static_cast<uint16_t>(payload.size() + 4)), type};
    std::string result = bytes_of(header, sizeof(header)) + payload;
    result.resize((result.size() + 3) / 4 * 4);
    return result;
}

std::string number(uint16_t type, uint32_t value) {
    return attribute(type, bytes_of(&value, sizeof(value)));
}

std::string text(uint16_t type, const std::string& value) {
    return attribute(type, value + '\0');
}

std::string flags(uint32_t value) {
    return number(27281, value);
}

std::string paths(const std::string& value) {
    return text(27282, value);
}

std::string maps(const std::string& value) {
    return text(27283, value) + text(27284, value);
}

std::string message(const std::string& attributes, uint16_t type, std::optional<uint32_t> length) {
    const struct {
        uint32_t length;
        uint16_t type, flags;
        uint32_t sequence, pid;
    } header = {length.value_or(static_cast<uint32_t>(attributes.size() + 16)), type, 1, 0, 0};
    return bytes_of(&header, sizeof(header)) + attributes;
}

}  // namespace runcxx::tests::bootstrap
