// SPDX-License-Identifier: Apache-2.0
// The service manager of tests/fake_systemd in the place of the host's, for the test's own mount namespace only.
#pragma once

#include <signal.h>

#include <memory>
#include <string>
#include <vector>

#include "support/process.h"
#include "support/sandbox.h"

namespace runcxx::tests {

class FakeSystemd {
public:
    enum class Reach { Private, Bus };  // by which socket
    // `options` as in tests/fake_systemd/main.cpp.
    explicit FakeSystemd(std::vector<std::string> options = {}, Reach reach = Reach::Private);
    ~FakeSystemd();
    FakeSystemd(const FakeSystemd&) = delete;
    FakeSystemd& operator=(const FakeSystemd&) = delete;

    // Names of the calls so far, in order.
    std::vector<std::string> calls() const;
    // All lines so far: a call with its arguments, and its properties ("  MemoryMax t 4096").
    std::string log() const;
    // Where a unit is, below each hierarchy.
    std::string place(const std::string& slice, const std::string& unit) const;
    void stop_answering() const { process_->signal(SIGSTOP); }

    // Global options for Runtime, with the environment of this manager.
    Options options(double timeout_seconds = 20) const;

private:
    std::unique_ptr<TempDir> temp_;
    bool made_directory_ = false;
    std::unique_ptr<Process> process_;
};

// All cgroups of that name, in whatever hierarchy.
std::vector<std::string> cgroups_named(const std::string& name);

}  // namespace runcxx::tests
