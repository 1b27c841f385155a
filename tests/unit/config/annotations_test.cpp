// SPDX-License-Identifier: Apache-2.0
#include "config/annotations.h"

#include <algorithm>

#include "support/text_matchers.h"
#include "unit/config/made_up_host.h"

using namespace runcxx;
using namespace runcxx::config;
using runcxx::config::test::Case;

namespace {

std::string text_of(const std::vector<std::uint8_t>& bytes) {
    return {bytes.begin(), bytes.end()};
}

std::string error_of(const std::string& name, const std::string& value) {
    std::vector<std::string> warnings;
    try {
        read_annotations({{name, value}}, warnings);
        return {};
    } catch (const Error& error) {
        return error.message();
    }
}

}  // namespace

TEST_CASE("base64: the vectors of RFC 4648", "[config]") {
    CHECK(decode_base64("").empty());
    CHECK(text_of(decode_base64("Zg==")) == "f");
    CHECK(text_of(decode_base64("Zm8=")) == "fo");
    CHECK(text_of(decode_base64("Zm9v")) == "foo");
    CHECK(text_of(decode_base64("Zm9vYmFy")) == "foobar");
    CHECK(decode_base64("/+8=") == std::vector<std::uint8_t>{0xff, 0xef});
}

TEST_CASE("base64: what is cut off or not of the alphabet is refused", "[config]") {
    const auto* text =
        GENERATE("Z", "Zg", "Zg=", "Zm9", "Zm9v=", "Zh==", "Z m8", "Zm9v\n", "Zg==Zg==", "====");
    CAPTURE(text);
    CHECK_THROWS_AS(decode_base64(text), Error);
}

TEST_CASE("annotations: every one that is honoured is read", "[config]") {
    std::vector<std::string> warnings;
    const auto read = read_annotations({{"run.oci.hooks.stdout", "out"},
                                        {"run.oci.hooks.stderr", "/err"},
                                        {"run.oci.keep_original_groups", "1"},
                                        {"run.oci.mount_context_type", "rootcontext"},
                                        {"run.oci.pidfd_receiver", "/p"},
                                        {"run.oci.seccomp.receiver", "/s"},
                                        {"run.oci.seccomp_bpf_data", "AAAAAAAAAAA="},
                                        {"run.oci.seccomp_fail_unknown_syscall", ""},
                                        {"something.else", "1"}},
                                       warnings);
    CHECK(read.hook_stdout == "out");
    CHECK(read.hook_stderr == "/err");
    CHECK(read.keep_original_groups);
    CHECK(read.mount_context_type == "rootcontext");
    CHECK(read.pidfd_receiver == "/p");
    CHECK(read.seccomp_receiver == "/s");
    REQUIRE(read.seccomp_program);
    CHECK(read.seccomp_program->instructions == std::vector<std::uint8_t>(8, 0));
    CHECK(read.refuse_unknown_syscalls);
    CHECK(warnings.empty());
    CHECK(honoured_annotations().size() == 8);
}

TEST_CASE("annotations: switches are off with 0, and without the annotation", "[config]") {
    std::vector<std::string> warnings;
    const auto read = read_annotations(
        {{"run.oci.keep_original_groups", "0"}, {"run.oci.seccomp_fail_unknown_syscall", "0"}}, warnings);
    CHECK_FALSE(read.keep_original_groups);
    CHECK_FALSE(read.refuse_unknown_syscalls);
    CHECK(read_annotations({}, warnings).mount_context_type == "context");
}

TEST_CASE("annotations: bad values are named with their annotation", "[config]") {
    CHECK(error_of("run.oci.mount_context_type", "x") ==
          "annotation run.oci.mount_context_type: \"x\" is none of context, defcontext, fscontext, "
          "rootcontext");
    CHECK(error_of("run.oci.pidfd_receiver", "p") ==
          "annotation run.oci.pidfd_receiver: \"p\" is not an absolute path");
    CHECK(error_of("run.oci.seccomp_bpf_data", "Zm9v") ==
          "annotation run.oci.seccomp_bpf_data: 3 bytes are no program of 1 to 4096 instructions of 8 bytes");
    CHECK_FALSE(error_of("run.oci.seccomp_bpf_data", "").empty());
}

TEST_CASE("annotations: what asks for another kind of container is a warning", "[config]") {
    std::vector<std::string> warnings;
    read_annotations({{"run.oci.handler", "krun"}, {"module.wasm.image/variant", "compat"}}, warnings);
    CHECK(warnings.size() == 2);
}

TEST_CASE("resolve: annotations reach what they are about", "[config]") {
    Case c;
    c.spec.annotations = {{"run.oci.keep_original_groups", "1"}, {"run.oci.mount_context_type", "fscontext"}};
    c.process().user.additional_gids = {7};
    c.linux_part().mount_label = "l";
    const auto container = c.resolve();
    CHECK_FALSE(container.process.set_groups);
    CHECK(container.process.additional_gids.empty());
    CHECK(container.setup.label_option == "fscontext=\"l\"");
    // exec, too
    const auto again = resolve_process(c.process(), exec_context(exec_defaults(container), c.facts));
    CHECK_FALSE(again.setup.set_groups);
}

TEST_CASE("resolve: the seccomp listener is the profile's, the annotation's, the environment's", "[config]") {
    Case c;
    c.linux_part().seccomp = {.default_action = "SCMP_ACT_ALLOW", .syscalls = {{.names = {"mkdir"}}}};
    c.options.seccomp_receiver = "/environment";
    CHECK(c.resolve().seccomp->listener_path == "/environment");
    c.spec.annotations["run.oci.seccomp.receiver"] = "/annotation";
    CHECK(c.resolve().seccomp->listener_path == "/annotation");
    c.linux_part().seccomp->listener_path = "/profile";
    CHECK(c.resolve().seccomp->listener_path == "/profile");
    c.spec.annotations["run.oci.seccomp_bpf_data"] = "AAAAAAAAAAA=";
    CHECK_FALSE(c.resolve().seccomp);
}
