// SPDX-License-Identifier: Apache-2.0
// Speaks to `init` directly, with hand-made messages: what the runtime may rely on, and what a stranger gets.
// The messages are put together byte by byte and not by the product's encoder, so that the two can't agree on
// a mistake. Where nothing in a test is ours alone, it also passes against runc, whose wire this is.
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>
#include <functional>
#include <map>
#include <optional>

#include "support/sandbox.h"

using namespace runcxx::tests;
namespace fs = std::filesystem;

namespace {

// ----------------------------------------------------------------------------------------------- messages

std::string bytes_of(const void* data, size_t size) {
    return {static_cast<const char*>(data), size};
}

std::string attribute(uint16_t type, const std::string& payload, std::optional<uint16_t> length = {}) {
    const uint16_t header[2] = {length.value_or(static_cast<uint16_t>(payload.size() + 4)), type};
    std::string result = bytes_of(header, sizeof(header)) + payload;
    result.resize((result.size() + 3) / 4 * 4);
    return result;
}

std::string number(uint16_t type, uint32_t value) {
    return attribute(type, bytes_of(&value, sizeof(value)));
}

std::string text(uint16_t type, const std::string& value) {
    return attribute(type, value + '\0');
}

std::string flags(uint32_t value) {
    return number(27281, value);
}
std::string paths(const std::string& value) {
    return text(27282, value);
}
std::string maps(const std::string& value) {
    return text(27283, value) + text(27284, value);
}

std::string message(const std::string& attributes, uint16_t type = 62000,
                    std::optional<uint32_t> length = {}) {
    const struct {
        uint32_t length;
        uint16_t type, flags;
        uint32_t sequence, pid;
    } header = {length.value_or(static_cast<uint32_t>(attributes.size() + 16)), type, 1, 0, 0};
    return bytes_of(&header, sizeof(header)) + attributes;
}

const char* const kAllNames[] = {"user", "ipc", "uts", "net", "pid", "mnt", "cgroup", "time"};

std::string namespace_of(pid_t pid, const std::string& name) {
    return link_target("/proc/" + std::to_string(pid) + "/ns/" + name);
}

// The values of a line of /proc/PID/status.
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

// ----------------------------------------------------------------------------------------------- the process

// One `init`, spawned as the runtime does it. Whatever a test does, its destructor ends and reaps everything.
class Init {
public:
    struct Setup {
        bool close_early = false;        // no more bytes after the message
        int log_level = 4;               // everything but debug
        unsigned long spawn_flags = 0;   // CLONE_NEW* of the spawn
        std::function<void()> in_child;  // before execve
        std::vector<std::string> env;    // over the usual one; NAME alone removes
        std::vector<std::string> arguments = {"init"};
        std::function<void()> after_spawn;  // before the report is read
    };

    explicit Init(const std::string& sent) : Init(sent, Setup()) {}
    Init(const std::string& sent, const Setup& setup) : errors_(memory_file("stderr")) {
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
    Init(const Init&) = delete;
    Init& operator=(const Init&) = delete;
    ~Init() { finish(); }

    pid_t spawned() const { return spawned_; }
    bool reported() const { return stage2_ != 0; }
    pid_t stage1() const { return stage1_; }
    pid_t pid() const { return stage2_; }

    // Waits until the C stage is done with this process.
    bool settled() const {
        return reported() && wait_until([&] {
                   const auto name = try_read_file("/proc/" + std::to_string(stage2_) + "/comm");
                   return name && name->find("2:INIT") != std::string::npos;
               });
    }

    // Closes the pipes, which ends init, and waits for all processes; kills what is left after five seconds.
    void finish() {
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

    bool hung() const { return hung_; }
    size_t processes() const { return statuses_.size(); }
    // Exit code, 128 + signal, or -1 if it was no child of ours.
    int exit_code(pid_t pid) const {
        const auto found = statuses_.find(pid);
        if (found == statuses_.end()) return -1;
        return WIFSIGNALED(found->second) ? 128 + WTERMSIG(found->second) : WEXITSTATUS(found->second);
    }
    int exit_code() const { return exit_code(spawned_); }
    std::string errors() const { return read_back(errors_); }
    const std::string& records() const { return records_; }

    // Messages of the records of this level; every line must be a JSON object.
    std::vector<std::string> messages(const std::string& level) const {
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

private:
    // True when none is left. Of a failed bootstrap there may be siblings whose pid was never reported: any
    // child.
    bool reap() {
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

    void spawn(const Setup& setup, const std::array<int, 4>& fds) {
        std::vector<std::string> arguments = setup.arguments;
        arguments.insert(arguments.begin(), runtime_identity().path);
        std::vector<std::string> env = {
            "_LIBCONTAINER_INITPIPE=3",        "_LIBCONTAINER_LOGPIPE=4",
            "_LIBCONTAINER_SYNCPIPE=5",        "_LIBCONTAINER_FIFOFD=6",
            "_LIBCONTAINER_INITTYPE=standard", "_LIBCONTAINER_LOGLEVEL=" + std::to_string(setup.log_level)};
        for (const std::string& change : setup.env) {
            const std::string name = change.substr(0, change.find('='));
            env.erase(
                std::remove_if(env.begin(), env.end(),
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

    void read_report() {
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
        REQUIRE(sscanf(line.c_str(), "{\"stage1_pid\":%d,\"stage2_pid\":%d}\n%n", &stage1_, &stage2_,
                       &length) == 2);
        CHECK(static_cast<size_t>(length) == line.size());
    }

    Fd socket_, sync_, log_, errors_;
    pid_t spawned_ = -1, stage1_ = 0, stage2_ = 0;
    bool finished_ = false, hung_ = false;
    std::map<pid_t, int> statuses_;
    std::string records_;
};

// Ends it and checks that it failed alone, saying this and only this.
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

// What happens in a user namespace's own copy of /proc/sys/user stays there.
void limit_namespaces(const char* sysctl) {
    const auto put = [](const std::string& path, const char* value) {
        const int fd = open(path.c_str(), O_WRONLY);
        if (fd < 0 || write(fd, value, strlen(value)) < 0) _exit(124);
        close(fd);
    };
    if (unshare(CLONE_NEWUSER) < 0) _exit(124);
    put("/proc/self/setgroups", "deny");
    put("/proc/self/uid_map", "0 0 1");
    put("/proc/self/gid_map", "0 0 1");
    put(std::string("/proc/sys/user/") + sysctl, "0");
}

void become_user() {
    if (setgroups(0, nullptr) < 0 || setresgid(1000, 1000, 1000) < 0 || setresuid(1000, 1000, 1000) < 0)
        _exit(124);
}

constexpr uint32_t kUser = CLONE_NEWUSER, kIpc = CLONE_NEWIPC, kUts = CLONE_NEWUTS, kNet = CLONE_NEWNET,
                   kPid = CLONE_NEWPID, kMnt = CLONE_NEWNS, kCgroup = CLONE_NEWCGROUP, kTime = 0x80;

}  // namespace

#define SPEAKS_THE_WIRE()                                    \
    if (runtime_identity().kind == RuntimeKind::Crun) {      \
        SUCCEED("crun has no init that could be spoken to"); \
        return;                                              \
    }
// Texts, number of processes, and what runc does not check.
#define OURS_ONLY()                        \
    if (!is_runcxx()) {                    \
        SUCCEED("not promised by others"); \
        return;                            \
    }

// ----------------------------------------------------------------------------------------------- what works

RUNTIME_TEST("bootstrap: init joins an existing network namespace", "[bootstrap]") {
    SPEAKS_THE_WIRE()
    Init other(message(flags(kNet)));
    REQUIRE(other.settled());
    const std::string theirs = namespace_of(other.pid(), "net");
    REQUIRE(theirs != namespace_of(getpid(), "net"));
    Init init(message(flags(0) + paths("net:/proc/" + std::to_string(other.pid()) + "/ns/net")));
    REQUIRE(init.settled());
    CHECK(namespace_of(init.pid(), "net") == theirs);
    CHECK(namespace_of(init.pid(), "uts") == namespace_of(getpid(), "uts"));
}

RUNTIME_TEST("bootstrap: new namespaces are made, the others stay ours", "[bootstrap]") {
    SPEAKS_THE_WIRE()
    Init init(message(flags(kUts | kIpc | kMnt | kNet | kCgroup)));
    REQUIRE(init.settled());
    for (const std::string name : {"uts", "ipc", "mnt", "net", "cgroup"})
        CHECK(namespace_of(init.pid(), name) != namespace_of(getpid(), name));
    for (const std::string name : {"user", "pid", "time"})
        CHECK(namespace_of(init.pid(), name) == namespace_of(getpid(), name));
    init.finish();
    CHECK(init.exit_code(init.pid()) != 0);  // it had no configuration
}

RUNTIME_TEST("bootstrap: without a pid or user namespace nothing is forked", "[bootstrap]") {
    OURS_ONLY()
    Init init(message(flags(kUts | kIpc | kMnt | kNet | kCgroup)));
    REQUIRE(init.settled());
    CHECK(init.pid() == init.spawned());
    CHECK(init.stage1() == init.spawned());
    init.finish();
    CHECK(init.processes() == 1);
}

RUNTIME_TEST("bootstrap: in a new pid namespace init is pid 1 and our child", "[bootstrap]") {
    SPEAKS_THE_WIRE()
    Init init(message(flags(kPid | kMnt)));
    REQUIRE(init.settled());
    CHECK(status_line(init.pid(), "NSpid") == std::to_string(init.pid()) + "\t1");
    CHECK(status_line(init.pid(), "PPid") == std::to_string(getpid()));
    CHECK(init.pid() != init.spawned());
    init.finish();
    CHECK(init.exit_code(init.spawned()) == 0);
    CHECK(init.exit_code(init.pid()) > 0);
    if (is_runcxx()) {
        CHECK(init.stage1() == init.pid());
        CHECK(init.processes() == 2);
    } else {
        CHECK(init.exit_code(init.stage1()) == 0);
    }
}

RUNTIME_TEST("bootstrap: init leads its own session, as uid and gid 0", "[bootstrap]") {
    SPEAKS_THE_WIRE()
    for (const uint32_t wanted : {kUts, kUts | kPid}) {
        Init init(message(flags(wanted)));
        REQUIRE(init.settled());
        CHECK(wait_until([&] { return getsid(init.pid()) == init.pid(); }));
        CHECK(status_line(init.pid(), "Uid") == "0\t0\t0\t0");
        CHECK(status_line(init.pid(), "Gid") == "0\t0\t0\t0");
    }
}

RUNTIME_TEST("bootstrap: a new user namespace is mapped, and owns what is made after it", "[bootstrap]") {
    SPEAKS_THE_WIRE()
    Init::Setup setup;
    setup.in_child = [] {
        const gid_t groups[] = {4, 5};
        if (setgroups(2, groups) < 0) _exit(124);
    };
    for (const uint32_t more : {kNet, kNet | kPid}) {
        Init init(message(flags(kUser | more) + maps("0 100000 65536\n65536 300000 10\n") + number(27285, 1)),
                  setup);
        REQUIRE(init.settled());
        const std::string proc = "/proc/" + std::to_string(init.pid());
        CHECK(namespace_of(init.pid(), "user") != namespace_of(getpid(), "user"));
        CHECK(squeezed(read_file(proc + "/uid_map")) == "0 100000 65536 65536 300000 10 ");
        CHECK(squeezed(read_file(proc + "/gid_map")) == "0 100000 65536 65536 300000 10 ");
        CHECK(wait_until([&] { return status_line(init.pid(), "Gid") == "100000\t100000\t100000\t100000"; }));
        CHECK(status_line(init.pid(), "Uid") == "100000\t100000\t100000\t100000");
        CHECK(squeezed(status_line(init.pid(), "Groups")).empty());

        // The owner of its network namespace is its user namespace.
        const Fd net(open((proc + "/ns/net").c_str(), O_RDONLY | O_CLOEXEC));
        const Fd owner(ioctl(net.get(), 0xb701 /* NS_GET_USERNS */));
        REQUIRE(owner);
        struct stat owner_status, user_status;
        REQUIRE(fstat(owner.get(), &owner_status) == 0);
        REQUIRE(stat((proc + "/ns/user").c_str(), &user_status) == 0);
        CHECK(owner_status.st_ino == user_status.st_ino);

        init.finish();
        CHECK(init.exit_code(init.spawned()) == 0);
        if (is_runcxx()) CHECK(init.processes() == 2);
    }
}

RUNTIME_TEST("bootstrap: a new user namespace and a joined one of another type take three processes",
             "[bootstrap]") {
    SPEAKS_THE_WIRE()
    Init init(message(flags(kUser | kPid | kMnt) + maps("0 100000 65536\n") + number(27285, 1) +
                      paths("net:/proc/self/ns/net")));
    REQUIRE(init.settled());
    CHECK(namespace_of(init.pid(), "net") == namespace_of(getpid(), "net"));
    CHECK(namespace_of(init.pid(), "user") != namespace_of(getpid(), "user"));
    CHECK(status_line(init.pid(), "NSpid") == std::to_string(init.pid()) + "\t1");
    CHECK(status_line(init.pid(), "PPid") == std::to_string(getpid()));
    CHECK(init.stage1() != init.pid());
    CHECK(init.stage1() != init.spawned());
    init.finish();
    CHECK(init.exit_code(init.spawned()) == 0);
    CHECK(init.exit_code(init.stage1()) == 0);
    CHECK(init.processes() == 3);
}

RUNTIME_TEST("bootstrap: init joins every namespace of another one", "[bootstrap]") {
    SPEAKS_THE_WIRE()
    Init::Setup outer;
    Init other(message(flags(kUser | kIpc | kUts | kNet | kPid | kMnt | kCgroup) + maps("0 100000 65536\n") +
                       number(27285, 1)));
    REQUIRE(other.settled());
    std::string list;
    for (const std::string name : kAllNames) {
        if (name == "time") continue;
        list += (list.empty() ? "" : ",") + name + ":/proc/" + std::to_string(other.pid()) + "/ns/" + name;
    }
    Init init(message(flags(0) + paths(list)));
    REQUIRE(init.settled());
    for (const std::string name : kAllNames)
        CHECK(namespace_of(init.pid(), name) == namespace_of(other.pid(), name));
    CHECK(wait_until([&] { return status_line(init.pid(), "Uid") == "100000\t100000\t100000\t100000"; }));
    CHECK(status_line(init.pid(), "NSpid").find('\t') != std::string::npos);
}

RUNTIME_TEST("bootstrap: namespaces that are all of one process are entered in one call, others one by one",
             "[bootstrap]") {
    OURS_ONLY()
    Init other(message(flags(kIpc | kUts | kNet | kPid | kMnt)));
    Init another(message(flags(kUts)));
    REQUIRE(other.settled());
    REQUIRE(another.settled());
    const auto path = [](const Init& init, const std::string& name) {
        return name + ":/proc/" + std::to_string(init.pid()) + "/ns/" + name;
    };
    Init::Setup setup;
    setup.log_level = 5;
    const auto join = [&](const std::string& list) {
        auto init = std::make_unique<Init>(message(paths(list)), setup);
        REQUIRE(init->settled());
        return init;
    };
    const auto all =
        path(other, "ipc") + "," + path(other, "net") + "," + path(other, "pid") + "," + path(other, "mnt");
    auto init = join(all + "," + path(other, "uts"));
    CHECK(namespace_of(init->pid(), "uts") == namespace_of(other.pid(), "uts"));
    CHECK(namespace_of(init->pid(), "mnt") == namespace_of(other.pid(), "mnt"));
    CHECK(namespace_of(init->pid(), "pid") == namespace_of(other.pid(), "pid"));
    init->finish();
    CHECK_THAT(init->records(), HasText("setns(0x6c020000) into the namespaces of one process: Success"));

    // One of another process, and one by another name.
    auto mixed = join(all + "," + path(another, "uts"));
    CHECK(namespace_of(mixed->pid(), "uts") == namespace_of(another.pid(), "uts"));
    CHECK(namespace_of(mixed->pid(), "mnt") == namespace_of(other.pid(), "mnt"));
    mixed->finish();
    CHECK_THAT(mixed->records(), !HasText("of one process"));
    auto relative = join("uts:/proc/../proc/" + std::to_string(another.pid()) + "/ns/uts");
    CHECK(namespace_of(relative->pid(), "uts") == namespace_of(another.pid(), "uts"));
    relative->finish();
    CHECK_THAT(relative->records(), !HasText("of one process"));
}

RUNTIME_TEST("bootstrap: a new time namespace has the offsets, with and without a fork", "[bootstrap]") {
    SPEAKS_THE_WIRE()
    REQUIRES("timens");
    for (const uint32_t more : {0u, kPid, kUser, kUser | kPid}) {
        INFO("besides: " << std::hex << more);
        const bool new_user = (more & kUser) != 0;
        Init init(message(flags(kTime | more) + text(27290, "monotonic 1000 5\nboottime 2000 0\n") +
                          (new_user ? maps("0 100000 65536\n") + number(27285, 1) : "")));
        REQUIRE(init.settled());
        CHECK(namespace_of(init.pid(), "time") != namespace_of(getpid(), "time"));
        CHECK(squeezed(read_file("/proc/" + std::to_string(init.pid()) + "/timens_offsets")) ==
              "monotonic 1000 5 boottime 2000 0 ");
    }
}

RUNTIME_TEST("bootstrap: an existing time namespace is joined without a fork", "[bootstrap]") {
    OURS_ONLY()
    REQUIRES("timens");
    Init other(message(flags(kTime)));
    REQUIRE(other.settled());
    Init init(message(paths("time:/proc/" + std::to_string(other.pid()) + "/ns/time")));
    REQUIRE(init.settled());
    CHECK(init.pid() == init.spawned());
    CHECK(namespace_of(init.pid(), "time") == namespace_of(other.pid(), "time"));
}

RUNTIME_TEST("bootstrap: the OOM score reaches init", "[bootstrap]") {
    SPEAKS_THE_WIRE()
    Init init(message(flags(kPid) + text(27286, "500")));
    REQUIRE(init.settled());
    CHECK(read_file("/proc/" + std::to_string(init.pid()) + "/oom_score_adj") == "500\n");
}

RUNTIME_TEST("bootstrap: the user and pid namespaces we are in are taken as joined", "[bootstrap]") {
    OURS_ONLY()
    Init init(message(flags(kUts) + paths("user:/proc/self/ns/user,pid:/proc/self/ns/pid")));
    REQUIRE(init.settled());
    CHECK(init.pid() == init.spawned());
    CHECK(namespace_of(init.pid(), "user") == namespace_of(getpid(), "user"));
    CHECK(namespace_of(init.pid(), "uts") != namespace_of(getpid(), "uts"));
}

RUNTIME_TEST("bootstrap: init may be spawned into its pid namespace, and is not forked then", "[bootstrap]") {
    OURS_ONLY()
    Init::Setup setup;
    setup.spawn_flags = CLONE_NEWPID;
    {
        Init init(message(flags(kUts | kMnt | kTime) + text(27290, "monotonic 7 0\n")), setup);
        CHECK(init.reported());
        CHECK(init.pid() == 1);  // its own view
        CHECK(wait_until([&] { return getsid(init.spawned()) == init.spawned(); }));
        CHECK(status_line(init.spawned(), "NSpid") == std::to_string(init.spawned()) + "\t1");
        CHECK(namespace_of(init.spawned(), "time") != namespace_of(getpid(), "time"));
        init.finish();
        CHECK(init.processes() == 1);
    }
    Init init(message(flags(kPid)), setup);
    check_fails(init, "unable to spawn stage-2: Invalid argument: the first process of a pid namespace");
}

RUNTIME_TEST(
    "bootstrap: without privileges a user namespace is mapped to the caller, and setgroups is denied",
    "[bootstrap][rootless]") {
    SPEAKS_THE_WIRE()
    Init::Setup setup;
    setup.in_child = become_user;
    for (const uint32_t more : {kMnt | kNet, kMnt | kNet | kPid}) {
        Init init(message(flags(kUser | more) + maps("0 1000 1\n") + number(27287, 1)), setup);
        REQUIRE(init.settled());
        const std::string proc = "/proc/" + std::to_string(init.pid());
        CHECK(squeezed(read_file(proc + "/uid_map")) == "0 1000 1 ");
        CHECK(squeezed(read_file(proc + "/gid_map")) == "0 1000 1 ");
        CHECK(read_file(proc + "/setgroups") == "deny\n");
        CHECK(namespace_of(init.pid(), "net") != namespace_of(getpid(), "net"));
    }
}

RUNTIME_TEST("bootstrap: after joining, init's files in /proc are not its user's", "[bootstrap][rootless]") {
    SPEAKS_THE_WIRE()
    Init::Setup setup;
    setup.in_child = become_user;
    Init other(message(flags(kUser | kNet | kUts) + maps("0 1000 1\n") + number(27287, 1)), setup);
    REQUIRE(other.settled());
    const std::string base = "/proc/" + std::to_string(other.pid()) + "/ns/";
    Init init(message(flags(0) + number(27287, 1) +
                      paths("user:" + base + "user,uts:" + base + "uts,net:" + base + "net")),
              setup);
    REQUIRE(init.settled());
    CHECK(namespace_of(init.pid(), "net") == namespace_of(other.pid(), "net"));
    CHECK(status_line(init.pid(), "Uid") == "1000\t1000\t1000\t1000");
    struct stat status;
    REQUIRE(stat(("/proc/" + std::to_string(init.pid()) + "/environ").c_str(), &status) == 0);
    CHECK(status.st_uid == 0);
}

RUNTIME_TEST("bootstrap: what follows the message is left for main", "[bootstrap]") {
    OURS_ONLY()
    Init init(message(flags(kUts)) + "this is no configuration");
    REQUIRE(init.reported());
    init.finish();
    CHECK(init.exit_code() != 0);
    for (const auto& fatal : init.messages("fatal"))
        CHECK_THAT(fatal, !HasText("bootstrap"));
}

RUNTIME_TEST("bootstrap: no namespace file and no /proc stays open, and the pipes are close-on-exec",
             "[bootstrap]") {
    OURS_ONLY()
    Init init(message(flags(kPid | kMnt | kTime) + text(27290, "monotonic 1 0\n") +
                      paths("net:/proc/self/ns/net")));
    REQUIRE(init.settled());
    CHECK(wait_until([&] { return getsid(init.pid()) == init.pid(); }));
    const std::string proc = "/proc/" + std::to_string(init.pid());
    const auto leaked = [&] {
        for (const auto& entry : fs::directory_iterator(proc + "/fd")) {
            const std::string target = link_target(entry.path());
            if (target.rfind("/proc", 0) == 0 || target.rfind("net:", 0) == 0 ||
                target.rfind("time:", 0) == 0)
                return target;
        }
        return std::string();
    };
    CHECK(wait_until([&] { return leaked().empty(); }));
    for (const char* fd : {"3", "4"})
        CHECK_THAT(squeezed(read_file(proc + "/fdinfo/" + fd)), HasText("flags: 02"));
}

RUNTIME_TEST("bootstrap: at debug level the stages tell what they do, otherwise nothing", "[bootstrap]") {
    SPEAKS_THE_WIRE()
    Init::Setup setup;
    setup.log_level = 5;
    Init loud(message(flags(kUts)), setup);
    REQUIRE(loud.settled());
    loud.finish();
    CHECK_THAT(loud.records(), HasText("nsexec container setup"));
    if (is_runcxx())
        CHECK_THAT(loud.records(), HasText("nsexec[" + std::to_string(loud.spawned()) + "]: affinity: 0x"));
    loud.messages("debug");  // requires JSON in every line

    Init quiet(message(flags(kUts)));
    REQUIRE(quiet.settled());
    quiet.finish();
    CHECK_THAT(quiet.records(), !HasText("\"debug\""));
}

// ----------------------------------------------------------------------------------------------- what does
// not

RUNTIME_TEST("bootstrap: a namespace path that can't be joined is named with its type", "[bootstrap]") {
    SPEAKS_THE_WIRE()
    if (!is_runcxx()) {
        Init init(message(flags(0) + paths("net:" + temp("missing").string())));
        init.finish();
        CHECK_FALSE(init.reported());
        CHECK(init.exit_code() != 0);
        return;
    }
    const std::string missing_path = temp("missing"), file = temp("file"), fifo = temp("fifo");
    write_file(file, "");
    REQUIRE(mkfifo(fifo.c_str(), 0600) == 0);
    check_fails(message(paths("net:" + missing_path)),
                "failed to open net namespace path " + missing_path + ": No such file or directory");
    check_fails(message(paths("net:/proc/self/ns/net,ipc:/proc/self/ns/uts")),
                "failed to join ipc namespace: /proc/self/ns/uts is a uts namespace");
    check_fails(message(paths("mnt:" + file)),
                "failed to join mnt namespace: " + file + " is not a namespace");
    check_fails(message(paths("mnt:" + fifo)),
                "failed to join mnt namespace: " + fifo + " is not a namespace");
    check_fails(message(paths("pid:/proc")), "failed to join pid namespace: /proc is not a namespace");
    check_fails(message(paths("net:" + temp("").string())), "is not a namespace");
}

RUNTIME_TEST("bootstrap: all paths are opened before anything is joined", "[bootstrap]") {
    OURS_ONLY()
    // Were the mount namespace joined first, its lack of our temporary directory would show.
    Init::Setup setup;
    setup.log_level = 5;
    Init init(message(paths("mnt:/proc/self/ns/mnt,net:" + temp("missing").string())), setup);
    check_fails(init, "failed to open net namespace path");
    CHECK_THAT(init.records(), !HasText("setns"));
}

RUNTIME_TEST("bootstrap: namespaces that refuse us are listed", "[bootstrap][rootless]") {
    OURS_ONLY()
    Init::Setup setup;
    setup.in_child = become_user;
    Init init(message(paths("net:/proc/self/ns/net,uts:/proc/self/ns/uts")), setup);
    check_fails(init,
                "failed to join {net, uts} namespaces: Operation not permitted: /proc/self/ns/net, "
                "/proc/self/ns/uts");
}

RUNTIME_TEST("bootstrap: garbage is refused with a reason", "[bootstrap]") {
    OURS_ONLY()
    check_fails(message("", 2), "unexpected bootstrap message type 2, want 62000");
    check_fails(message("", 62000, 15), "bootstrap message length 15 is not between 16 and");
    check_fails(message("", 62000, 0xfffffff0u), "bootstrap message length 4294967280 is not between");
    check_fails(message("ab"), "2 stray bytes at the end");
    check_fails(message(attribute(27286, "1", 3)), "OOM_SCORE_ADJ: length 3 is less than its own header");
    check_fails(message(attribute(27286, "1", 200)), "OOM_SCORE_ADJ: length 200, but only 8 bytes are left");
    check_fails(message(attribute(27286, "100")), "OOM_SCORE_ADJ: text is not terminated by NUL");
    check_fails(message(flags(0) + attribute(1, "abcd")), "unknown bootstrap attribute 1 at byte 8");
    check_fails(message(flags(0) + flags(0)), "CLONE_FLAGS occurs twice");
    check_fails(message(flags(CLONE_VM)), "0x100 are not flags of namespaces");
    check_fails(message(paths("mount:/proc/self/ns/mnt")), "unknown namespace type 'mount'");
    check_fails(message(std::string(4096, '\xff')), "unknown bootstrap attribute 65535");
}

RUNTIME_TEST("bootstrap: a pipe that ends early says how far it came", "[bootstrap]") {
    OURS_ONLY()
    Init::Setup setup;
    setup.close_early = true;
    const std::string whole = message(flags(kUts));
    Init nothing("", setup);
    check_fails(nothing, "init pipe closed before the bootstrap message arrived");
    Init half_header(whole.substr(0, 7), setup);
    check_fails(half_header, "bootstrap message is truncated: got 7 of 16 bytes");
    Init half_payload(whole.substr(0, 21), setup);
    check_fails(half_payload, "payload of the bootstrap message is truncated: got 5 of 8 bytes");
    Init no_payload(whole.substr(0, 16), setup);
    check_fails(no_payload, "init pipe closed before the payload of the bootstrap message arrived");
}

RUNTIME_TEST("bootstrap: a bad pipe is refused with a reason", "[bootstrap]") {
    OURS_ONLY()
    const auto with = [](const std::vector<std::string>& env) {
        Init::Setup setup;
        setup.env = env;
        return setup;
    };
    for (const std::string bad : {"garbage", "-1", "3x", " 3", "99999999999", "0x3"}) {
        Init init("", with({"_LIBCONTAINER_INITPIPE=" + bad}));
        check_fails(init, "bad value of environment variable _LIBCONTAINER_INITPIPE: '" + bad + "'");
    }
    Init closed("", with({"_LIBCONTAINER_INITPIPE=77"}));
    check_fails(closed, "_LIBCONTAINER_INITPIPE=77: Bad file descriptor");
    Init no_socket("", with({"_LIBCONTAINER_INITPIPE=4"}));
    check_fails(no_socket, "_LIBCONTAINER_INITPIPE=4: Socket operation on non-socket");
    Init no_stream("", with({"_LIBCONTAINER_INITPIPE=5"}));
    check_fails(no_stream, "_LIBCONTAINER_INITPIPE=5: not a stream socket");

    // Without a place for records the reason goes to fd 2.
    Init no_log(message("", 2), with({"_LIBCONTAINER_LOGPIPE"}));
    no_log.finish();
    CHECK(no_log.exit_code() == 1);
    CHECK(no_log.errors() == "FATAL: nsexec: unexpected bootstrap message type 2, want 62000\n");
    Init bad_log(message(""), with({"_LIBCONTAINER_LOGPIPE=77"}));
    bad_log.finish();
    CHECK(bad_log.exit_code() == 1);
    CHECK(bad_log.errors() == "FATAL: nsexec: _LIBCONTAINER_LOGPIPE=77: Bad file descriptor\n");
}

RUNTIME_TEST("bootstrap: init without a pipe fails and names the variable", "[bootstrap]") {
    OURS_ONLY()
    const Result result = execute({runtime_identity().path, "init"});
    CHECK(result.exit_code != 0);
    CHECK_THAT(result.err, HasText("_LIBCONTAINER_INITPIPE"));
}

RUNTIME_TEST("bootstrap: the variable alone makes no other command an init", "[bootstrap]") {
    OURS_ONLY()
    Init::Setup setup;
    setup.arguments = {"--version"};
    Init init("", setup);
    init.finish();
    CHECK(init.exit_code() == 0);
    CHECK(init.records().empty());
}

RUNTIME_TEST("bootstrap: a path of any bytes leaves the records JSON", "[bootstrap]") {
    OURS_ONLY()
    check_fails(message(paths("net:/no/\"quoted\"\\\xff\xc3\n\x01\xe2\x82\xac")),
                "/no/\"quoted\"\\\xef\xbf\xbd\xef\xbf\xbd\n\x01\xe2\x82\xac: No such file");
}

RUNTIME_TEST("bootstrap: a limit on namespaces is named with its value", "[bootstrap]") {
    OURS_ONLY()
    Init::Setup setup;
    setup.in_child = [] { limit_namespaces("max_net_namespaces"); };
    Init net(message(flags(kUts | kIpc | kNet)), setup);
    check_fails(net,
                "failed to unshare net namespace: No space left on device: user.max_net_namespaces is 0");
    setup.in_child = [] { limit_namespaces("max_user_namespaces"); };
    Init user(message(flags(kUser) + maps("0 0 1\n")), setup);
    user.finish();
    CHECK_THAT(user.records(), HasText("failed to unshare user namespace: No space left on device: "
                                       "user.max_user_namespaces is 0"));
    CHECK(user.messages("fatal").size() == 1);
    Init born(message(flags(kUser | kPid) + maps("0 0 1\n")), setup);
    check_fails(born,
                "unable to spawn stage-1 in new namespaces {user, pid}: No space left on device: "
                "user.max_user_namespaces is 0");
}

RUNTIME_TEST("bootstrap: when a stage fails all end, and only one says why", "[bootstrap]") {
    OURS_ONLY()
    // Stage 0, while stage 1 waits for its maps.
    for (const uint32_t more : {0u, kPid}) {
        Init init(message(flags(kUser | more) + maps("0 5 10\n0 9 10\n")));
        check_fails(init, "uid_map to '0 5 10\n0 9 10\n': Invalid argument");
        CHECK(init.processes() == 2);
    }
    // Stage 1, while stage 0 waits for it.
    Init init(message(flags(kUser | kPid) + maps("1 5 10\n") + paths("uts:/proc/self/ns/uts")));
    check_fails(init, "failed to become root in user namespace: Invalid argument: uid 0 is not mapped");
    CHECK(init.processes() == 2);
}

RUNTIME_TEST("bootstrap: newuidmap gets every range, and its words are in the error",
             "[bootstrap][rootless]") {
    OURS_ONLY()
    const std::string tool = temp("newuidmap");
    write_file(tool,
               "#!/bin/sh\necho \"first $2 $3 $4, $# arguments, HOME=$HOME\"\necho no way >&2\nexit 3\n",
               0755);
    fs::permissions(temp(""), fs::perms(0755));
    std::string map;
    for (int i = 0; i < 30; i++)
        map += std::to_string(i) + " " + std::to_string(100000 + 2 * i) + " 1\n";
    Init::Setup setup;
    setup.in_child = become_user;
    Init init(
        message(flags(kUser | kMnt) + maps(map) + number(27285, 1) + number(27287, 1) + text(27288, tool)),
        setup);
    check_fails(init, "exit status 3: first 0 100000 1, 91 arguments, HOME= no way");

    Init absent(message(flags(kUser) + maps("0 100000 10\n") + number(27285, 1) + number(27287, 1)), setup);
    check_fails(absent,
                "Operation not permitted: not ours to map, and newuidmap is not in the runtime's PATH");
    Init wrong(message(flags(kUser) + maps("0 100000 10\n") + number(27285, 1) + number(27287, 1) +
                       text(27288, temp("nothing"))),
               setup);
    check_fails(wrong, "exit status 127: No such file or directory");
}

RUNTIME_TEST("bootstrap: when stage 0 is killed stage 1 does not stay", "[bootstrap][rootless]") {
    OURS_ONLY()
    // A slow newuidmap keeps stage 0 busy and stage 1 waiting.
    const std::string tool = temp("slow"), note = temp("note");
    write_file(note, "", 0666);
    fs::permissions(note, fs::perms(0666));
    write_file(tool, "#!/bin/sh\necho $$ $1 > " + note + "\nexec sleep 20\n", 0755);
    int tool_pid = 0, stage1_pid = 0;
    Init::Setup setup;
    setup.in_child = become_user;
    setup.after_spawn = [&] {
        CHECK(wait_until(
            [&] { return sscanf(read_file(note).c_str(), "%d %d\n", &tool_pid, &stage1_pid) == 2; }));
        // The only child of ours that has children of its own.
        const pid_t stage0_pid = std::stoi(status_line(tool_pid, "PPid"));
        CHECK(stage0_pid > 1);
        ::kill(stage0_pid, SIGKILL);
        CHECK(wait_until([&] { return squeezed(status_line(stage1_pid, "State")).rfind("Z", 0) == 0; }));
        ::kill(tool_pid, SIGKILL);
    };
    Init init(message(flags(kUser) + maps("0 100000 10\n") + number(27285, 1) + number(27287, 1) +
                      text(27288, tool)),
              setup);
    init.finish();
    CHECK_FALSE(init.reported());
    CHECK(init.exit_code() == 128 + SIGKILL);
    CHECK(init.exit_code(stage1_pid) == 1);
    CHECK_THAT(init.records(), HasText("stage-0 ended without a word"));
}
