// SPDX-License-Identifier: Apache-2.0
#include "container/checkpoint.h"

#include <fcntl.h>
#include <sched.h>

#include <cerrno>
#include <utility>

#include <fmt/core.h>

#include "base/error.h"
#include "base/log.h"
#include "base/rollback.h"
#include "base/step.h"
#include "checkpoint/criu.h"
#include "checkpoint/external_mounts.h"
#include "checkpoint/names.h"
#include "config/namespaces.h"
#include "container/criu_images.h"
#include "container/destroy.h"
#include "container/handle.h"
#include "host/facts.h"
#include "sys/file.h"

namespace runcxx::container {
namespace {

// Of a dump that is given up: what is killed in the middle leaves its code in the processes.
constexpr std::int64_t kUndoMs = 60'000;
constexpr int kFreezesCgroup2 = 31400;  // criu(8), --freeze-cgroup
constexpr int kNotifiesStatus = 31500;  // "status-ready"; before, it wrote to the descriptor itself

void check(const Handle& container) {
    const auto status = container.status();
    if (status != Status::Running && status != Status::Paused)
        throw Error(fmt::format("Container cannot be checkpointed in {} state", to_string(status)));
    const auto& facts = container.state()->checkpoint;
    if (!facts)
        throw Error(
            "an older runcxx has started this container, and recorded nothing for a checkpoint: "
            "start it anew");
    if (facts->has_id_mapped_mounts)
        throw Error(Error::Kind::NotSupported,
                    "a container with id-mapped mounts cannot be checkpointed: CRIU "
                    "would restore them without their mapping");
}

std::vector<std::string> external_namespaces(const config::CheckpointFacts& facts, pid_t init,
                                             checkpoint::Criu& criu) {
    std::vector<std::string> names;
    for (const auto& joined : facts.joined_namespaces) {
        const auto* external = checkpoint::external_namespace(joined.flag);
        if (external == nullptr) continue;
        const auto kind = config::proc_name(joined.flag);
        criu.require_version(external->criu_version, fmt::format("external {} namespace", kind));
        const auto path = fmt::format("/proc/{}/ns/{}", init, kind);
        const auto stat = sys::try_stat(HostPath(path));
        if (!stat) throw Error::from_errno(errno, "stat " + path);
        names.push_back(fmt::format("{}[{}]:{}", kind, stat->st_ino, external->name));
    }
    return names;
}

void check_parent(const CriuImages& images, const std::string& parent) {
    if (parent.empty()) return;
    if (parent.front() == '/') throw Error(Error::Kind::InvalidConfig, "--parent-path must be relative");
    if (!sys::try_open_at(images.images, parent, O_PATH | O_DIRECTORY))
        throw Error::from_errno(errno, "invalid --parent-path: " + parent);
}

void check_features(checkpoint::Criu& criu, const CheckpointOptions& options) {
    const checkpoint::Features wanted{.mem_track = options.pre_dump, .lazy_pages = options.criu.lazy_pages};
    if (!wanted.mem_track && !wanted.lazy_pages) return;
    const auto found = criu.features(wanted);
    if (wanted.mem_track && !found.mem_track)
        throw Error("criu is missing features: MemTrack (does the kernel track dirty memory?)");
    if (wanted.lazy_pages && !found.lazy_pages)
        throw Error("criu is missing features: LazyPages (has the kernel userfaultfd?)");
}

// The caller's, which is told when lazy pages can be served; nothing to tell otherwise.
sys::UniqueFd take_status_fd(const CheckpointOptions& options) {
    if (!options.criu.lazy_pages || options.status_fd < 0) return {};
    sys::UniqueFd fd(options.status_fd);
    if (const int error = sys::try_check_writable(fd); error != 0)
        throw Error::from_errno(error, fmt::format("invalid --status-fd argument {}", options.status_fd));
    return fd;
}

// Not the caller's: who waits for the end of our output would wait for a CRIU that we were killed beside.
std::vector<sys::UniqueFd> no_streams() {
    std::vector<sys::UniqueFd> streams;
    for (int i = 0; i < 3; ++i)
        streams.push_back(sys::open_file(HostPath("/dev/null"), O_RDWR));
    return streams;
}

class Dump {
public:
    Dump(const CheckpointOptions& options, Handle& container, sys::UniqueFd status_fd)
        : options_(options), container_(container), status_fd_(std::move(status_fd)) {}

    void run() {
        // A CRIU that was killed has left it frozen. Undone when CRIU has ended, so declared before it.
        Rollback undo;
        if (container_.status() != Status::Paused)
            undo.add("thaw the container", [this] { container_.cgroup().thaw(); });
        const auto paths = absolute(options_.paths);
        CriuView view(container_.dir().path(), host::probe());
        images_ = CriuImages::open(paths, "dump.log", /*must_exist=*/false);
        check_parent(images_, options_.parent_path);
        checkpoint::Criu criu(
            {.stdio = no_streams(),
             .own_process_group = true,
             // It would serve pages for ever, and hold the processes so that nothing could end them.
             .dies_with_us = options_.criu.lazy_pages,
             .patience_ms = kUndoMs},
            signals_);
        view.leave();
        try {
            dump(criu, view.cgroup_yard());
        } catch (Error& error) {
            criu.give_up();
            if (const auto cause = checkpoint::quote_errors(images_.log_file); !cause.empty())
                error.add_hint(cause);
            throw;
        }
        undo.commit();
    }

private:
    void dump(checkpoint::Criu& criu, const std::string& cgroup_yard) {
        criu.require_version(checkpoint::kOldestCriu, "interface that is used here");
        check_features(criu, options_);
        auto request = make_request(criu);
        request.cgroup_yard = cgroup_yard;
        if (!options_.pre_dump) images_.write_descriptors(container_.state()->external_descriptors);
        const auto type =
            options_.pre_dump ? checkpoint::RequestType::PreDump : checkpoint::RequestType::Dump;
        // While pages are served the container is whole and only stopped: then there is something to give up.
        criu.run(
            type, request, [this](auto& notification) { on(notification); },
            [this] { return serves_pages_; });
    }

    checkpoint::CriuOptions make_request(checkpoint::Criu& criu) {
        const auto& state = *container_.state();
        auto request = options_.criu;
        images_.put_into(request);
        request.config_file = criu_config_file(state.intent.annotations);
        request.pid = container_.init_pid();
        if (request.pid == 0) throw Error(Error::Kind::NotRunning, "container not running");
        request.root = state.intent.rootfs;
        request.notify_scripts = true;
        request.orphan_pts_master = true;
        request.empty_ns |= CLONE_NEWNET;  // what a network has in it is the engine's
        request.external = external_namespaces(*state.checkpoint, request.pid, criu);
        auto& cgroup = container_.cgroup();
        if (!cgroup.paths().is_unified() || criu.version() >= kFreezesCgroup2)
            request.freeze_cgroup = cgroup.path("freezer");
        request.parent_img = options_.parent_path;
        request.track_mem = !options_.parent_path.empty();
        if (status_fd_ && criu.version() < kNotifiesStatus) request.status_fd = status_fd_.get();
        if (!options_.pre_dump) request.ext_mnt = checkpoint::external_mounts(*state.checkpoint, request.pid);
        return request;
    }

    void on(const checkpoint::Notification& notification) {
        if (notification.script != "status-ready") return;
        serves_pages_ = true;
        if (!status_fd_) return;
        if (const int error = sys::try_write_once(status_fd_, std::string_view("\0", 1)); error != 0)
            log::warning("--status-fd {}: {}", options_.status_fd, errno_text(error));
        status_fd_.reset();
    }

    const CheckpointOptions& options_;
    Handle& container_;
    CriuImages images_;
    sys::UniqueFd status_fd_;
    sys::SignalFd signals_;
    bool serves_pages_ = false;
};

}  // namespace

void checkpoint(const CheckpointOptions& options) {
    // Before anything of ours can have its number.
    auto status_fd = take_status_fd(options);
    auto container = Handle::load_locked(options.root, options.id);
    check(container);
    Dump(options, container, std::move(status_fd)).run();
    if (options.pre_dump || options.criu.leave_running) return;
    try {
        destroy(container);
    } catch (const Error& error) {
        log::warning("{}", error.message());  // the images are complete
    }
}

}  // namespace runcxx::container
