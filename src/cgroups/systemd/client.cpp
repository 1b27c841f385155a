// SPDX-License-Identifier: Apache-2.0
#include "cgroups/systemd/client.h"

#include <cerrno>
#include <map>

#include <fmt/core.h>

#include "base/error.h"
#include "base/log.h"
#include "base/numbers.h"
#include "base/text.h"
#include "cgroups/systemd/endpoints.h"
#include "host/facts.h"
#include "sys/environment.h"
#include "sys/poll.h"

namespace runcxx::cgroups::systemd {
namespace {

constexpr auto kService = "org.freedesktop.systemd1";
constexpr auto kPath = "/org/freedesktop/systemd1";
constexpr auto kManager = "org.freedesktop.systemd1.Manager";
constexpr auto kUnitExists = "org.freedesktop.systemd1.UnitExists";
constexpr auto kNoSuchUnit = "org.freedesktop.systemd1.NoSuchUnit";

constexpr std::int64_t kDefaultPatienceMs = 30'000;
// PIDFDs (NEWS of systemd 255).
constexpr unsigned kPidfds = 255;
// A unit that was stopped is forgotten in systemd's next idle moment.
constexpr int kStartAttempts = 6;
constexpr std::int64_t kFirstPauseMs = 5;

dbus::Value to_value(const Properties& properties) {
    std::vector<dbus::Value> rows;
    for (const auto& [name, value] : properties)
        rows.push_back(dbus::structure({dbus::string(name), dbus::variant(value)}));
    return dbus::array("(sv)", std::move(rows));
}

// "257.13-1~deb13u1", "v245.4-1.fc32".
unsigned parse_version(std::string_view text) {
    if (text.starts_with('v')) text.remove_prefix(1);
    const auto end = text.find_first_not_of("0123456789");
    return parse_number<unsigned>(text.substr(0, end)).value_or(0);
}

dbus::Message get_property(const char* name) {
    dbus::Message message{.path = kPath,
                          .interface = "org.freedesktop.DBus.Properties",
                          .member = "Get",
                          .destination = kService};
    dbus::set_body(message, {dbus::string(kManager), dbus::string(name)});
    return message;
}

std::string text_of_variant(const std::vector<dbus::Value>& values) {
    if (values.size() != 1 || values[0].type != "v") return {};
    return values[0].items.front().text;
}

}  // namespace

std::int64_t patience_ms() {
    constexpr std::int64_t kMostSeconds = 3600;
    const auto text = sys::environment_variable("RUNCXX_SYSTEMD_TIMEOUT");
    if (!text) return kDefaultPatienceMs;
    const auto seconds = parse_number<std::int64_t>(*text);
    if (!seconds || *seconds < 1 || *seconds > kMostSeconds)
        throw Error(fmt::format("RUNCXX_SYSTEMD_TIMEOUT={}: expected seconds, 1 to {}", *text, kMostSeconds));
    return *seconds * 1000;
}

Client::Client(Whose whose, std::int64_t deadline_ms, const Interruption& interruption)
    : patience_{.deadline_ms = deadline_ms,
                .interruption = interruption.fd,
                .check_interruption = interruption.check},
      connection_(connect(whose)) {
    if (!is_bus_) return;
    // systemd sends the signal to whoever started the job, and a bus passes on only what was asked for.
    dbus::Message match{.wants_reply = false,
                        .path = "/org/freedesktop/DBus",
                        .interface = "org.freedesktop.DBus",
                        .member = "AddMatch",
                        .destination = "org.freedesktop.DBus"};
    dbus::set_body(
        match,
        {dbus::string(fmt::format("type='signal',sender='{}',path='{}',interface='{}',member='JobRemoved'",
                                  kService, kPath, kManager))});
    connection_.send(std::move(match));
}

dbus::Connection Client::connect(Whose whose) {
    const bool in_user_namespace = host::in_user_namespace();
    std::string failures;
    for (const auto& [socket, peer] : endpoints_of(whose)) {
        try {
            dbus::Connection connection(socket, peer, in_user_namespace, patience_);
            is_bus_ = peer == dbus::Peer::Bus;
            return connection;
        } catch (const Error& error) {
            // Waiting was in vain, or an interruption: another socket would not help.
            if (error.code() == 0 || error.code() == EAGAIN) throw;
            failures += fmt::format("{}{}", failures.empty() ? "" : "; ", error.message());
        }
    }
    throw Error(fmt::format("cannot reach systemd: {}", failures));
}

void Client::insist_until(std::int64_t deadline_ms) {
    patience_ = {.deadline_ms = deadline_ms, .interruption = nullptr, .check_interruption = {}};
    connection_.set_patience(patience_);
}

dbus::Message Client::call(const char* member, const std::vector<dbus::Value>& arguments) const {
    dbus::Message message{.path = kPath, .interface = kManager, .member = member, .destination = kService};
    dbus::set_body(message, arguments);
    return message;
}

Client::Reply Client::to_reply(const dbus::Message& message) {
    Reply reply{.sender = message.sender, .values = dbus::decode_body(message)};
    if (message.type != dbus::MessageType::Error) return reply;
    reply.error = message.error_name.empty() ? "unknown error" : message.error_name;
    reply.error_text = reply.values.empty() ? reply.error : reply.values.front().text;
    return reply;
}

Client::Reply Client::wait_for_reply(std::uint32_t serial) {
    for (;;)
        if (const auto message = connection_.receive(); message.reply_serial == serial)
            return to_reply(message);
}

Client::Reply Client::ask(const char* member, const std::vector<dbus::Value>& arguments) {
    return wait_for_reply(connection_.send(call(member, arguments)));
}

const Client::About& Client::about() {
    if (about_) return *about_;
    // Asked together: answers come in the order of the questions.
    const auto version = connection_.send(get_property("Version"));
    const auto control_group = connection_.send(get_property("ControlGroup"));
    About about;
    about.version = parse_version(text_of_variant(wait_for_reply(version).values));
    about.control_group = text_of_variant(wait_for_reply(control_group).values);
    if (about.control_group == "/") about.control_group.clear();
    about_ = about;
    return *about_;
}

// JobRemoved may overtake the reply that says which job is ours.
Client::Job Client::run_job(dbus::Message message, std::vector<int> fds) {
    const auto serial = connection_.send(std::move(message), std::move(fds));
    Job job;
    std::string path;
    std::map<std::string, std::string> results;  // of jobs of the same sender as the reply
    std::vector<dbus::Message> early;
    const auto note = [&](const dbus::Message& signal) {
        // On a bus anybody may send us a signal.
        if (signal.sender != job.reply.sender) return;
        const auto values = dbus::decode_body(signal);
        if (signal.signature == "uoss") results[values[1].text] = values[3].text;
    };
    for (;;) {
        auto received = connection_.receive();
        if (received.reply_serial == serial) {
            job.reply = to_reply(received);
            if (!job.reply.error.empty()) return job;
            if (received.signature != "o") throw Error("systemd's answer names no job");
            path = job.reply.values.front().text;
            for (const auto& signal : early)
                note(signal);
        } else if (received.is_signal(kManager, "JobRemoved")) {
            if (path.empty())
                early.push_back(std::move(received));
            else
                note(received);
        }
        if (const auto found = results.find(path); !path.empty() && found != results.end()) {
            job.result = found->second;
            return job;
        }
    }
}

Client::Job Client::start_job(const std::string& name, const Properties& properties, pid_t pid,
                              const sys::UniqueFd& pidfd) {
    auto all = properties;
    std::vector<int> fds;
    if (pidfd && about().version >= kPidfds) {
        all.push_back({"PIDFDs", dbus::array("h", {{.type = "h", .number = 0}})});
        fds.push_back(pidfd.get());
    } else if (pid != 0) {
        all.push_back({"PIDs", dbus::array("u", {dbus::uint32(static_cast<std::uint32_t>(pid))})});
    }
    return run_job(call("StartTransientUnit", {dbus::string(name), dbus::string("replace"), to_value(all),
                                               dbus::array("(sa(sv))", {})}),
                   std::move(fds));
}

void Client::start_unit(const std::string& name, const Properties& properties, pid_t pid,
                        const sys::UniqueFd& pidfd) {
    may_have_started_ = true;
    try {
        std::int64_t pause = kFirstPauseMs;
        for (int attempt = 1;; ++attempt) {
            const auto job = start_job(name, properties, pid, pidfd);
            if (job.result == "done") return;
            if (!job.result.empty())
                throw Error(fmt::format("error creating systemd unit `{}`: got `{}`", name, job.result));
            if (job.reply.error != kUnitExists || attempt == kStartAttempts) {
                // It is not ours to stop.
                may_have_started_ = false;
                throw Error(fmt::format("unable to start unit {}: {}", quoted(name), job.reply.error_text));
            }
            // What is left of an earlier one: failed, or about to be forgotten.
            ask("ResetFailedUnit", {dbus::string(name)});
            if (attempt == 1) continue;
            sys::sleep_ms(pause);
            pause *= 2;
        }
    } catch (Error& error) {
        if (error.code() == ETIMEDOUT)
            error.add_context(fmt::format("Timeout waiting for systemd to create {}", name));
        throw;
    }
}

void Client::stop_unit(const std::string& name) {
    try {
        const auto job = run_job(call("StopUnit", {dbus::string(name), dbus::string("replace")}), {});
        if (job.reply.error == kNoSuchUnit) return;
        if (!job.reply.error.empty())
            throw Error(fmt::format("unable to stop unit {}: {}", quoted(name), job.reply.error_text));
        if (job.result != "done") log::warning("error removing unit `{}`: got `{}`", name, job.result);
        // One that failed stays in `systemctl list-units --failed` otherwise.
        ask("ResetFailedUnit", {dbus::string(name)});
    } catch (Error& error) {
        if (error.code() == ETIMEDOUT)
            error.add_context(fmt::format("Timed out while waiting for systemd to remove {}", name));
        throw;
    }
}

void Client::stop_unit_later(const std::string& name) noexcept {
    for (const auto* member : {"StopUnit", "ResetFailedUnit"}) {
        std::vector<dbus::Value> arguments{dbus::string(name)};
        if (std::string_view(member) == "StopUnit") arguments.push_back(dbus::string("replace"));
        auto message = call(member, arguments);
        message.wants_reply = false;
        connection_.send(std::move(message));
    }
    connection_.flush();
}

void Client::set_properties(const std::string& name, const Properties& properties) {
    if (properties.empty()) return;
    const auto reply =
        ask("SetUnitProperties", {dbus::string(name), dbus::boolean(true), to_value(properties)});
    if (!reply.error.empty())
        throw Error(fmt::format("unable to set unit properties of {}: {}", quoted(name), reply.error_text));
}

void Client::attach_process(const std::string& name, const std::string& subgroup, pid_t pid) {
    const auto reply =
        ask("AttachProcessesToUnit", {dbus::string(name), dbus::string(subgroup),
                                      dbus::array("u", {dbus::uint32(static_cast<std::uint32_t>(pid))})});
    if (!reply.error.empty())
        throw Error(
            fmt::format("unable to attach process {} to unit {}: {}", pid, quoted(name), reply.error_text));
}

}  // namespace runcxx::cgroups::systemd
