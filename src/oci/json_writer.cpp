// SPDX-License-Identifier: Apache-2.0
#include "oci/json_writer.h"

#include <array>
#include <charconv>
#include <cmath>
#include <iterator>

#include <fmt/core.h>

#include "base/json_text.h"

namespace runcxx::oci {
namespace {

std::string_view indent_unit(Layout layout) {
    switch (layout) {
        case Layout::Compact:
            return "";
        case Layout::Tabs:
            return "\t";
        case Layout::TwoSpaces:
            return "  ";
        case Layout::FourSpaces:
            return "    ";
    }
    return "";
}

template <class T>
void append_number(std::string& out, T number) {
    std::array<char, 32> digits{};
    const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), number);
    if (error == std::errc{}) out.append(digits.data(), end);
}

}  // namespace

JsonWriter::JsonWriter(Layout layout) : unit_(indent_unit(layout)), compact_(layout == Layout::Compact) {}

void JsonWriter::new_line() {
    if (compact_) return;
    out_ += '\n';
    for (unsigned i = 0; i < depth_; ++i)
        out_ += unit_;
}

void JsonWriter::separate() {
    if (after_key_) {
        after_key_ = false;
        return;
    }
    if (depth_ == 0) return;
    if (!first_) out_ += ',';
    first_ = false;
    new_line();
}

void JsonWriter::open(char bracket) {
    separate();
    out_ += bracket;
    ++depth_;
    first_ = true;
}

void JsonWriter::close(char bracket) {
    --depth_;
    if (!first_) new_line();
    out_ += bracket;
    first_ = false;
}

void JsonWriter::begin_object() {
    open('{');
}
void JsonWriter::end_object() {
    close('}');
}
void JsonWriter::begin_array() {
    open('[');
}
void JsonWriter::end_array() {
    close(']');
}

void JsonWriter::key(std::string_view name) {
    separate();
    append_json_string(out_, name);
    out_ += compact_ ? ":" : ": ";
    after_key_ = true;
}

void JsonWriter::value(std::string_view text) {
    separate();
    append_json_string(out_, text);
}

void JsonWriter::value(bool flag) {
    separate();
    out_ += flag ? "true" : "false";
}

void JsonWriter::value(std::int64_t number) {
    separate();
    append_number(out_, number);
}

void JsonWriter::value(std::uint64_t number) {
    separate();
    append_number(out_, number);
}

void JsonWriter::value(double number) {
    if (!std::isfinite(number)) return null();
    separate();
    fmt::format_to(std::back_inserter(out_), "{}", number);  // the shortest that reads back as the same
}

void JsonWriter::null() {
    separate();
    out_ += "null";
}

}  // namespace runcxx::oci
