// SPDX-License-Identifier: Apache-2.0
#include "support/sandbox.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>

namespace fs = std::filesystem;

namespace runcxx::tests {

namespace {

int next_number = 0;

int code_of(int status) {
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

}  // namespace

Sandbox::Sandbox() : before_(HostSnapshot::take()), temp_(std::make_unique<TempDir>()) {
    fs::create_directory(state_root());
}

Sandbox::~Sandbox() {
    std::vector<std::string> problems;
    for (auto& entry : ids_) {
        if (!fs::exists(state_root() / entry.id)) continue;
        Result result = call({"delete", "--force", entry.id});
        if (!result.ok())
            problems.push_back("delete --force " + entry.id + ": " + describe(result));
        else if (fs::exists(state_root() / entry.id))
            problems.push_back("delete --force " + entry.id + " left its state directory behind");
    }
    // What dies because its pid namespace died needs a moment to become a zombie of ours.
    wait_until(
        [&] {
            reap();
            HostSnapshot now = HostSnapshot::take();
            return now.children == before_.children && now.cgroups.size() <= before_.cgroups.size();
        },
        1);
    for (auto& entry : ids_) {
        entry.out.reset();
        entry.err.reset();
    }
    std::error_code missing_root;
    for (const auto& entry : fs::directory_iterator(state_root(), missing_root))
        problems.push_back("left behind: state: " + entry.path().filename().string());
    ids_.clear();
    bundles_.clear();
    temp_.reset();
    auto changes = HostSnapshot::take().changes_since(before_);
    problems.insert(problems.end(), changes.begin(), changes.end());
    problems.insert(problems.end(), unexpected_.begin(), unexpected_.end());
    if (problems.empty()) return;
    std::string text = "host snapshot:";
    for (const auto& problem : problems)
        text += "\n  " + problem;
    FAIL_CHECK(text);
    clean_host(before_);
}

Bundle& Sandbox::bundle() {
    Bundle& made = bundles_.emplace_back(*temp_ / ("bundle" + std::to_string(bundles_.size())));
    return geteuid() == 0 ? made : made.rootless();
}

std::string Sandbox::id() {
    Tracked entry;
    entry.id = "c" + own_name() + "x" + std::to_string(++next_number);
    ids_.push_back(std::move(entry));
    return ids_.back().id;
}

Result Sandbox::call(const std::vector<std::string>& arguments, const Options& options) {
    Result result = runtime().call(arguments, options);
    if (result.timed_out) FAIL_CHECK("the runtime hung: " + arguments.front() + "\n" + describe(result));
    return result;
}

Sandbox::Tracked& Sandbox::tracked(const std::string& id) {
    for (auto& entry : ids_)
        if (entry.id == id) return entry;
    ids_.emplace_back().id = id;
    return ids_.back();
}

const Sandbox::Tracked& Sandbox::tracked(const std::string& id) const {
    return const_cast<Sandbox*>(this)->tracked(id);
}

Process Sandbox::spawn_run(Bundle& bundle, std::vector<std::string> flags, const Options& options) {
    bundle.save();
    std::vector<std::string> arguments = {"run", "--bundle", bundle.dir()};
    arguments.insert(arguments.end(), flags.begin(), flags.end());
    arguments.push_back(id());
    return runtime().spawn(arguments, options);
}

Result Sandbox::run(Bundle& bundle, std::vector<std::string> flags, const Options& options) {
    Result result = spawn_run(bundle, std::move(flags), options).wait();
    if (result.timed_out) FAIL_CHECK("run hung\n" + describe(result));
    return result;
}

json Sandbox::probe(Bundle& bundle, std::vector<std::string> verbs, std::vector<std::string> flags,
                    const Options& options) {
    bundle.probe(std::move(verbs));
    Result result = run(bundle, std::move(flags), options);
    INFO(describe(result));
    REQUIRE(result.exit_code == 0);
    json facts = json::parse(result.out, nullptr, false);
    REQUIRE_FALSE(facts.is_discarded());
    return facts;
}

Result Sandbox::detached(const char* verb, Bundle& bundle, std::vector<std::string> flags,
                         const Options& options) {
    bundle.save();
    std::string name = id();
    Tracked& entry = tracked(name);
    entry.pid_file = temp(name + ".pid");
    entry.out = std::make_unique<Fd>(memory_file("container-stdout"));
    entry.err = std::make_unique<Fd>(memory_file("container-stderr"));
    Options inner = options;
    if (inner.stdout_fd < 0) inner.stdout_fd = entry.out->get();
    if (inner.stderr_fd < 0) inner.stderr_fd = entry.err->get();
    std::vector<std::string> arguments = {verb, "--bundle", bundle.dir(), "--pid-file", entry.pid_file};
    if (std::string(verb) == "run") arguments.push_back("--detach");
    arguments.insert(arguments.end(), flags.begin(), flags.end());
    arguments.push_back(name);
    Result result = runtime().call(arguments, inner);
    result.out = read_back(*entry.out);
    result.err = read_back(*entry.err);
    if (result.timed_out) FAIL_CHECK(std::string(verb) + " hung\n" + describe(result));
    return result;
}

Result Sandbox::try_create(Bundle& bundle, std::vector<std::string> flags, const Options& options) {
    return detached("create", bundle, std::move(flags), options);
}

Result Sandbox::try_run_detached(Bundle& bundle, std::vector<std::string> flags, const Options& options) {
    return detached("run", bundle, std::move(flags), options);
}

std::string Sandbox::create(Bundle& bundle, std::vector<std::string> flags, const Options& options) {
    REQUIRE_OK(try_create(bundle, std::move(flags), options));
    return last_id();
}

std::string Sandbox::run_detached(Bundle& bundle, std::vector<std::string> flags, const Options& options) {
    REQUIRE_OK(try_run_detached(bundle, std::move(flags), options));
    return last_id();
}

Result Sandbox::restore(const std::string& id, Bundle& bundle, std::vector<std::string> flags,
                        const Options& options) {
    Tracked& entry = tracked(id);
    if (fs::exists(entry.pid_file)) {
        wait_exit(id);
        fs::remove(entry.pid_file);
    }
    entry.exit_code.reset();
    entry.pid_file = temp(id + ".pid");
    bundle.save();
    std::vector<std::string> arguments = {"restore",  "--bundle",   bundle.dir(),
                                          "--detach", "--pid-file", entry.pid_file};
    arguments.insert(arguments.end(), flags.begin(), flags.end());
    arguments.push_back(id);
    return call(arguments, options);
}

void Sandbox::start(const std::string& id) {
    REQUIRE_OK(call({"start", id}));
}

int Sandbox::wait_exit(const std::string& id, double seconds) {
    Tracked& entry = tracked(id);
    if (entry.exit_code) return *entry.exit_code;
    pid_t pid = init_pid(id);
    int status = 0;
    bool ended = wait_until([&] { return waitpid(pid, &status, WNOHANG) != 0; }, seconds);
    if (!ended) {
        FAIL_CHECK("init of " + id + " did not end");
        return -1;
    }
    entry.exit_code = code_of(status);
    return *entry.exit_code;
}

void Sandbox::kill(const std::string& id, const std::string& signal) {
    REQUIRE_OK(call({"kill", id, signal}));
}

void Sandbox::remove(const std::string& id) {
    REQUIRE_OK(call({"delete", id}));
}

json Sandbox::state(const std::string& id) {
    Result result = call({"state", id});
    INFO(describe(result));
    REQUIRE(result.exit_code == 0);
    return json::parse(result.out);
}

std::string Sandbox::status(const std::string& id) {
    Result result = call({"state", id});
    if (!result.ok()) return "";
    return json::parse(result.out)["status"];
}

pid_t Sandbox::init_pid(const std::string& id) const {
    return static_cast<pid_t>(std::atoi(read_file(tracked(id).pid_file).c_str()));
}

std::string Sandbox::output(const std::string& id) const {
    return read_back(*tracked(id).out);
}

std::string Sandbox::errors(const std::string& id) const {
    return read_back(*tracked(id).err);
}

bool Sandbox::is_known_init(pid_t pid, int status) {
    for (auto& entry : ids_) {
        auto text = entry.pid_file.empty() ? std::nullopt : try_read_file(entry.pid_file);
        if (text && std::atoi(text->c_str()) == pid) {
            entry.exit_code = code_of(status);
            return true;
        }
    }
    return false;
}

void Sandbox::reap() {
    for (;;) {
        int status = 0;
        pid_t pid = waitpid(-1, &status, WNOHANG);
        if (pid <= 0) return;
        if (!is_known_init(pid, status) && !orphans_expected_)
            unexpected_.push_back("an unreaped child came to the subreaper: pid " + std::to_string(pid) +
                                  ", code " + std::to_string(code_of(status)));
    }
}

std::string plain_errors(const Result& result) {
    std::string text;
    for (size_t i = 0; i < result.err.size(); ++i) {
        bool escape = result.err[i] == '\\' && i + 1 < result.err.size();
        if (escape && (result.err[i + 1] == '"' || result.err[i + 1] == '\\')) ++i;
        text += result.err[i];
    }
    return text;
}

std::string describe(const Result& result) {
    return "exit " + std::to_string(result.exit_code) + (result.timed_out ? " (deadline)" : "") + " after " +
           std::to_string(result.seconds) + " s\nstdout: " + result.out + "\nstderr: " + result.err;
}

json mount_at(const json& mounts, const std::string& target) {
    json found;
    for (const auto& entry : mounts)
        if (entry["target"] == target) found = entry;
    return found;
}

bool has_option(const json& mount, const std::string& option) {
    if (mount.is_null()) return false;
    std::string options =
        "," + mount["options"].get<std::string>() + "," + mount["super"].get<std::string>() + ",";
    return options.find("," + option + ",") != std::string::npos;
}

}  // namespace runcxx::tests
