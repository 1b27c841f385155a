// SPDX-License-Identifier: Apache-2.0
// Tests of `exec`: a Sandbox with the calls that they are made of.
#pragma once

#include <string>
#include <vector>

#include "support/sandbox.h"

namespace runcxx::tests {

class ExecSandbox : public Sandbox {
public:
    // `exec FLAGS ID COMMAND`.
    Result exec(const std::string& id, const std::vector<std::string>& command,
                const std::vector<std::string>& flags = {}, const Options& options = {});
    Process spawn_exec(const std::string& id, const std::vector<std::string>& command,
                       const std::vector<std::string>& flags = {}, const Options& options = {});
    // The probe's facts; requires exit 0.
    json exec_probe(const std::string& id, std::vector<std::string> verbs,
                    const std::vector<std::string>& flags = {}, const Options& options = {});

    // A process object as engines send it: the probe with these verbs, at "/".
    static json process_object(const std::vector<std::string>& verbs);
    // `exec --process FILE ID`, with the object in a file.
    Result exec_process(const std::string& id, const json& process,
                        const std::vector<std::string>& flags = {}, const Options& options = {});
    json probe_process(const std::string& id, const json& process, const std::vector<std::string>& flags = {},
                       const Options& options = {});

    // `exec --detach`, which must succeed: the pid of the process, by the pid file. It is our child.
    pid_t exec_detached(const std::string& id, const std::vector<std::string>& command,
                        std::vector<std::string> flags = {}, const Options& options = {});
    // Its end, which must come: exit code, or 128 + signal.
    static int wait_for(pid_t pid, double seconds = 15);
};

}  // namespace runcxx::tests

#define EXEC_TEST(name, tags) TEST_CASE_METHOD(::runcxx::tests::ExecSandbox, name, tags)
