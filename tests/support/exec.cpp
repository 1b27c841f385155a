// SPDX-License-Identifier: Apache-2.0
#include "support/exec.h"

#include <sys/wait.h>

#include <cstdlib>

namespace runcxx::tests {

namespace {

std::vector<std::string> arguments(const std::string& id, const std::vector<std::string>& command,
                                   const std::vector<std::string>& flags) {
    std::vector<std::string> all = {"exec"};
    all.insert(all.end(), flags.begin(), flags.end());
    all.push_back(id);
    all.insert(all.end(), command.begin(), command.end());
    return all;
}

json facts_of(const Result& result) {
    INFO(describe(result));
    REQUIRE(result.exit_code == 0);
    json facts = json::parse(result.out, nullptr, false);
    REQUIRE_FALSE(facts.is_discarded());
    return facts;
}

}  // namespace

Result ExecSandbox::exec(const std::string& id, const std::vector<std::string>& command,
                         const std::vector<std::string>& flags, const Options& options) {
    return call(arguments(id, command, flags), options);
}

Process ExecSandbox::spawn_exec(const std::string& id, const std::vector<std::string>& command,
                                const std::vector<std::string>& flags, const Options& options) {
    return runtime().spawn(arguments(id, command, flags), options);
}

json ExecSandbox::exec_probe(const std::string& id, std::vector<std::string> verbs,
                             const std::vector<std::string>& flags, const Options& options) {
    verbs.insert(verbs.begin(), "/probe");
    return facts_of(exec(id, verbs, flags, options));
}

json ExecSandbox::process_object(const std::vector<std::string>& verbs) {
    json args = {"/probe"};
    for (const auto& verb : verbs)
        args.push_back(verb);
    return {{"args", args}, {"cwd", "/"}, {"user", {{"uid", 0}, {"gid", 0}}}, {"env", {"PATH=/bin"}}};
}

Result ExecSandbox::exec_process(const std::string& id, const json& process,
                                 const std::vector<std::string>& flags, const Options& options) {
    write_file(temp("process.json"), process.dump());
    auto all = flags;
    all.insert(all.end(), {"--process", temp("process.json").string()});
    return exec(id, {}, all, options);
}

json ExecSandbox::probe_process(const std::string& id, const json& process,
                                const std::vector<std::string>& flags, const Options& options) {
    return facts_of(exec_process(id, process, flags, options));
}

pid_t ExecSandbox::exec_detached(const std::string& id, const std::vector<std::string>& command,
                                 std::vector<std::string> flags, const Options& options) {
    static int number = 0;
    const auto pid_file = temp("exec" + std::to_string(++number) + ".pid");
    flags.insert(flags.end(), {"--detach", "--pid-file", pid_file.string()});
    Result result = exec(id, command, flags, options);
    INFO(describe(result));
    REQUIRE(result.exit_code == 0);
    return static_cast<pid_t>(std::atoi(read_file(pid_file).c_str()));
}

int ExecSandbox::wait_for(pid_t pid, double seconds) {
    int status = 0;
    const bool ended = wait_until([&] { return waitpid(pid, &status, WNOHANG) != 0; }, seconds);
    if (!ended) {
        FAIL_CHECK("process " + std::to_string(pid) + " did not end");
        return -1;
    }
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

}  // namespace runcxx::tests
