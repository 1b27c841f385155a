// SPDX-License-Identifier: Apache-2.0
#include "sys/bpf.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "sys/retry.h"

namespace runcxx::sys {
namespace {

constexpr int kLoadAttempts = 10;
constexpr std::size_t kLogSize = 64U << 10;
constexpr std::size_t kMostPrograms = 64;  // BPF_CGROUP_MAX_PROGS

// The whole union is passed, not only the members in use: Linux 6.17 and later write behind the members of a query
// whatever size they were told.
using Attributes = union bpf_attr;

std::uint64_t address(const void* pointer) {
    return reinterpret_cast<std::uintptr_t>(pointer);
}

Attributes zeroed() {
    Attributes attributes;
    std::memset(&attributes, 0, sizeof attributes);
    return attributes;
}

// The result, or -1 with errno set. New descriptors are CLOEXEC (bpf(2)).
int call(int command, Attributes& attributes) {
    return static_cast<int>(
        retry([&] { return ::syscall(SYS_bpf, command, &attributes, sizeof attributes); }));
}

int call_for_error(int command, Attributes& attributes) {
    return call(command, attributes) < 0 ? errno : 0;
}

int call_for_fd(int command, Attributes& attributes, UniqueFd& fd) {
    fd = UniqueFd(call(command, attributes));
    return fd ? 0 : errno;
}

}  // namespace

int try_load_device_program(std::span<const bpf_insn> program, UniqueFd& loaded, std::string* verifier_log) {
    auto attributes = zeroed();
    attributes.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
    attributes.insn_cnt = static_cast<std::uint32_t>(program.size());
    attributes.insns = address(program.data());
    attributes.license = address("Apache");
    // What `bpftool cgroup tree` shows.
    std::strncpy(attributes.prog_name, "runcxx_devices", sizeof attributes.prog_name - 1);
    if (verifier_log != nullptr) {
        verifier_log->assign(kLogSize, '\0');
        attributes.log_level = 1;
        attributes.log_buf = address(verifier_log->data());
        attributes.log_size = kLogSize;
    }
    int failure = EAGAIN;
    for (int attempt = 0; attempt < kLoadAttempts && failure == EAGAIN; ++attempt)
        failure = call_for_fd(BPF_PROG_LOAD, attributes, loaded);
    if (verifier_log != nullptr) verifier_log->resize(std::strlen(verifier_log->c_str()));
    return failure;
}

int try_attach_device_program(const UniqueFd& cgroup, const UniqueFd& program, const UniqueFd* replaced) {
    auto attributes = zeroed();
    attributes.target_fd = static_cast<std::uint32_t>(cgroup.get());
    attributes.attach_bpf_fd = static_cast<std::uint32_t>(program.get());
    attributes.attach_type = BPF_CGROUP_DEVICE;
    attributes.attach_flags = BPF_F_ALLOW_MULTI;
    if (replaced != nullptr) {
        attributes.attach_flags |= BPF_F_REPLACE;
        attributes.replace_bpf_fd = static_cast<std::uint32_t>(replaced->get());
    }
    return call_for_error(BPF_PROG_ATTACH, attributes);
}

int try_detach_device_program(const UniqueFd& cgroup, const UniqueFd& program) {
    auto attributes = zeroed();
    attributes.target_fd = static_cast<std::uint32_t>(cgroup.get());
    attributes.attach_bpf_fd = static_cast<std::uint32_t>(program.get());
    attributes.attach_type = BPF_CGROUP_DEVICE;
    return call_for_error(BPF_PROG_DETACH, attributes);
}

int try_device_programs(const UniqueFd& cgroup, std::vector<std::uint32_t>& ids) {
    ids.assign(kMostPrograms, 0);
    auto attributes = zeroed();
    attributes.query.target_fd = static_cast<std::uint32_t>(cgroup.get());
    attributes.query.attach_type = BPF_CGROUP_DEVICE;
    attributes.query.prog_ids = address(ids.data());
    attributes.query.prog_cnt = kMostPrograms;
    const int failure = call_for_error(BPF_PROG_QUERY, attributes);
    ids.resize(failure == 0 ? attributes.query.prog_cnt : 0);
    return failure;
}

int try_open_program(std::uint32_t id, UniqueFd& program) {
    auto attributes = zeroed();
    attributes.prog_id = id;
    return call_for_fd(BPF_PROG_GET_FD_BY_ID, attributes, program);
}

int try_pin_program(const UniqueFd& program, const HostPath& path) {
    auto attributes = zeroed();
    attributes.pathname = address(path.str().c_str());
    attributes.bpf_fd = static_cast<std::uint32_t>(program.get());
    return call_for_error(BPF_OBJ_PIN, attributes);
}

}  // namespace runcxx::sys
