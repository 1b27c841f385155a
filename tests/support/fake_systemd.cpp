// SPDX-License-Identifier: Apache-2.0
#include "support/fake_systemd.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <unistd.h>

#include <filesystem>
#include <sstream>
#include <stdexcept>

#include "support/fd.h"

namespace fs = std::filesystem;

namespace runcxx::tests {
namespace {

const fs::path kDirectory = "/run/systemd";

std::string program() {
    const char* given = getenv("FAKE_SYSTEMD");
    if (given) return given;
    return (fs::read_symlink("/proc/self/exe").parent_path() / "fake_systemd").string();
}

}  // namespace

FakeSystemd::FakeSystemd(std::vector<std::string> options, Reach reach) : temp_(std::make_unique<TempDir>()) {
    made_directory_ = fs::create_directories(kDirectory);
    if (mount("fake-systemd", kDirectory.c_str(), "tmpfs", 0, "mode=755") < 0)
        throw std::runtime_error("cannot mount on /run/systemd");
    fs::create_directory(kDirectory / "system");
    const auto socket = reach == Reach::Bus ? *temp_ / "bus" : kDirectory / "private";
    std::vector<std::string> command{program(), socket.string(), (*temp_ / "log").string(), "--control-group",
                                     own_cgroup()};
    if (reach == Reach::Bus) command.emplace_back("--bus");
    command.insert(command.end(), options.begin(), options.end());
    process_ = std::make_unique<Process>(command, Options{.deadline = 300});
    if (!wait_until([&] { return fs::exists(socket); }))
        throw std::runtime_error("fake_systemd does not start");
}

FakeSystemd::~FakeSystemd() {
    process_->signal(SIGCONT);
    process_->signal(SIGTERM);
    process_->wait();
    umount2(kDirectory.c_str(), MNT_DETACH);
    // Slices in hierarchies that systemd does not use: their parents are nobody's to remove.
    const auto left = HostSnapshot::take().cgroups;
    for (auto path = left.rbegin(); path != left.rend(); ++path)
        if (path->ends_with(".slice") && path->find(own_cgroup() + "/") != std::string::npos)
            rmdir(path->c_str());
    if (made_directory_) rmdir(kDirectory.c_str());
}

std::string FakeSystemd::log() const {
    const auto file = *temp_ / "log";
    return fs::exists(file) ? read_file(file) : "";
}

std::vector<std::string> FakeSystemd::calls() const {
    std::vector<std::string> names;
    std::istringstream lines(log());
    for (std::string line; std::getline(lines, line);)
        if (!line.starts_with(' ')) names.push_back(line.substr(0, line.find(' ')));
    return names;
}

std::string FakeSystemd::place(const std::string& slice, const std::string& unit) const {
    return own_cgroup() + "/" + slice + "/" + unit;
}

Options FakeSystemd::options(double timeout_seconds) const {
    return {.env = {"RUNCXX_SYSTEMD_TIMEOUT=" + std::to_string(static_cast<int>(timeout_seconds)),
                    "DBUS_SYSTEM_BUS_ADDRESS=unix:path=" + (*temp_ / "bus").string()},
            .global = {"--systemd-cgroup"}};
}

std::vector<std::string> cgroups_named(const std::string& name) {
    std::vector<std::string> found;
    for (const auto& path : HostSnapshot::take().cgroups)
        if (path.ends_with("/" + name)) found.push_back(path);
    return found;
}

}  // namespace runcxx::tests
