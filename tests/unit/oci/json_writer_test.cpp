// SPDX-License-Identifier: Apache-2.0
#include "oci/json_writer.h"

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "oci/json.h"
#include "support/catch.h"

using namespace runcxx::oci;

namespace {

template <class T>
std::string written(T value) {
    JsonWriter writer(Layout::Compact);
    writer.value(value);
    return writer.take();
}

}  // namespace

TEST_CASE("JSON layouts indent like Go's MarshalIndent, without a newline at the end", "[oci]") {
    Spec spec;
    spec.oci_version = "1";
    spec.root = {.path = "r", .readonly = true};
    spec.linux.emplace().masked_paths = {"/a", "/b"};
    CHECK(to_json(spec, Layout::Tabs) ==
          "{\n\t\"ociVersion\": \"1\",\n\t\"root\": {\n\t\t\"path\": \"r\",\n\t\t\"readonly\": true\n\t},\n"
          "\t\"linux\": {\n\t\t\"maskedPaths\": [\n\t\t\t\"/a\",\n\t\t\t\"/b\"\n\t\t]\n\t}\n}");
    CHECK(to_json(spec) ==
          R"({"ociVersion":"1","root":{"path":"r","readonly":true},"linux":{"maskedPaths":["/a","/b"]}})");
    CHECK(to_json(Strings{"a"}, Layout::TwoSpaces) == "[\n  \"a\"\n]");
    CHECK(to_json(Strings{"a"}, Layout::FourSpaces) == "[\n    \"a\"\n]");
    CHECK(to_json(Strings{}, Layout::Tabs) == "[]");
    CHECK(to_json(StringMap{}, Layout::Tabs) == "{}");
}

TEST_CASE("strings are escaped like Go's encoding/json, and always valid UTF-8", "[oci]") {
    CHECK(to_json(Strings{"<a>&\"\\\n\t\x01"}) == R"(["\u003ca\u003e\u0026\"\\\n\t\u0001"])");
    CHECK(to_json(Strings{"a\xff", "\u20ac"}) == "[\"a\\ufffd\",\"\u20ac\"]");
    CHECK(to_json(StringMap{{"k\xff", "v"}}) == R"({"k\ufffd":"v"})");
}

TEST_CASE("map keys come out sorted", "[oci]") {
    CHECK(to_json(StringMap{{"b", "1"}, {"a", "2"}, {"B", "3"}}) == R"({"B":"3","a":"2","b":"1"})");
}

TEST_CASE("numbers are written exactly", "[oci]") {
    CHECK(written(std::numeric_limits<std::int64_t>::min()) == "-9223372036854775808");
    CHECK(written(std::numeric_limits<std::uint64_t>::max()) == "18446744073709551615");
    CHECK(written(true) == "true");
    CHECK(written(0.0) == "0");
    CHECK(written(0.25) == "0.25");
    CHECK(written(100.0) == "100");
    CHECK(written(99.99) == "99.99");
    CHECK(written(1e15) == "1000000000000000");
    CHECK(written(1e21) == "1e+21");
    CHECK(written(std::numeric_limits<double>::infinity()) == "null");
}
