// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/protobuf.h"

#include <fmt/core.h>

#include "base/error.h"

namespace runcxx::checkpoint {
namespace {

// The lower three bits of a field's tag.
enum WireType : unsigned { Varint = 0, Fixed64 = 1, Delimited = 2, Fixed32 = 5 };

constexpr unsigned kWireTypeBits = 3;
constexpr unsigned kPayloadBits = 7;  // of each byte of a varint; the eighth says that more follow
constexpr unsigned kMore = 0x80;

constexpr std::uint64_t tag(unsigned field, WireType type) {
    return std::uint64_t{field} << kWireTypeBits | type;
}

}  // namespace

void MessageWriter::number(unsigned field, std::int64_t value) {
    varint(tag(field, Varint));
    varint(static_cast<std::uint64_t>(value));
}

void MessageWriter::text(unsigned field, std::string_view value) {
    varint(tag(field, Delimited));
    varint(value.size());
    bytes_ += value;
}

void MessageWriter::varint(std::uint64_t value) {
    for (; value >= kMore; value >>= kPayloadBits)
        bytes_ += static_cast<char>(value | kMore);
    bytes_ += static_cast<char>(value);
}

std::optional<Field> MessageReader::next() {
    while (!rest_.empty()) {
        const auto key = varint();
        Field field;
        field.id = static_cast<unsigned>(key >> kWireTypeBits);
        switch (const auto type = static_cast<unsigned>(key) & 7U) {
            case Varint:
                field.number = static_cast<std::int64_t>(varint());
                return field;
            case Delimited:
                field.text = take(varint());
                return field;
            case Fixed64:
                take(8);
                break;
            case Fixed32:
                take(4);
                break;
            default:
                throw Error(fmt::format("malformed message: wire type {}", type));
        }
    }
    return std::nullopt;
}

std::uint64_t MessageReader::varint() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += kPayloadBits) {
        const auto byte = static_cast<unsigned char>(take(1).front());
        value |= std::uint64_t{byte & (kMore - 1)} << shift;
        if ((byte & kMore) == 0) return value;
    }
    throw Error("malformed message: a number of more than 64 bits");
}

std::string_view MessageReader::take(std::uint64_t size) {
    if (size > rest_.size()) throw Error("malformed message: it ends within a field");
    const auto taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
}

}  // namespace runcxx::checkpoint
