// SPDX-License-Identifier: Apache-2.0
#include "oci/json_reader.h"

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/paths.h"
#include "oci/json.h"
#include "support/catch.h"

using namespace runcxx;
using namespace runcxx::oci;

namespace {

// What parsing `text` as a config.json complains about; "" when it does not.
std::string complaint(const std::string& text) {
    try {
        parse_spec(text);
    } catch (const Error& error) {
        CHECK(error.kind() == Error::Kind::InvalidConfig);
        return error.message();
    }
    return "";
}

std::string nested(std::size_t depth) {
    return R"({"x":)" + std::string(depth - 1, '[') + std::string(depth - 1, ']') + "}";
}

enum class Color : unsigned char { Red, Green };

struct Own {
    Color color = Color::Red;
    std::int8_t tiny = 0;
    double ratio = 0;
    HostPath path;
    std::vector<std::vector<std::string>> table;
    std::vector<std::optional<int>> sparse;
};

template <FieldsOf<Own> Self, class V>
void visit_fields(Self& self, V&& v) {
    v("color", self.color);
    v("tiny", self.tiny);
    v("ratio", self.ratio);
    v("path", self.path);
    v("table", self.table);
    v("sparse", self.sparse);
}

}  // namespace

TEST_CASE("a value of the wrong type is named by its path, with what was expected and found", "[oci]") {
    const auto [text, message] = GENERATE(table<const char*, const char*>({
        {R"({"process":{"args":["a","b",3]}})", "process.args[2]: expected a string, found a number"},
        {R"({"process":{"args":"sh"}})", "process.args: expected an array, found a string"},
        {R"({"process":{"args":{}}})", "process.args: expected an array, found an object"},
        {R"({"process":{"terminal":"yes"}})", "process.terminal: expected true or false, found a string"},
        {R"({"process":{"terminal":1}})", "process.terminal: expected true or false, found a number"},
        {R"({"process":{"terminal":[]}})", "process.terminal: expected true or false, found an array"},
        {R"({"process":{"cwd":true}})", "process.cwd: expected a string, found true"},
        {R"({"process":{"cwd":1.5}})", "process.cwd: expected a string, found a number"},
        {R"({"process":[]})", "process: expected an object, found an array"},
        {R"({"process":{"user":"root"}})", "process.user: expected an object, found a string"},
        {R"({"process":{"user":{"uid":"0"}}})", "process.user.uid: expected an integer, found a string"},
        {R"({"process":{"user":{"uid":false}}})", "process.user.uid: expected an integer, found false"},
        {R"({"process":{"user":{"uid":1.0}}})", "process.user.uid: expected an integer, found 1.0"},
        {R"({"process":{"user":{"uid":1e3}}})", "process.user.uid: expected an integer, found 1e3"},
        {R"({"mounts":[{},{"options":["ro",{}]}]})",
         "mounts[1].options[1]: expected a string, found an object"},
        {R"({"mounts":[[]]})", "mounts[0]: expected an object, found an array"},
        {R"({"annotations":{"a.b":1}})", R"(annotations["a.b"]: expected a string, found a number)"},
        {R"({"annotations":[]})", "annotations: expected an object, found an array"},
        {R"({"linux":{"resources":{"rdma":{"m\"x":{"hcaHandles":[]}}}}})",
         R"(linux.resources.rdma["m\"x"].hcaHandles: expected an integer, found an array)"},
        {R"({"linux":{"resources":{"memory":{"disableOOMKiller":0}}}})",
         "linux.resources.memory.disableOOMKiller: expected true or false, found a number"},
        {R"([])", "expected an object, found an array"},
        {R"("x")", "expected an object, found a string"},
        {R"(7)", "expected an object, found a number"},
        {R"(null)", "expected an object, found null"},
    }));
    CHECK(complaint(text) == message);
}

TEST_CASE("a number outside the field's range is refused with the range", "[oci]") {
    const auto [text, message] = GENERATE(table<const char*, const char*>({
        {R"({"process":{"user":{"uid":-1}}})", "process.user.uid: -1 is out of range (0 to 4294967295)"},
        {R"({"process":{"user":{"uid":4294967296}}})",
         "process.user.uid: 4294967296 is out of range (0 to 4294967295)"},
        {R"({"process":{"user":{"additionalGids":[1,-2]}}})",
         "process.user.additionalGids[1]: -2 is out of range (0 to 4294967295)"},
        {R"({"process":{"oomScoreAdj":2147483648}})",
         "process.oomScoreAdj: 2147483648 is out of range (-2147483648 to 2147483647)"},
        {R"({"process":{"oomScoreAdj":-2147483649}})",
         "process.oomScoreAdj: -2147483649 is out of range (-2147483648 to 2147483647)"},
        {R"({"process":{"rlimits":[{"hard":18446744073709551616}]}})",
         "process.rlimits[0].hard: 18446744073709551616 is out of range (0 to 18446744073709551615)"},
        {R"({"linux":{"resources":{"memory":{"limit":9223372036854775808}}}})",
         "linux.resources.memory.limit: 9223372036854775808 is out of range "
         "(-9223372036854775808 to 9223372036854775807)"},
        {R"({"linux":{"resources":{"memory":{"limit":-9223372036854775809}}}})",
         "linux.resources.memory.limit: -9223372036854775809 is out of range "
         "(-9223372036854775808 to 9223372036854775807)"},
        {R"({"linux":{"resources":{"memory":{"limit":1e400}}}})",
         "linux.resources.memory.limit: 1e400 is out of range"},
        {R"({"linux":{"resources":{"blockIO":{"weight":65536}}}})",
         "linux.resources.blockIO.weight: 65536 is out of range (0 to 65535)"},
    }));
    CHECK(complaint(text) == message);
}

TEST_CASE("the bounds of every integer width are accepted", "[oci]") {
    const Spec spec = parse_spec(R"({"process":{"oomScoreAdj":-2147483648,"user":{"uid":4294967295,"gid":-0}},
        "linux":{"resources":{"memory":{"limit":-9223372036854775808,"swap":9223372036854775807},
        "blockIO":{"weight":65535}}}})");
    CHECK(spec.process->oom_score_adj == std::numeric_limits<std::int32_t>::min());
    CHECK(spec.process->user.uid == 4294967295u);
    CHECK(spec.linux->resources->memory.limit == std::numeric_limits<std::int64_t>::min());
    CHECK(spec.linux->resources->memory.swap == std::numeric_limits<std::int64_t>::max());
    CHECK(spec.linux->resources->block_io.weight == 65535);
    CHECK(from_json<Own>(R"({"tiny":-128})").tiny == -128);
    CHECK_THROWS_WITH(from_json<Own>(R"({"tiny":128})"), "tiny: 128 is out of range (-128 to 127)");
}

TEST_CASE("a syntax error is named by line and column", "[oci]") {
    CHECK_THAT(complaint("{\n  \"hostname\": \"a\",\n  oops\n}"),
               Catch::StartsWith("line 3, column 3: syntax error"));
    CHECK_THAT(complaint(""), Catch::StartsWith("line 1, column 1: syntax error"));
    CHECK_THAT(complaint("{} {}"), Catch::StartsWith("line 1, column 4: syntax error"));
    CHECK_THAT(complaint(R"({"process":{"args":["a")"), Catch::StartsWith("line 1, column 24: syntax error"));
    CHECK_THAT(complaint(R"({"hostname":"a",})"), Catch::StartsWith("line 1, column 17: syntax error"));
    CHECK_THAT(complaint("{\"hostname\":\"a\nb\"}"), Catch::StartsWith("line 2, column 0: syntax error"));
    CHECK_THAT(complaint(R"({"hostname":+1})"), Catch::StartsWith("line 1, column 13: syntax error"));
    CHECK_THAT(complaint("{/* */}"), Catch::StartsWith("line 1, column 2: syntax error"));
    // however much of the document the parser would quote
    CHECK(complaint("{\"hostname\":\"" + std::string(100000, 'x')).size() < 300);
}

TEST_CASE("text that is not UTF-8 is an error, wherever it is", "[oci]") {
    const std::string bytes = GENERATE("\xff", "\xc0\xaf", "\xed\xa0\x80", "\xe2\x82", "\xf5\x80\x80\x80");
    CHECK_THAT(complaint("{\"hostname\":\"" + bytes + "\"}"), Catch::Contains("UTF-8"));
    CHECK_THAT(complaint("{\"unknown\":\"" + bytes + "\"}"), Catch::Contains("UTF-8"));
    CHECK_THAT(complaint("{\"" + bytes + "\":1}"), Catch::Contains("UTF-8"));
    CHECK(complaint("{\"hostname\":\"\xe2\x82\xac\"}").empty());
}

TEST_CASE("a byte order mark is refused", "[oci]") {
    CHECK_THAT(complaint("\xef\xbb\xbf{}"), Catch::Contains("byte order mark"));
}

TEST_CASE("a NUL byte in a string is refused, since the kernel would cut the text there", "[oci]") {
    CHECK(complaint(R"({"mounts":[{"source":"/a\u0000b"}]})") ==
          "mounts[0].source: field contains null byte");
    CHECK_THAT(complaint(R"({"linux":{"sysctl":{"a\u0000b":"1"}}})"),
               Catch::Contains("property name contains null byte"));
    CHECK(complaint(R"({"unknown":"\u0000"})").empty());
}

TEST_CASE("nesting is limited, also in what is ignored", "[oci]") {
    CHECK(complaint(nested(64)).empty());
    CHECK_THAT(complaint(nested(65)), Catch::Contains("nested more than 64 levels deep"));
    CHECK_THAT(complaint(std::string(1'000'000, '[')), Catch::Contains("expected an object, found an array"));
}

TEST_CASE("unknown properties are ignored with all they contain", "[oci]") {
    const Spec spec =
        parse_spec(R"({"windows":{"process":{"args":[1,{"cwd":2}]}},"hostname":"h","x":null,"y":1.5,"z":-1,
        "Host name":"not this","process":{"commandLine":"dir","user":{"username":"bob","uid":3}}})");
    CHECK(spec.hostname == "h");
    CHECK(spec.process->user.uid == 3);
    CHECK(spec.process->args.empty());
}

TEST_CASE("null is the same as absent", "[oci]") {
    const Spec spec =
        parse_spec(R"({"ociVersion":null,"process":null,"mounts":null,"annotations":null,"hooks":null,
        "linux":{"resources":null,"seccomp":{"flags":null,"defaultErrnoRet":null},"maskedPaths":null}})");
    Spec expected;
    expected.linux.emplace().seccomp.emplace();
    CHECK(spec == expected);
}

TEST_CASE("a property given twice takes the last value, and objects merge, as in Go", "[oci]") {
    const Spec spec =
        parse_spec(R"({"hostname":"a","hostname":"b","root":{"path":"x","readonly":true},"root":{"path":"y"},
        "mounts":[{"destination":"/a"},{"destination":"/b"}],"mounts":[{"destination":"/c"}],
        "annotations":{"k":"1","k":"2"},"process":{},"process":null})");
    CHECK(spec.hostname == "b");
    CHECK(spec.root == Root{.path = "y", .readonly = true});
    REQUIRE(spec.mounts.size() == 1);
    CHECK(spec.mounts[0].destination == "/c");
    CHECK(spec.annotations == StringMap{{"k", "2"}});
    CHECK_FALSE(spec.process);
}

TEST_CASE("a property whose name differs in case is meant, as in Go", "[oci]") {
    const Spec spec = parse_spec(
        R"({"HostName":"h","linux":{"resources":{"hugepageLimits":[{"pagesize":"2MB","LIMIT":7}]}},"ROOT":{"Path":"/r"},
        "annotations":{"K":"1","k":"2"}})");
    CHECK(spec.hostname == "h");
    CHECK(spec.root == Root{.path = "/r"});
    REQUIRE(spec.linux->resources->hugepage_limits.size() == 1);
    CHECK(spec.linux->resources->hugepage_limits[0] == HugepageLimit{.page_size = "2MB", .limit = 7});
    CHECK(spec.annotations == StringMap{{"K", "1"}, {"k", "2"}});  // keys of a map are the user's own
    CHECK(parse_spec(R"({"hostname":"a","Hostname":"b"})").hostname == "b");
}

TEST_CASE("any struct with a field list can be kept as JSON", "[oci]") {
    const Own own = from_json<Own>(
        R"({"color":1,"ratio":0.25,"path":"/var/x","table":[["a"],[],["b","c"]],"sparse":[1,null,3]})");
    CHECK(own.color == Color::Green);
    CHECK(own.ratio == 0.25);
    CHECK(own.path == HostPath("/var/x"));
    CHECK(own.table == std::vector<Strings>{{"a"}, {}, {"b", "c"}});
    CHECK(own.sparse == std::vector<std::optional<int>>{1, std::nullopt, 3});
    CHECK(to_json(own) ==
          R"({"color":1,"ratio":0.25,"path":"/var/x","table":[["a"],[],["b","c"]],"sparse":[1,null,3]})");
    CHECK(from_json<Own>(R"({"ratio":3})").ratio == 3);
    CHECK(from_json<std::vector<Strings>>(R"([["x"]])") == std::vector<Strings>{{"x"}});
    CHECK_THROWS_WITH(from_json<std::vector<Strings>>(R"([["x",1]])"),
                      "[0][1]: expected a string, found a number");
}

TEST_CASE("reading can stop at a property of the outermost object", "[oci]") {
    const auto tiny = [](const char* text) { return from_json_until<Own>("stop", text).tiny; };
    CHECK(tiny(R"({"tiny":1,"stop":true,"tiny":2})") == 1);
    CHECK(tiny(R"({"tiny":1,"stop" no JSON any more)") == 1);
    CHECK(tiny(R"({"tiny":1,"STOP":0,"other":{"stop":0},"list":[{"stop":0}],"tiny":2})") == 2);
    CHECK(from_json_until<Own>("", R"({"tiny":1,"":0,"tiny":2})").tiny == 2);
    CHECK_THROWS_WITH(tiny(R"({"tiny":1000,"stop":0})"), Catch::StartsWith("tiny: 1000 is out of range"));
    CHECK_THROWS_WITH(tiny(R"({"tiny":1,)"), Catch::Contains("syntax error"));
}
