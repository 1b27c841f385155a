// SPDX-License-Identifier: Apache-2.0
// What we ask of systemd: the calls of org.freedesktop.systemd1.Manager (org.freedesktop.systemd1(5)) that make, change
// and end the unit of a container. One connection serves one command. Runs in: runtime.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>

#include "cgroups/manager.h"
#include "cgroups/systemd/endpoints.h"
#include "cgroups/systemd/properties.h"
#include "dbus/connection.h"

namespace runcxx::cgroups::systemd {

// How long systemd may take for an operation: RUNCXX_SYSTEMD_TIMEOUT in seconds (1 to 3600), else 30 s.
std::int64_t patience_ms();

class Client {
public:
    // Connects to the first endpoint that answers. Every wait of this client ends at `deadline_ms`, or when `interruption` says so.
    // Errors: "cannot reach systemd: ..." with every socket that was tried.
    Client(Whose whose, std::int64_t deadline_ms, const Interruption& interruption);

    // Another deadline, and no interruption from here on.
    void insist_until(std::int64_t deadline_ms);

    struct About {
        unsigned version = 0;  // 0: it does not say
        std::string
            control_group;  // of the manager itself, below which its slices are: "", "/user.slice/..."
    };
    const About& about();

    // Returns when the unit is there, with the process in it (none for a slice). A unit of that name that has failed
    // before is forgotten first. `pidfd` is used where systemd takes one: the pid cannot be somebody else's then.
    // Errors: "Timeout waiting for systemd to create U"; "error creating systemd unit `U`: got `failed`";
    // "unable to start unit "U": ..." with what systemd says.
    void start_unit(const std::string& name, const Properties& properties, pid_t pid,
                    const sys::UniqueFd& pidfd);
    // Whether a unit that start_unit() was asked for may exist: it may even when that failed.
    bool may_have_started() const { return may_have_started_; }
    // Returns when it has ended and systemd has forgotten it. One that is not there is fine.
    void stop_unit(const std::string& name);
    // The same, said without waiting for an answer.
    void stop_unit_later(const std::string& name) noexcept;
    // At once, and until the unit ends.
    void set_properties(const std::string& name, const Properties& properties);
    // Moves a process into the unit's cgroup, or into one below it.
    void attach_process(const std::string& name, const std::string& subgroup, pid_t pid);

private:
    struct Reply {
        std::string error;  // name of a D-Bus error, or empty
        std::string error_text;
        std::string sender;
        std::vector<dbus::Value> values;
    };
    struct Job {
        Reply reply;
        std::string result;  // "done", "failed", ...; empty if it was refused
    };

    dbus::Connection connect(Whose whose);
    dbus::Message call(const char* member, const std::vector<dbus::Value>& arguments) const;
    static Reply to_reply(const dbus::Message& message);
    Reply wait_for_reply(std::uint32_t serial);
    Reply ask(const char* member, const std::vector<dbus::Value>& arguments);
    Job run_job(dbus::Message message, std::vector<int> fds);
    Job start_job(const std::string& name, const Properties& properties, pid_t pid,
                  const sys::UniqueFd& pidfd);

    dbus::Patience patience_;
    bool is_bus_ = false;
    dbus::Connection connection_;
    std::optional<About> about_;
    bool may_have_started_ = false;
};

}  // namespace runcxx::cgroups::systemd
