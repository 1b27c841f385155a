// SPDX-License-Identifier: Apache-2.0
#include "config/annotations.h"

#include <linux/filter.h>

#include <algorithm>
#include <iterator>

#include "base/text.h"
#include "config/invalid_config.h"

namespace runcxx::config {
namespace {

// As in crun: whatever is not "0".
bool is_on(const std::string& value) {
    return value != "0";
}

std::string absolute(const std::string& value) {
    if (!value.starts_with('/')) throw invalid("{} is not an absolute path", quoted(value));
    return value;
}

std::string context_type(const std::string& value) {
    constexpr std::string_view kTypes[] = {"context", "defcontext", "fscontext", "rootcontext"};
    if (std::find(std::begin(kTypes), std::end(kTypes), value) == std::end(kTypes))
        throw invalid("{} is none of context, defcontext, fscontext, rootcontext", quoted(value));
    return value;
}

SeccompProgram program(const std::string& value) {
    SeccompProgram result;
    result.instructions = decode_base64(value);
    const auto size = result.instructions.size();
    if (size == 0 || size % sizeof(sock_filter) != 0 || size / sizeof(sock_filter) > BPF_MAXINSNS)
        throw invalid("{} bytes are no program of 1 to {} instructions of {} bytes", size, BPF_MAXINSNS,
                      sizeof(sock_filter));
    return result;
}

struct Row {
    std::string_view name;
    void (*apply)(const std::string& value, Extensions& result);
};

// Sorted by name.
constexpr Row kHonoured[] = {
    {"run.oci.hooks.stderr", [](const auto& value, auto& result) { result.hook_stderr = value; }},
    {"run.oci.hooks.stdout", [](const auto& value, auto& result) { result.hook_stdout = value; }},
    {"run.oci.keep_original_groups",
     [](const auto& value, auto& result) { result.keep_original_groups = is_on(value); }},
    {"run.oci.mount_context_type",
     [](const auto& value, auto& result) { result.mount_context_type = context_type(value); }},
    {"run.oci.pidfd_receiver",
     [](const auto& value, auto& result) { result.pidfd_receiver = absolute(value); }},
    {"run.oci.seccomp.receiver",
     [](const auto& value, auto& result) { result.seccomp_receiver = absolute(value); }},
    {"run.oci.seccomp_bpf_data",
     [](const auto& value, auto& result) { result.seccomp_program = program(value); }},
    {"run.oci.seccomp_fail_unknown_syscall",
     [](const auto& value, auto& result) { result.refuse_unknown_syscalls = is_on(value); }},
};
static_assert(std::is_sorted(std::begin(kHonoured), std::end(kHonoured),
                             [](const Row& a, const Row& b) { return a.name < b.name; }));

// Whoever sets them believes in a container that is kept in by something else than namespaces.
constexpr std::string_view kMissed[] = {"module.wasm.image/variant", "run.oci.handler",
                                        "run.oci.seccomp.plugins"};

}  // namespace

Extensions read_annotations(const oci::StringMap& annotations, std::vector<std::string>& warnings) {
    Extensions result;
    for (const auto& row : kHonoured) {
        const auto found = annotations.find(std::string(row.name));
        if (found == annotations.end()) continue;
        try {
            row.apply(found->second, result);
        } catch (Error& error) {
            error.add_context(fmt::format("annotation {}", row.name));
            throw;
        }
    }
    for (const auto name : kMissed)
        if (annotations.contains(std::string(name)))
            warnings.push_back(
                fmt::format("annotation {} is not supported: the program runs as an ordinary process", name));
    return result;
}

oci::Strings honoured_annotations() {
    oci::Strings names;
    for (const auto& row : kHonoured)
        names.emplace_back(row.name);
    return names;
}

std::vector<std::uint8_t> decode_base64(std::string_view text) {
    constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::size_t padding = 0;
    while (padding < 2 && text.ends_with('=')) {
        text.remove_suffix(1);
        ++padding;
    }
    // Six bits a digit; what is over after the last whole byte must be nothing.
    std::vector<std::uint8_t> bytes;
    std::uint32_t bits = 0;
    unsigned count = 0;
    for (const char digit : text) {
        const auto value = kDigits.find(digit);
        if (value == kDigits.npos) throw invalid("not base64: {}", quoted(std::string_view(&digit, 1)));
        bits = bits << 6 | static_cast<std::uint32_t>(value);
        count += 6;
        if (count < 8) continue;
        count -= 8;
        bytes.push_back(static_cast<std::uint8_t>(bits >> count));
        bits &= (1U << count) - 1;
    }
    if ((text.size() + padding) % 4 != 0 || count >= 6 || bits != 0)
        throw invalid("not base64: cut off, or with bits left over");
    return bytes;
}

}  // namespace runcxx::config
