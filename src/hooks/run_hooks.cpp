// SPDX-License-Identifier: Apache-2.0
#include "hooks/run_hooks.h"

#include <fcntl.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>

#include <fmt/core.h>

#include "base/error.h"
#include "base/step.h"
#include "sys/child_process.h"
#include "sys/exec.h"
#include "sys/file.h"
#include "sys/poll.h"
#include "sys/tty.h"

namespace runcxx::hooks {
namespace {

constexpr std::int64_t kLongestTimeout = 100LL * 365 * 86400;  // seconds
constexpr std::size_t kMostOutput = 64U << 10;

// What a hook wrote to one stream: kept up to a limit, read beyond it so that the hook does not stop.
class CapturedStream {
public:
    CapturedStream() : pipe_(sys::make_pipe()) { sys::set_nonblocking(pipe_.read_end); }

    const sys::UniqueFd& write_end() const { return pipe_.write_end; }
    void close_write_end() { pipe_.write_end.reset(); }
    // Negative when it has ended, which poll takes as "not this one".
    int poll_number() const { return pipe_.read_end.get(); }

    // Takes what is there.
    void take() {
        std::array<char, 4096> buffer{};
        while (pipe_.read_end) {
            const long size = sys::try_read_some(pipe_.read_end, buffer.data(), buffer.size());
            if (size < 0 && errno == EAGAIN) return;
            if (size <= 0) return pipe_.read_end.reset();
            const std::size_t room = kMostOutput - text_.size();
            text_.append(buffer.data(), std::min(static_cast<std::size_t>(size), room));
        }
    }

    const std::string& text() const { return text_; }

private:
    sys::Pipe pipe_;
    std::string text_;
};

// The whole process group: children of the hook would keep its output open, and go on for ever.
sys::WaitStatus kill_group(sys::ChildProcess& child) {
    sys::try_kill(-child.pid(), SIGKILL);
    child.kill(SIGKILL);
    return child.wait();
}

sys::ChildProcess start(const sys::SpawnOptions& options) {
    try {
        return sys::spawn(options);
    } catch (const Error& error) {
        if (error.code() == 0) throw;
        throw Error::from_errno(error.code(), "fork/exec " + options.path);
    }
}

void give_up_if_asked(sys::ChildProcess& child, const HookContext& context) {
    try {
        context.check_interruption();
    } catch (...) {
        kill_group(child);
        throw;
    }
}

void run_hook(const oci::Hook& hook, std::string_view state_json, const HookContext& context) {
    const auto input = sys::make_program_input(state_json);
    CapturedStream out;
    CapturedStream err;

    sys::SpawnOptions options;
    options.path = hook.path;
    options.args = hook.args;
    if (options.args.empty()) options.args.push_back(hook.path);
    options.env = hook.env.empty() ? context.default_env : hook.env;
    sys::UniqueFd working_dir;
    if (!context.working_dir.empty()) {
        working_dir = sys::open_file(context.working_dir, O_PATH | O_DIRECTORY);
        options.working_dir = &working_dir;
    }
    options.fds = {{input.get(), 0},
                   {(context.out != nullptr ? *context.out : out.write_end()).get(), 1},
                   {(context.err != nullptr ? *context.err : err.write_end()).get(), 2}};
    options.new_process_group = true;
    // What a hook does belongs to a creation that nobody goes on with once we are killed.
    options.parent_death_signal = SIGKILL;
    options.close_other_fds = true;

    std::optional<std::int64_t> deadline;
    if (hook.timeout)
        deadline = sys::monotonic_ms() + std::clamp<std::int64_t>(*hook.timeout, 0, kLongestTimeout) * 1000;
    auto child = start(options);
    out.close_write_end();
    err.close_write_end();

    const int interruption = context.interruption != nullptr ? context.interruption->get() : -1;
    for (;;) {
        std::vector<sys::PollEntry> entries{{child.pidfd().get(), sys::kReadable, 0},
                                            {out.poll_number(), sys::kReadable, 0},
                                            {err.poll_number(), sys::kReadable, 0},
                                            {interruption, sys::kReadable, 0}};
        // A hook that ends in the very millisecond of its deadline has made it, except that 0 gives it no
        // time at all.
        const bool in_time = hook.timeout != 0 && sys::wait_ready(entries, deadline);
        if (!in_time) {
            kill_group(child);
            throw Error(fmt::format("hook ran past specified timeout of {:.1f}s",
                                    static_cast<double>(*hook.timeout)));
        }
        if (entries[3].ready != 0) give_up_if_asked(child, context);
        out.take();
        err.take();
        if (entries[0].ready == 0) continue;
        const auto status = child.wait();
        // Its last words, between the poll and its end.
        out.take();
        err.take();
        if (status.signaled || status.value != 0)
            throw Error(
                fmt::format("{}, stdout: {}, stderr: {}", status.to_string(), out.text(), err.text()));
        return;
    }
}

}  // namespace

void run_hooks(std::span<const oci::Hook> hooks, std::string_view kind, std::string_view state_json,
               const HookContext& context) {
    for (std::size_t i = 0; i < hooks.size(); ++i) {
        const auto name = fmt::format("{} hook #{}", kind, i);
        const StepTimer timer(name);
        try {
            run_hook(hooks[i], state_json, context);
        } catch (Error& error) {
            error.add_context("error running " + name);
            throw;
        }
    }
}

}  // namespace runcxx::hooks
