// SPDX-License-Identifier: Apache-2.0
#include "container/events.h"

#include <algorithm>
#include <optional>
#include <vector>

#include <fmt/core.h>

#include "base/error.h"
#include "base/log.h"
#include "base/step.h"
#include "container/handle.h"
#include "intelrdt/stats.h"
#include "oci/json_value.h"
#include "sys/child_process.h"
#include "sys/poll.h"

namespace runcxx::container {
namespace {

struct Data {
    cgroups::Stats cgroup;
    intelrdt::Stats intel_rdt;
    // runc's list of its own veth interfaces, which no configuration can ask for any more: null.
    std::optional<bool> network_interfaces;
};

template <oci::FieldsOf<Data> Self, class V>
void visit_fields(Self& self, V&& v) {
    visit_fields(self.cgroup, v);
    v(oci::always("intel_rdt"), self.intel_rdt);
    v(oci::always("network_interfaces"), self.network_interfaces);
}

struct Event {
    std::string_view type;
    std::string_view id;
    std::optional<Data> data;
};

template <oci::FieldsOf<Event> Self, class V>
void visit_fields(Self& self, V&& v) {
    v(oci::always("type"), self.type);
    v(oci::always("id"), self.id);
    v("data", self.data);
}

class Reporter {
public:
    Reporter(const Handle& container, const std::function<void(std::string_view)>& print)
        : container_(container), print_(print) {}

    void print_stats() const {
        Data data;
        data.cgroup =
            step("unable to get container cgroup stats", [&] { return container_.cgroup().stats(); });
        if (const auto& group = container_.facts()->intel_rdt_group)
            data.intel_rdt =
                step("unable to get container Intel RDT stats", [&] { return intelrdt::read_stats(*group); });
        print({.type = "stats", .id = container_.dir().id(), .data = std::move(data)});
    }
    void print_oom() const { print({.type = "oom", .id = container_.dir().id(), .data = {}}); }

private:
    void print(const Event& event) const { print_(oci::to_json(event) + '\n'); }

    const Handle& container_;
    const std::function<void(std::string_view)>& print_;
};

std::unique_ptr<cgroups::Watch> watch(const Handle& container) {
    auto watch = container.cgroup().watch();
    if (!watch->knows_ooms())
        log::warning("running out of memory will not be reported: the container has no memory cgroup");
    return watch;
}

// cgroup v1 alone does not tell when its last process ends. That of init is heard of, after which the others follow
// at once, unless they share a pid namespace with somebody else: those are looked for at each interval.
class InitEnd {
public:
    explicit InitEnd(const Handle& container) : container_(container), pidfd_(container.init_pidfd()) {}

    void append_entry(std::vector<sys::PollEntry>& entries) const {
        if (pidfd_) entries.push_back({pidfd_.get(), sys::kReadable, 0});
    }
    // Whether init has ended, and nothing is left of the container.
    bool is_last() {
        if (!pidfd_ || !sys::has_ended(pidfd_)) return false;
        pidfd_.reset();
        return container_.cgroup().wait_until_empty(sys::monotonic_ms() + 1000);
    }

private:
    const Handle& container_;
    sys::UniqueFd pidfd_;
};

// Until the container's last process is gone.
void stream(const Handle& container, const Reporter& reporter, std::int64_t interval_ms) {
    const auto watch = container::watch(container);
    InitEnd init_end(container);
    auto next = sys::monotonic_ms() + interval_ms;
    for (;;) {
        std::vector<sys::PollEntry> entries;
        watch->append_entries(entries);
        init_end.append_entry(entries);
        sys::wait_ready(entries, next);
        const bool is_over = init_end.is_last();
        const auto news = watch->look();
        for (std::uint64_t i = 0; i < news.ooms; ++i)
            reporter.print_oom();
        if (is_over || news.ended) return;
        if (sys::monotonic_ms() < next) continue;
        if (container.cgroup().pids().empty()) return;
        reporter.print_stats();
        // Late after a suspend, say: go on from here rather than catch up.
        next = std::max(next + interval_ms, sys::monotonic_ms());
    }
}

}  // namespace

void events(const HostPath& root, const std::string& id, const EventsOptions& options,
            const std::function<void(std::string_view line)>& print) {
    const auto container = Handle::load(root, id);
    if (options.interval_ns <= 0)
        throw Error(Error::Kind::InvalidConfig, "duration interval must be greater than 0");
    if (!can_update(container.status()))
        throw Error(Error::Kind::NotRunning, fmt::format("container with id {} is not running", id));
    const Reporter reporter(container, print);
    if (options.stats_once) return reporter.print_stats();
    stream(container, reporter, std::max<std::int64_t>(options.interval_ns / 1'000'000, 1));
}

}  // namespace runcxx::container
