// SPDX-License-Identifier: Apache-2.0
#include "launch/init_process.h"

#include <poll.h>
#include <sched.h>

#include <cerrno>
#include <csignal>

#include <fmt/core.h>

#include "base/log.h"
#include "base/step.h"
#include "base/text.h"
#include "launch/sealed_exe.h"
#include "oci/json_value.h"
#include "runcxx/bootstrap_wire.h"
#include "sys/environment.h"
#include "sys/file.h"
#include "sys/scheduling.h"

namespace runcxx::launch {
namespace {

// How long the last words of a dead init may take to arrive; its end of the pipe is closed by then.
constexpr std::int64_t kLastWordsMs = 1000;
// How long an init that we have killed is waited for. In a frozen cgroup of v1 it dies when that is thawed.
constexpr std::int64_t kDeathMs = 5000;
// What `ps` calls it until the C stage says more.
constexpr const char* kProgram = "runcxx";

struct PidReport {
    std::int32_t stage1_pid = 0;
    std::int32_t stage2_pid = 0;
};

template <oci::FieldsOf<PidReport> Self, class V>
void visit_fields(Self& self, V&& v) {
    v("stage1_pid", self.stage1_pid);
    v("stage2_pid", self.stage2_pid);
}

// The ends of the plumbing that init gets.
struct InitEnds {
    sys::UniqueFd init_pipe, sync, log;
};

std::vector<std::string> init_environment(const SpawnRequest& request, const InitEnds& ends) {
    std::vector<std::string> env;
    const auto add = [&](const char* name, auto value) { env.push_back(fmt::format("{}={}", name, value)); };
    add(RUNCXX_ENV_INITTYPE, request.for_exec ? "setns" : "standard");
    add(RUNCXX_ENV_INITPIPE, ends.init_pipe.get());
    add(RUNCXX_ENV_SYNCPIPE, ends.sync.get());
    add(RUNCXX_ENV_LOGPIPE, ends.log.get());
    add(RUNCXX_ENV_LOGLEVEL, static_cast<int>(log::destination().level));
    if (request.exec_fifo != nullptr) add(RUNCXX_ENV_FIFOFD, request.exec_fifo->get());
    if (request.console_socket != nullptr) add(RUNCXX_ENV_CONSOLE, request.console_socket->get());
    if (request.pidfd_socket != nullptr) add(RUNCXX_ENV_PIDFD_SOCK, request.pidfd_socket->get());
    if (request.hook_out != nullptr) add(RUNCXX_ENV_HOOK_STDOUT, request.hook_out->get());
    if (request.hook_err != nullptr) add(RUNCXX_ENV_HOOK_STDERR, request.hook_err->get());
#ifndef NDEBUG
    if (const auto stop_at = sys::environment_variable("RUNCXX_STOP_AT")) add("RUNCXX_STOP_AT", *stop_at);
#endif
    return env;
}

// Every fd here is CLOEXEC; these are the ones that cross into init, under their own numbers.
std::vector<std::pair<int, int>> inherited_fds(const SpawnRequest& request, const InitEnds& ends) {
    std::vector<std::pair<int, int>> fds;
    for (int i = 0; i < static_cast<int>(request.stdio.size()); ++i)
        fds.emplace_back(request.stdio[i].get(), i);
    const auto keep = [&](int fd) { fds.emplace_back(fd, fd); };
    for (std::uint32_t i = 0; i < request.preserved_fds; ++i)
        keep(3 + static_cast<int>(i));
    for (const auto* fd : {&ends.init_pipe, &ends.sync, &ends.log, request.exec_fifo, request.console_socket,
                           request.pidfd_socket, request.hook_out, request.hook_err})
        if (fd != nullptr) keep(fd->get());
    return fds;
}

}  // namespace

InitProcess::InitProcess(const SpawnRequest& request, sys::SignalFd& signals)
    : signals_(signals), in_new_pid_namespace_(request.in_new_pid_namespace) {
    auto init_pair = sys::make_socket_pair(sys::SocketKind::Stream);
    auto sync_pair = sys::make_socket_pair(sys::SocketKind::Seqpacket);
    auto log_pipe = sys::make_pipe();
    const InitEnds ends{std::move(init_pair.init_end), std::move(sync_pair.init_end),
                        std::move(log_pipe.write_end)};
    init_pipe_ = std::move(init_pair.runtime_end);
    channel_ = sync::Channel(std::move(sync_pair.runtime_end));
    logs_ = LogRelay(std::move(log_pipe.read_end));

    executable_ = protected_executable();
    sys::SpawnOptions options;
    options.executable = &executable_;
    options.args = {kProgram, RUNCXX_INIT_ARGUMENT};
    options.env = init_environment(request, ends);
    options.cgroup = request.cgroup;
    options.cgroup_joins = request.cgroup_joins;
    if (in_new_pid_namespace_) options.namespace_flags = CLONE_NEWPID;
    options.fds = inherited_fds(request, ends);
    // While init starts up there is much to do here; but whether it could join its cgroups is known only afterwards.
    spawned_ = options.cgroup_joins != nullptr ? sys::spawn(options)
                                               : sys::spawn_without_waiting(options, spawn_failure_);
    // The cgroup's cpuset alone decides where a container runs, not what our caller was pinned to.
    if (!request.keep_affinity) sys::try_reset_cpu_affinity(spawned_.pid());
    // Init's ends close here: from now on its death is the end of file on ours.
}

InitProcess::~InitProcess() {
    for (auto* process : {&init_, &intermediate_, &spawned_}) {
        if (!process->is_valid()) continue;
        sys::try_send_signal(process->pidfd(), SIGKILL);
        try {
            if (sys::wait_readable(process->pidfd(), sys::monotonic_ms() + kDeathMs))
                process->wait();
            else
                log::warning("process {} does not end on SIGKILL yet (is its cgroup frozen?)",
                             process->pid());
        } catch (const Error& error) {
            log::warning("{}", error.message());
        }
    }
}

sys::ChildProcess InitProcess::release() {
    reap_stages();
    return std::exchange(init_.is_valid() ? init_ : spawned_, sys::ChildProcess());
}

void throw_if_interrupted(sys::SignalFd& signals) {
    // Not SIGCHLD: the pidfds tell more; nor window changes, which are read again at start.
    while (const auto caught = signals.next())
        if (sys::asks_to_stop(caught->number))
            throw Error(Error::Kind::Interrupted, fmt::format("interrupted by signal {}", caught->number));
}

bool InitProcess::wait_for(const sys::UniqueFd& fd) {
    for (;;) {
        std::vector<sys::PollEntry> entries{
            {fd.get(), POLLIN, 0},
            {pidfd().get(), POLLIN, 0},
            {logs_.fd().get(), POLLIN, 0},
            {signals_.fd().get(), POLLIN, 0},
        };
        sys::wait_ready(entries, std::nullopt);
        if (entries[2].ready != 0) logs_.read_some();
        if (entries[0].ready != 0) return true;
        if (entries[1].ready != 0) return false;
        if (entries[3].ready != 0) throw_if_interrupted(signals_);
    }
}

void InitProcess::fail_with_last_words(const char* during) {
    logs_.drain(sys::monotonic_ms() + kLastWordsMs);
    spawn_failure_.rethrow(kProgram);
    if (!logs_.fatal().empty()) {
        const auto& words = logs_.fatal();
        throw Error("runcxx init error(s): " + join(words, "; "));
    }
    auto& last = init_.is_valid() ? init_ : spawned_;
    std::string ended = "closed its side of the channel";
    if (sys::wait_readable(last.pidfd(), sys::monotonic_ms() + kLastWordsMs))
        ended = "ended: " + last.wait().to_string();
    throw Error(fmt::format("init {} while {}", ended, during));
}

void InitProcess::bootstrap(Bootstrap bootstrap, const config::Init& init) {
    if (in_new_pid_namespace_) bootstrap.namespaces.create_flags &= ~static_cast<std::uint32_t>(CLONE_NEWPID);
    try {
        sys::send_packet(init_pipe_, encode_bootstrap(bootstrap));
        // Right behind it, so that init finds its configuration without another wake-up of ours.
        sync::send_configuration(init_pipe_, init);
    } catch (const Error& error) {
        if (error.code() != EPIPE && error.code() != ECONNRESET) throw;
        // A configuration that is larger than the pipe is still being sent when init is there already: if it was
        // that one that died, it is ours to reap.
        if (sys::wait_readable(init_pipe_, sys::monotonic_ms())) read_report();
        fail_with_last_words("reading its configuration");
    }
    // Not earlier, as the end of a mount takes the kernel a while (RCU), and init would wait for us.
    executable_.reset();
    read_report();
}

void InitProcess::read_report() {
    // Born in its namespace it is init, whatever it calls itself there: no need to wake up for its report.
    if (in_new_pid_namespace_) return;
    std::string line;
    while (line.empty() || line.back() != '\n') {
        if (!wait_for(init_pipe_)) fail_with_last_words("entering its namespaces");
        const auto chunk = sys::read_available(init_pipe_);
        if (chunk.empty()) fail_with_last_words("entering its namespaces");
        line += chunk;
    }
    const auto report = oci::from_json<PidReport>(line);
    if (report.stage2_pid != spawned_.pid()) init_ = sys::ChildProcess::adopt(report.stage2_pid);
    if (report.stage1_pid != spawned_.pid() && report.stage1_pid != report.stage2_pid)
        intermediate_ = sys::ChildProcess::adopt(report.stage1_pid);
}

void InitProcess::reap_stages() {
    if (intermediate_.is_valid()) intermediate_.wait();
    if (init_.is_valid() && spawned_.is_valid()) spawned_.wait();
}

void InitProcess::answer(const sync::Message& message, const Requests& requests) {
    const auto reply = [this](const auto& answer, const std::vector<int>& fds = {}) {
        try {
            channel_.send(answer, fds);
        } catch (const Error& error) {
            // An init that has died does not listen: serve() finds its end next, and says how it came.
            if (error.code() != EPIPE && error.code() != ECONNRESET) throw;
        }
    };
    switch (message.type) {
        case sync::Type::MountPlease: {
            const auto fd = requests.mount_source(message.as<sync::MountPlease>().index);
            reply(sync::MountSource{}, {fd.get()});
            return;
        }
        case sync::Type::RootfsReady:
            requests.rootfs_ready();
            reply(sync::HooksDone{});
            return;
        case sync::Type::ProcessReady:
            reply(sync::Run{requests.process_ready()});
            return;
        case sync::Type::SeccompListener: {
            auto listener = sys::fd_of_process(pidfd(), message.as<sync::SeccompListener>().fd);
            reply(sync::ListenerTaken{});
            requests.seccomp_listener(std::move(listener));
            return;
        }
        case sync::Type::Failure:
            failure_ = message.as<sync::Failure>();
            return;
        default:
            return;  // Order has refused all others
    }
}

void InitProcess::serve(const Requests& requests, bool for_exec, bool must_live) {
    sync::Order order(for_exec);
    for (;;) {
        // When init has died, what it sent before is still in the socket: read until end of file.
        if (!wait_for(channel_.fd())) break;
        const auto message = channel_.receive();
        if (!message) break;
        order.accept(message->type);
        answer(*message, requests);
        if (failure_)
            throw Error(failure_->kind, (for_exec ? "" : "error during container init: ") + failure_->message,
                        failure_->errno_value);
    }
    logs_.drain(sys::monotonic_ms());
    if (!order.may_end())
        fail_with_last_words(for_exec ? "setting up the process" : "setting up the container");
    // A process that waits for `start` is alive; one that was let run may have ended already, which is no
    // failure.
    if (must_live && sys::has_ended(pidfd())) fail_with_last_words("finishing its setup");
    reap_stages();
}

}  // namespace runcxx::launch
