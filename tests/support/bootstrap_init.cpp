// SPDX-License-Identifier: Apache-2.0
#include "support/bootstrap_init.h"

#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "support/sandbox.h"

namespace runcxx::tests::bootstrap {

Init::Init(const std::string& sent, const Setup& setup) : errors_(memory_file("stderr")) {
    int init[2], sync[2];
    REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, init) == 0);
    REQUIRE(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sync) == 0);
    socket_ = Fd(init[0]);
    sync_ = Fd(sync[0]);
    Fd init_end(init[1]), sync_end(sync[1]);
    Pipe log = make_pipe();
    log_ = std::move(log.read_end);
    Fd fifo(open("/dev/null", O_PATH | O_CLOEXEC));
    spawn(setup, {init_end.get(), log.write_end.get(), sync_end.get(), fifo.get()});
    init_end.reset();
    sync_end.reset();
    log.write_end.reset();

    // A process that fails early closes its end: EPIPE is part of the game.
    for (size_t done = 0; done < sent.size();) {
        const ssize_t size = send(socket_.get(), sent.data() + done, sent.size() - done, MSG_NOSIGNAL);
        if (size <= 0) break;
        done += static_cast<size_t>(size);
    }
    if (setup.close_early) shutdown(socket_.get(), SHUT_WR);
    if (setup.after_spawn) setup.after_spawn();
    read_report();
}

bool Init::settled() const {
    return reported() && wait_until([&] {
               const auto name = try_read_file("/proc/" + std::to_string(stage2_) + "/comm");
               return name && name->find("2:INIT") != std::string::npos;
           });
}

void Init::finish() {
    if (finished_) return;
    finished_ = true;
    socket_.reset();
    sync_.reset();
    const bool all_gone = wait_until([&] { return reap(); }, 5);
    for (const pid_t pid : {spawned_, stage1_, stage2_})
        if (!all_gone && pid > 1 && statuses_.count(pid) == 0 && kill(pid, SIGKILL) == 0)
            waitpid(pid, &statuses_[pid], 0);
    hung_ = !all_gone;
    char chunk[4096];
    for (ssize_t size; (size = read(log_.get(), chunk, sizeof(chunk))) > 0;)
        records_.append(chunk, static_cast<size_t>(size));
}

int Init::exit_code(pid_t pid) const {
    const auto found = statuses_.find(pid);
    if (found == statuses_.end()) return -1;
    return WIFSIGNALED(found->second) ? 128 + WTERMSIG(found->second) : WEXITSTATUS(found->second);
}

std::vector<std::string> Init::messages(const std::string& level) const {
    std::vector<std::string> result;
    for (size_t at = 0; at < records_.size();) {
        const size_t end = records_.find('\n', at);
        REQUIRE(end != std::string::npos);
        const json record = json::parse(records_.substr(at, end - at));
        if (record.at("level") == level) result.push_back(record.at("msg"));
        at = end + 1;
    }
    return result;
}

bool Init::reap() {
    int status = 0;
    pid_t pid;
    if (!reported()) {
        while ((pid = waitpid(-1, &status, WNOHANG | __WALL)) > 0)
            statuses_[pid] = status;
        return pid < 0;
    }
    bool all_gone = true;
    for (const pid_t known : {spawned_, stage1_, stage2_}) {
        if (statuses_.count(known) > 0) continue;
        pid = waitpid(known, &status, WNOHANG | __WALL);
        if (pid > 0) statuses_[pid] = status;
        if (pid == 0) all_gone = false;
    }
    return all_gone;
}

void Init::spawn(const Setup& setup, const std::array<int, 4>& fds) {
    std::vector<std::string> arguments = setup.arguments;
    arguments.insert(arguments.begin(), runtime_identity().path);
    std::vector<std::string> env = {
        "_LIBCONTAINER_INITPIPE=3",        "_LIBCONTAINER_LOGPIPE=4",
        "_LIBCONTAINER_SYNCPIPE=5",        "_LIBCONTAINER_FIFOFD=6",
        "_LIBCONTAINER_INITTYPE=standard", "_LIBCONTAINER_LOGLEVEL=" + std::to_string(setup.log_level)};
    for (const std::string& change : setup.env) {
        const std::string name = change.substr(0, change.find('='));
        env.erase(std::remove_if(env.begin(), env.end(),
                                 [&](const std::string& entry) { return entry.rfind(name + "=", 0) == 0; }),
                  env.end());
        if (change != name) env.push_back(change);
    }
    std::vector<char*> argv, envp;
    for (std::string& argument : arguments)
        argv.push_back(argument.data());
    for (std::string& entry : env)
        envp.push_back(entry.data());
    argv.push_back(nullptr);
    envp.push_back(nullptr);

    spawned_ = static_cast<pid_t>(syscall(SYS_clone, setup.spawn_flags | SIGCHLD, 0, 0, 0, 0));
    REQUIRE(spawned_ >= 0);
    if (spawned_ > 0) return;
    // Move everything high first: a source may sit on another's target number.
    int targets[] = {
        open("/dev/null", O_RDONLY), errors_.get(), errors_.get(), fds[0], fds[1], fds[2], fds[3]};
    for (int& fd : targets)
        fd = fcntl(fd, F_DUPFD_CLOEXEC, 600);
    for (int i = 0; i < 7; i++)
        dup2(targets[i], i);
    if (setup.in_child) setup.in_child();
    execve(argv[0], argv.data(), envp.data());
    _exit(125);
}

void Init::read_report() {
    std::string line;
    char byte = 0;
    while (byte != '\n') {
        pollfd ready{socket_.get(), POLLIN, 0};
        if (poll(&ready, 1, 10'000) <= 0) break;
        if (recv(socket_.get(), &byte, 1, 0) <= 0) return;
        // runc before 1.2 sends one NUL before it reads, to say that it runs from its own copy.
        if (byte != '\0' || is_runcxx()) line += byte;
    }
    INFO("report: " << line);
    // Byte for byte: that is what runc writes.
    int length = 0;
    REQUIRE(sscanf(line.c_str(), "{\"stage1_pid\":%d,\"stage2_pid\":%d}\n%n", &stage1_, &stage2_, &length) ==
            2);
    CHECK(static_cast<size_t>(length) == line.size());
}

void check_fails(Init& init, const std::string& reason) {
    init.finish();
    INFO("records: " << init.records() << "stderr: " << init.errors());
    CHECK_FALSE(init.hung());
    CHECK_FALSE(init.reported());
    CHECK(init.exit_code() == 1);
    const auto fatal = init.messages("fatal");
    CHECK(fatal.size() == 1);
    if (!fatal.empty()) CHECK_THAT(fatal.back(), HasText(reason));
}

void check_fails(const std::string& sent, const std::string& reason) {
    Init init(sent);
    check_fails(init, reason);
}

void become_user() {
    if (setgroups(0, nullptr) < 0 || setresgid(1000, 1000, 1000) < 0 || setresuid(1000, 1000, 1000) < 0)
        _exit(124);
}

std::string status_line(pid_t pid, const std::string& key) {
    const std::string status = read_file("/proc/" + std::to_string(pid) + "/status");
    const size_t at = status.find("\n" + key + ":\t");
    if (at == std::string::npos) return "";
    const size_t start = at + key.size() + 3;
    return status.substr(start, status.find('\n', start) - start);
}

std::string squeezed(const std::string& words) {
    std::string result;
    for (const char c : words) {
        const bool blank = c == ' ' || c == '\t' || c == '\n';
        if (!blank)
            result += c;
        else if (!result.empty() && result.back() != ' ')
            result += ' ';
    }
    return result;
}

}  // namespace runcxx::tests::bootstrap
