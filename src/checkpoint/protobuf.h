// SPDX-License-Identifier: Apache-2.0
// The wire format of Protocol Buffers ("Encoding" in their documentation), as far as CRIU's messages need it: varints
// and length-delimited values. A message is the concatenation of its fields, so a nested one is a text. Runs in:
// runtime. Pure. Must not: know a message.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace runcxx::checkpoint {

class MessageWriter {
public:
    // bool, enum, int32, int64, uint32, uint64: a negative one has ten bytes.
    void number(unsigned field, std::int64_t value);
    // string, bytes, or the bytes() of a nested message.
    void text(unsigned field, std::string_view value);

    const std::string& bytes() const { return bytes_; }

private:
    void varint(std::uint64_t value);

    std::string bytes_;
};

struct Field {
    unsigned id = 0;
    std::int64_t number = 0;  // of a varint
    std::string_view text;    // of a length-delimited value; part of the message that was given
};

class MessageReader {
public:
    // `message` must outlive this.
    explicit MessageReader(std::string_view message) : rest_(message) {}
    // nullopt at the end. Values of fixed size are passed over. Errors: "malformed message: ...".
    std::optional<Field> next();

private:
    std::uint64_t varint();
    std::string_view take(std::uint64_t size);

    std::string_view rest_;
};

}  // namespace runcxx::checkpoint
