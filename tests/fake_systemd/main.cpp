// SPDX-License-Identifier: Apache-2.0
// A service manager for tests: listens on a socket as systemd's own one or as a message bus, starts and stops transient
// units by making and removing their cgroups, and writes down what it was asked. With options it is out of order.
//
//   fake_systemd SOCKET LOG [--bus] [--version V] [--control-group PATH] [--silent-at MEMBER] [--slow MS] [--garbage]
//                [--result RESULT] [--exists N] [--property-error TEXT]
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/error.h"
#include "dbus/message.h"

namespace fs = std::filesystem;
using namespace runcxx;
using dbus::Message;
using dbus::MessageType;
using dbus::Value;

namespace {

constexpr auto kManager = "org.freedesktop.systemd1.Manager";
constexpr auto kPath = "/org/freedesktop/systemd1";

struct Options {
    std::string socket, log;
    bool is_bus = false, garbage = false;
    std::string version = "257.1-fake", control_group, silent_at, result = "done", property_error;
    int slow_ms = 0;
    int exists = 0;  // how many starts are answered by UnitExists
};

struct Unit {
    std::vector<fs::path> cgroups;
};

std::string text_of(const Value& value) {
    if (value.type == "s" || value.type == "o") return '"' + value.text + '"';
    if (value.type == "b") return value.number != 0 ? "true" : "false";
    if (value.items.empty() && value.type.front() != 'a') return std::to_string(value.number);
    std::string all;
    for (const auto& item : value.items)
        all += (all.empty() ? "" : ", ") + text_of(item);
    if (value.type == "v") return all;
    return value.type.front() == '(' ? "(" + all + ")" : "[" + all + "]";
}

bool write_text(const fs::path& file, const std::string& text) {
    const int fd = open(file.c_str(), O_WRONLY | O_CLOEXEC);
    if (fd < 0) return false;
    const bool done = write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
    close(fd);
    return done;
}

std::string read_text(const fs::path& file) {
    std::ifstream in(file);
    return {std::istreambuf_iterator<char>(in), {}};
}

// The hierarchies that systemd uses: the one of cgroup v2, or some of v1.
std::vector<fs::path> hierarchies() {
    const fs::path root = "/sys/fs/cgroup";
    if (fs::exists(root / "cgroup.controllers") || fs::exists(root / "cgroup.procs")) return {root};
    std::vector<fs::path> all;
    for (const auto* name : {"systemd", "unified", "cpu", "cpuacct", "memory", "pids", "devices", "blkio"})
        if (fs::exists(root / name / "cgroup.procs")) all.push_back(root / name);
    return all;
}

fs::path place_of(const std::string& slice, const std::string& unit) {
    std::string path, prefix;
    const auto name = slice.substr(0, slice.size() - std::strlen(".slice"));
    for (std::size_t begin = 0; name != "-" && begin <= name.size();) {
        const auto end = std::min(name.find('-', begin), name.size());
        prefix += (prefix.empty() ? "" : "-") + name.substr(begin, end - begin);
        path += prefix + ".slice/";
        begin = end + 1;
    }
    return path + unit;
}

void remove_below(const fs::path& cgroup) {
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(cgroup, ignored))
        if (entry.is_directory(ignored)) remove_below(entry.path());
    rmdir(cgroup.c_str());
}

class Manager {
public:
    explicit Manager(Options options) : options_(std::move(options)), log_(options_.log, std::ios::app) {}
    ~Manager() {
        for (const auto& [name, unit] : units_)
            remove_cgroups(unit);
        for (auto made = slices_.rbegin(); made != slices_.rend(); ++made)
            rmdir(made->c_str());
    }

    // What is to be sent back.
    std::vector<Message> handle(const Message& call, const std::vector<int>& fds) {
        note(call);
        if (call.member == options_.silent_at) return {};
        if (options_.slow_ms > 0) usleep(static_cast<useconds_t>(options_.slow_ms) * 1000);
        fds_ = &fds;
        try {
            return answer(call);
        } catch (const Error& error) {
            return {refusal(call, "org.freedesktop.DBus.Error.InvalidArgs", error.message())};
        }
    }

    // Scopes end with their last process.
    std::vector<Message> collect() {
        std::vector<Message> signals;
        for (auto unit = units_.begin(); unit != units_.end();) {
            if (!is_empty(unit->second)) {
                ++unit;
                continue;
            }
            remove_cgroups(unit->second);
            signals.push_back(signal("UnitRemoved", {dbus::string(unit->first), path_value("/unit")}));
            unit = units_.erase(unit);
        }
        return signals;
    }

private:
    void note(const Message& call) {
        log_ << call.member;
        const auto values = dbus::decode_body(call);
        for (const auto& value : values)
            if (value.type != "a(sv)") log_ << ' ' << text_of(value);
        log_ << '\n';
        for (const auto& value : values) {
            if (value.type != "a(sv)") continue;
            for (const auto& property : value.items)
                log_ << "  " << property.items[0].text << ' ' << property.items[1].items.front().type << ' '
                     << text_of(property.items[1]) << '\n';
        }
        log_.flush();
    }

    std::vector<Message> answer(const Message& call) {
        const auto arguments = dbus::decode_body(call);
        if (call.member == "Hello") return {reply(call, {dbus::string(":1.7")})};
        if (call.member == "AddMatch") return {};
        if (call.member == "Get") {
            const auto& name = arguments.at(1).text;
            return {reply(call, {dbus::variant(dbus::string(name == "Version" ? options_.version
                                                                              : options_.control_group))})};
        }
        if (call.member == "StartTransientUnit") return start(call, arguments);
        if (call.member == "StopUnit") return stop(call, arguments.at(0).text);
        if (call.member == "ResetFailedUnit") return {reply(call, {})};
        if (call.member == "SetUnitProperties") {
            if (!options_.property_error.empty())
                return {refusal(call, "org.freedesktop.DBus.Error.InvalidArgs", options_.property_error)};
            return {reply(call, {})};
        }
        if (call.member == "AttachProcessesToUnit") return attach(call, arguments);
        return {refusal(call, "org.freedesktop.DBus.Error.UnknownMethod", "Unknown method " + call.member)};
    }

    std::vector<Message> start(const Message& call, const std::vector<Value>& arguments) {
        const auto& name = arguments.at(0).text;
        if (options_.exists > 0) {
            --options_.exists;
            return {refusal(call, "org.freedesktop.systemd1.UnitExists",
                            "Unit " + name + " was already loaded or has a fragment file.")};
        }
        std::string slice = "system.slice";
        std::vector<pid_t> pids;
        for (const auto& property : arguments.at(2).items) {
            const auto& value = property.items[1].items.front();
            if (property.items[0].text == "Slice") slice = value.text;
            if (property.items[0].text == "PIDs")
                for (const auto& item : value.items)
                    pids.push_back(static_cast<pid_t>(item.number));
            if (property.items[0].text == "PIDFDs")
                for (const auto& item : value.items)
                    pids.push_back(pid_of(fds_->at(item.number)));
        }
        const bool is_slice = name.ends_with(".slice");
        if (pids.empty() && !is_slice) throw Error("Scope has no PIDs. Refusing.");
        if (options_.result == "done")
            make_cgroups(name, is_slice ? place_of(name, "") : place_of(slice, name), pids);
        return finish_job(call, name, options_.result);
    }

    std::vector<Message> stop(const Message& call, const std::string& name) {
        const auto unit = units_.find(name);
        if (unit == units_.end())
            return {refusal(call, "org.freedesktop.systemd1.NoSuchUnit", "Unit " + name + " not loaded.")};
        remove_cgroups(unit->second);
        units_.erase(unit);
        return finish_job(call, name, "done");
    }

    std::vector<Message> attach(const Message& call, const std::vector<Value>& arguments) {
        const auto unit = units_.find(arguments.at(0).text);
        if (unit == units_.end())
            return {refusal(call, "org.freedesktop.systemd1.NoSuchUnit", "no such unit")};
        for (const auto& cgroup : unit->second.cgroups)
            for (const auto& pid : arguments.at(2).items)
                write_text(cgroup / arguments.at(1).text.substr(1) / "cgroup.procs",
                           std::to_string(pid.number));
        return {reply(call, {})};
    }

    // Others' jobs end all the time.
    std::vector<Message> finish_job(const Message& call, const std::string& unit, const std::string& result) {
        const auto job = ++last_job_;
        const auto path = std::string(kPath) + "/job/" + std::to_string(job);
        const auto removed = [&](const std::string& its_path, const std::string& its_result) {
            return signal("JobRemoved", {dbus::uint32(job), path_value(its_path), dbus::string(unit),
                                         dbus::string(its_result)});
        };
        return {removed(std::string(kPath) + "/job/999", "failed"), reply(call, {path_value(path)}),
                signal("UnitNew", {dbus::string(unit), path_value("/unit")}), removed(path, result)};
    }

    void make_cgroups(const std::string& name, const fs::path& place, const std::vector<pid_t>& pids) {
        auto& unit = units_[name];
        for (const auto& hierarchy : hierarchies()) {
            fs::path directory = hierarchy.string() + options_.control_group;
            for (const auto& part : place) {
                if (part.empty()) continue;
                for (const auto* controller : {"+cpuset", "+cpu", "+io", "+memory", "+pids"})
                    write_text(directory / "cgroup.subtree_control", controller);
                directory /= part;
                if (mkdir(directory.c_str(), 0755) == 0 && part != name) slices_.push_back(directory);
            }
            unit.cgroups.push_back(directory);
            for (const auto pid : pids)
                if (!write_text(directory / "cgroup.procs", std::to_string(pid)))
                    throw Error("Failed to add PID " + std::to_string(pid) + " to " + directory.string());
        }
    }

    static bool is_empty(const Unit& unit) {
        const auto& first = unit.cgroups.front();
        std::error_code ignored;
        if (!first.string().ends_with(".scope")) return false;
        for (const auto& entry : fs::recursive_directory_iterator(first, ignored))
            if (entry.path().filename() == "cgroup.procs" && !read_text(entry.path()).empty()) return false;
        return read_text(first / "cgroup.procs").empty();
    }

    static void remove_cgroups(const Unit& unit) {
        for (const auto& cgroup : unit.cgroups)
            remove_below(cgroup);
    }

    static pid_t pid_of(int pidfd) {
        const auto text = read_text("/proc/self/fdinfo/" + std::to_string(pidfd));
        const auto at = text.find("Pid:\t");
        return at == text.npos ? 0 : std::atoi(text.c_str() + at + 5);
    }

    static Value path_value(const std::string& path) { return {.type = "o", .text = path}; }

    static Message signal(const char* member, const std::vector<Value>& values) {
        Message message{.type = MessageType::Signal,
                        .wants_reply = false,
                        .path = kPath,
                        .interface = kManager,
                        .member = member,
                        .sender = ":1.0"};
        dbus::set_body(message, values);
        return message;
    }
    static Message reply(const Message& call, const std::vector<Value>& values) {
        Message message{.type = MessageType::MethodReturn,
                        .wants_reply = false,
                        .reply_serial = call.serial,
                        .sender = ":1.0"};
        dbus::set_body(message, values);
        return message;
    }
    static Message refusal(const Message& call, const std::string& name, const std::string& text) {
        Message message = reply(call, {dbus::string(text)});
        message.type = MessageType::Error;
        message.error_name = name;
        return message;
    }

    Options options_;
    std::ofstream log_;
    std::map<std::string, Unit> units_;
    std::vector<fs::path> slices_;
    const std::vector<int>* fds_ = nullptr;
    std::uint32_t last_job_ = 0;
};

struct Connection {
    bool is_accepted = false;
    std::string incoming;
    std::vector<int> fds;
    std::uint32_t serial = 0;
};

void send_all(int fd, const std::string& data) {
    for (std::size_t done = 0; done < data.size();) {
        const auto sent = send(fd, data.data() + done, data.size() - done, MSG_NOSIGNAL);
        if (sent <= 0) return;
        done += static_cast<std::size_t>(sent);
    }
}

bool receive(int fd, Connection& connection) {
    char data[65536];
    alignas(cmsghdr) char control[CMSG_SPACE(16 * sizeof(int))];
    iovec body{data, sizeof data};
    msghdr message{};
    message.msg_iov = &body;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    const auto size = recvmsg(fd, &message, MSG_CMSG_CLOEXEC);
    if (size <= 0) return false;
    connection.incoming.append(data, static_cast<std::size_t>(size));
    for (auto* header = CMSG_FIRSTHDR(&message); header; header = CMSG_NXTHDR(&message, header)) {
        const auto count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (std::size_t i = 0; i < count; ++i) {
            int passed = -1;
            std::memcpy(&passed, CMSG_DATA(header) + i * sizeof(int), sizeof passed);
            connection.fds.push_back(passed);
        }
    }
    return true;
}

void accept_user(int fd, Connection& connection, const Options& options) {
    const auto end = connection.incoming.find("BEGIN\r\n");
    if (end == std::string::npos) return;
    const auto expected = std::string(1, '\0') + "AUTH EXTERNAL ";
    if (!connection.incoming.starts_with(expected)) return send_all(fd, "REJECTED EXTERNAL\r\n");
    connection.is_accepted = true;
    connection.incoming.erase(0, end + 7);
    if (options.silent_at != "AUTH") send_all(fd, "OK 0123456789abcdef0123456789abcdef\r\nAGREE_UNIX_FD\r\n");
}

void send_messages(int fd, Connection& connection, std::vector<Message> messages) {
    for (auto& message : messages) {
        message.serial = ++connection.serial;
        send_all(fd, dbus::encode(message));
    }
}

int listen_on(const std::string& path) {
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
    unlink(path.c_str());
    if (bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) < 0 || listen(fd, 64) < 0) {
        std::perror(path.c_str());
        std::exit(1);
    }
    return fd;
}

Options parse(int argc, char** argv) {
    Options options;
    options.socket = argv[1];
    options.log = argv[2];
    for (int i = 3; i < argc; ++i) {
        const std::string name = argv[i];
        const auto value = [&] { return std::string(++i < argc ? argv[i] : ""); };
        if (name == "--bus") options.is_bus = true;
        if (name == "--garbage") options.garbage = true;
        if (name == "--version") options.version = value();
        if (name == "--control-group") options.control_group = value();
        if (name == "--silent-at") options.silent_at = value();
        if (name == "--result") options.result = value();
        if (name == "--property-error") options.property_error = value();
        if (name == "--slow") options.slow_ms = std::atoi(value().c_str());
        if (name == "--exists") options.exists = std::atoi(value().c_str());
    }
    return options;
}

volatile sig_atomic_t stopped = 0;

}  // namespace

int main(int argc, char** argv) {
    if (argc < 3) return 2;
    const auto options = parse(argc, argv);
    signal(SIGTERM, [](int) { stopped = 1; });
    const int listener = listen_on(options.socket);
    Manager manager(options);
    std::map<int, Connection> connections;
    while (!stopped) {
        std::vector<pollfd> entries{{listener, POLLIN, 0}};
        for (const auto& [fd, connection] : connections)
            entries.push_back({fd, POLLIN, 0});
        poll(entries.data(), entries.size(), 20);
        for (const auto& entry : entries) {
            if (entry.revents == 0) continue;
            if (entry.fd == listener) {
                connections[accept4(listener, nullptr, nullptr, SOCK_CLOEXEC)];
                continue;
            }
            auto& connection = connections[entry.fd];
            if (!receive(entry.fd, connection)) {
                close(entry.fd);
                connections.erase(entry.fd);
                continue;
            }
            if (!connection.is_accepted) accept_user(entry.fd, connection, options);
            if (!connection.is_accepted) continue;
            if (options.garbage) send_all(entry.fd, "HTTP/1.1 400 Bad Request\r\n\r\n");
            while (const auto message = dbus::take_message(connection.incoming)) {
                send_messages(entry.fd, connection, manager.handle(*message, connection.fds));
                for (const int passed : connection.fds)
                    close(passed);
                connection.fds.clear();
            }
        }
        for (const auto& signal : manager.collect())
            for (auto& [fd, connection] : connections)
                if (connection.is_accepted) send_messages(fd, connection, {signal});
    }
    return 0;
}
