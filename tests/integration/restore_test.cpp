// SPDX-License-Identifier: Apache-2.0
// restore: what is the same afterwards, what is new, and what is left when it fails.
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "support/checkpoint.h"
#include "support/terminal.h"

using namespace runcxx::tests;
namespace fs = std::filesystem;

CHECKPOINT_TEST("restore: --root may lead through a symlink, as docker's does", "[checkpoint][root][criu]") {
    REQUIRES("criu");
    write_file(temp("given"), "from the host");
    Bundle& b = counting();
    b.file("conf", "");
    b.mount({{"source", temp("given")}, {"destination", "/conf"}, {"options", {"bind"}}});
    std::string c = run_detached(b);
    REQUIRE(wait_until([&] { return count(c) > 1; }));
    REQUIRE_OK(checkpoint(c));
    fs::create_symlink(state_root(), temp("link"));
    auto options = slow();
    options.global = {"--root", temp("link")};
    REQUIRE_OK(bring_back(c, b, {}, options));
    CHECK(counts_on(c));
    CHECK(call({"exec", c, "/bin/cat", "/conf"}).out == "from the host");
}

CHECKPOINT_TEST("restore: a CRIU that hangs ends with the signal that ends us, and nothing is left",
                "[checkpoint][root]") {
    Bundle& b = counting();
    b.save();
    fs::create_directory(temp("images"));
    auto options = with_fake_criu(temp("hangs"), "echo $$ >" + temp("pid").string() + "; exec sleep 1000");
    const std::string c = id();
    Process restoring =
        runtime().spawn({"restore", "--bundle", b.dir(), "--image-path", images(), c}, options);
    REQUIRE(wait_until([&] { return fs::exists(temp("pid")) && fs::file_size(temp("pid")) > 0; }));
    // In its cgroup: what is interrupted before is the making of that.
    const auto process = "/proc/" + trimmed(read_file(temp("pid")));
    REQUIRE(wait_until([&] { return read_file(process + "/cgroup").find(c) != std::string::npos; }));
    restoring.signal(SIGTERM);
    CHECK_FAILS(restoring.wait(), 1, "interrupted by signal 15");
    CHECK(!fs::exists(process));
    CHECK(!fs::exists(state_root() / c));
}

CHECKPOINT_TEST("restore: from images that are not there, nothing is made", "[checkpoint][root]") {
    Bundle& b = counting();
    const std::string c = id();
    auto options = with_fake_criu(temp("fake"), "exit 1");
    CHECK_FAILS(bring_back(c, b, {}, options), 1, "no such file or directory");
    CHECK(status(c) == "");
}

CHECKPOINT_TEST("restore: images from elsewhere are not waited for", "[checkpoint][root]") {
    Bundle& b = counting();
    fs::create_directory(temp("images"));
    REQUIRE(mkfifo((temp("images") / "descriptors.json").c_str(), 0600) == 0);
    // The answer to the question for its version: 4.1.1.
    auto options =
        with_fake_criu(temp("fake"), says("\\010\\012\\020\\001\\122\\006\\010\\004\\020\\001\\040\\001"));
    CHECK_FAILS(bring_back(id(), b, {}, options), 1, "descriptors.json: is not a regular file");
}

CHECKPOINT_TEST("restore: a cgroup namespace cannot be joined", "[checkpoint][root]") {
    Bundle& b = counting();
    b.add_namespace("cgroup", "/proc/self/ns/cgroup");
    fs::create_directory(temp("images"));
    CHECK_FAILS(bring_back(id(), b), 1, "CRIU cannot join one");
}

CHECKPOINT_TEST("restore: what CRIU says of a failure is quoted, and nothing is left",
                "[checkpoint][root][criu]") {
    REQUIRES("criu");
    Bundle& b = counting();
    std::string c = run_detached(b);
    REQUIRE_OK(checkpoint(c));
    fs::remove(temp("images") / "inventory.img");
    const auto failed = bring_back(c, b);
    CHECK_FAILS(failed, 1, "criu failed: type RESTORE errno");
    CHECK_THAT(plain_errors(failed), HasText("errno 0 (Error (criu/"));
    CHECK_THAT(plain_errors(failed), HasText("--- Quoting \"" + work() + "/restore.log\""));
    CHECK_THAT(plain_errors(failed), HasText("Error"));
    CHECK(status(c) == "");
}

CHECKPOINT_TEST("restore: in the foreground, streams and exit code are the new caller's",
                "[checkpoint][root][criu]") {
    REQUIRES("criu");
    Bundle& b = bundle().writable().sh(
        "echo first; while ! [ -e /go ]; do sleep 0.05; done; read line; echo got $line; exit 5");
    b.save();
    Options options = slow();
    auto in = make_pipe();
    auto out = make_pipe();
    options.stdin_fd = in.read_end.get();
    options.stdout_fd = options.stderr_fd = out.write_end.get();
    std::string c = run_detached(b, {}, options);
    REQUIRE(read_until(out.read_end, "first\n") == "first\n");
    REQUIRE_OK(checkpoint(c));
    wait_exit(c);

    b.file("go", "");
    Options again = slow();
    again.input = "hello\n";
    const auto result =
        call({"restore", "--bundle", b.dir(), "--image-path", images(), "--work-path", work(), c}, again);
    INFO(describe(result));
    CHECK(result.exit_code == 5);
    CHECK(result.out == "got hello\n");
    CHECK(status(c) == "");
}

CHECKPOINT_TEST("restore: the terminal's master goes to the console socket",
                "[checkpoint][root][criu][terminal]") {
    REQUIRES("criu");
    Bundle& b = bundle().writable().sh("while read line; do echo got $line; done");
    b.spec["process"]["terminal"] = true;
    DescriptorSocket console(temp("console.sock"));
    std::string c = run_detached(b, {"--console-socket", console.path()});
    auto before = console.receive();
    REQUIRE(before.fds.size() == 1);
    REQUIRE_OK(checkpoint(c));
    CHECK_FAILS(bring_back(c, b), 1,
                "cannot allocate tty if runc will detach without setting console socket");
    REQUIRE_OK(bring_back(c, b, {"--console-socket", console.path()}));
    auto after = console.receive();
    REQUIRE(after.fds.size() == 1);
    REQUIRE(::write(after.fds[0].get(), "hello\n", 6) == 6);
    CHECK_THAT(read_until(after.fds[0], "got hello"), HasText("got hello"));
}

CHECKPOINT_TEST("restore: a namespace that was joined by path is the same one again",
                "[checkpoint][root][criu]") {
    REQUIRES("criu");
    std::string sandbox = run_detached(bundle().idle());
    const auto ns = "/proc/" + std::to_string(init_pid(sandbox)) + "/ns/";
    Bundle& b = counting();
    for (const char* type : {"network", "ipc", "uts"})
        b.drop_namespace(type);
    b.add_namespace("network", ns + "net").add_namespace("ipc", ns + "ipc").add_namespace("uts", ns + "uts");
    std::string c = run_detached(b);
    REQUIRE(wait_until([&] { return count(c) > 1; }));
    REQUIRE_OK(checkpoint(c));
    REQUIRE_OK(bring_back(c, b));
    CHECK(counts_on(c));
    for (const char* kind : {"net", "ipc", "uts"})
        CHECK(own_namespace(init_pid(c), kind) == own_namespace(init_pid(sandbox), kind));
}

CHECKPOINT_TEST("restore: a network of its own begins anew, with the loopback up",
                "[checkpoint][root][criu]") {
    REQUIRES("criu");
    Bundle& b = counting();
    std::string c = run_detached(b);
    REQUIRE_OK(checkpoint(c));
    REQUIRE_OK(bring_back(c, b));
    const auto flags = call({"exec", c, "/bin/cat", "/sys/class/net/lo/flags"});
    CHECK(trimmed(flags.out) == "0x9");  // IFF_UP | IFF_LOOPBACK
}

CHECKPOINT_TEST("restore: binds on links and in binds, masks and read-only paths are there again",
                "[checkpoint][root][criu]") {
    REQUIRES("criu");
    Bundle& b = counting();
    b.directory("real/conf");
    b.symlink("/real/conf", "conf");
    fs::create_directories(temp("outer"));
    fs::create_directories(temp("inner"));
    write_file(temp("inner/fact"), "inside\n");
    write_file(temp("log"), "a file\n");
    b.mount({{"source", temp("inner")}, {"destination", "/conf"}, {"options", {"bind"}}});
    b.mount({{"source", temp("outer")}, {"destination", "/test"}, {"options", {"rbind", "ro"}}});
    b.mount({{"source", temp("log")}, {"destination", "/dev/log-file"}, {"options", {"bind"}}});
    fs::create_directories(temp("outer/for/nested"));
    b.mount({{"source", temp("inner")}, {"destination", "/test/for/nested"}, {"options", {"bind", "ro"}}});
    b.spec["linux"]["maskedPaths"] = {"/proc/keys", "/proc/acpi", "/sys/firmware", "/conf/fact"};
    b.spec["linux"]["readonlyPaths"] = {"/proc/sys", "/proc/bus"};
    std::string c = run_detached(b);
    REQUIRE_OK(checkpoint(c));
    fs::remove_all(temp("outer/for"));  // a mountpoint: made anew
    fs::remove(b.rootfs() / "test");
    REQUIRE_OK(bring_back(c, b));
    const auto in = [&](const std::string& script) {
        const auto result = call({"exec", c, "/bin/sh", "-c", script});
        INFO(describe(result));
        return result.out;
    };
    CHECK(in("cat /test/for/nested/fact") == "inside\n");
    CHECK(in("cat /real/conf/fact; cat /proc/keys; ls /proc/acpi /sys/firmware")
              .find_first_not_of("/:\n abcdefghijklmnopqrstuvwxyz") == std::string::npos);
    CHECK(in("wc -c < /real/conf/fact") == "0\n");
    CHECK(in("cat /dev/log-file") == "a file\n");
    CHECK(in("touch /test/x /test/for/nested/x /proc/sys/kernel/hostname 2>&1 | grep -c Read-only") == "3\n");
    CHECK(read_file("/proc/self/mountinfo").find(state_root().string()) == std::string::npos);
}

CHECKPOINT_TEST("restore: limits and the filter hold again, and exec has them too",
                "[checkpoint][root][criu]") {
    REQUIRES("criu");
    REQUIRES("pids");
    Bundle& b = counting();
    // CRIU itself, which needs more, is not limited by it; but a unit has its limits from the beginning.
    const int limit = uses_systemd_driver() ? 100 : 3;
    b.spec["linux"]["resources"]["pids"] = {{"limit", limit}};
    b.seccomp({{"defaultAction", "SCMP_ACT_ALLOW"},
               {"syscalls", {{{"names", {"mkdir", "mkdirat"}}, {"action", "SCMP_ACT_ERRNO"}}}}});
    std::string c = run_detached(b);
    REQUIRE_OK(checkpoint(c));
    REQUIRE_OK(bring_back(c, b));
    const auto process = "/proc/" + std::to_string(init_pid(c));
    CHECK_THAT(read_file(process + "/status"), HasText("Seccomp:\t2"));
    const auto paths = json::parse(read_file(state_root() / c / "state.json"))["cgroup_paths"];
    const fs::path directory = paths[paths.contains("pids") ? "pids" : ""].get<std::string>();
    CHECK(trimmed(read_file(directory / "pids.max")) == std::to_string(limit));
    // It leaves no room for an exec beside the counting.
    REQUIRE_OK(call({"update", "--pids-limit", "100", c}));
    CHECK(counts_on(c));
    CHECK_THAT(call({"exec", c, "/bin/mkdir", "/x"}).err, HasText("Operation not permitted"));
    CHECK_THAT(read_file(directory / "cgroup.procs"), HasText(std::to_string(init_pid(c))));
}

CHECKPOINT_TEST("restore: hooks of the runtime run when the namespaces are there, poststop when it is gone",
                "[checkpoint][root][criu][hooks]") {
    REQUIRES("criu");
    Bundle& b = counting();
    const auto log = temp("hooks").string();
    b.hook_sh("createRuntime", "echo createRuntime $(grep -o '\"pid\":[0-9]*' | cut -d: -f2) >>" + log);
    b.hook_sh("poststart", "echo poststart >>" + log);
    b.hook_sh("poststop", "echo poststop >>" + log);
    std::string c = run_detached(b);
    const auto first = std::to_string(init_pid(c));
    REQUIRE_OK(checkpoint(c));
    CHECK(read_file(log) == "createRuntime " + first + "\npoststart\npoststop\n");
    REQUIRE_OK(bring_back(c, b));
    const auto second = std::to_string(init_pid(c));
    REQUIRE_OK(call({"delete", "--force", c}));
    CHECK(read_file(log) ==
          "createRuntime " + first + "\npoststart\npoststop\ncreateRuntime " + second + "\npoststop\n");
}

CHECKPOINT_TEST("restore: a hook that fails is the error, and everything is undone",
                "[checkpoint][root][criu][hooks]") {
    REQUIRES("criu");
    Bundle& b = counting();
    std::string c = run_detached(b);
    REQUIRE_OK(checkpoint(c));
    b.hook_sh("createRuntime", "echo no luck >&2; exit 9");
    b.hook_sh("poststop", "echo gone >" + temp("poststop").string());
    CHECK_FAILS(bring_back(c, b), 1,
                "error running createRuntime hook #0: exit status 9, stdout: , stderr: no luck");
    CHECK(status(c) == "");
    CHECK(read_file(temp("poststop")) == "gone\n");
}

CHECKPOINT_TEST("restore: a process that was executed goes on, too", "[checkpoint][root][criu]") {
    REQUIRES("criu");
    Bundle& b = counting();
    std::string c = run_detached(b);
    // Not `sleep` alone: a sleep that is interrupted by CRIU ends, and so would the program.
    const auto started =
        call({"exec", c, "/bin/sh", "-c", "while :; do sleep 1; done </dev/null >/dev/null 2>&1 & echo $!"});
    REQUIRE_OK(started);
    REQUIRE_OK(checkpoint(c));
    REQUIRE_OK(bring_back(c, b));
    const auto still = call({"exec", c, "/bin/cat", "/proc/" + trimmed(started.out) + "/cmdline"});
    INFO(describe(still));
    CHECK_THAT(still.out, HasText("while :; do sleep 1; done"));
}

CHECKPOINT_TEST("restore: a container with a user namespace", "[checkpoint][root][criu][userns]") {
    REQUIRES("criu");
    Bundle& b = counting().user_namespace();
    // Of cgroup2, CRIU restores the mount of a cgroup namespace only.
    if (missing("cgroup-v2").empty()) b.add_namespace("cgroup");
    std::string c = run_detached(b);
    REQUIRE(wait_until([&] { return count(c) > 1; }));
    REQUIRE_OK(checkpoint(c));
    // It is the restored init that looks for images. Closed as the directory was made, it depends on the moment.
    CHECK_THAT(bring_back(id(), b, {"--manage-cgroups-mode", "ignore"}).err, HasText("chmod o+x"));
    fs::permissions(images(), fs::perms::owner_all | fs::perms::others_exec);
    const auto restored = bring_back(c, b);
    REQUIRE_OK(restored);
    CHECK(restored.err.empty());
    CHECK(counts_on(c));
    CHECK_THAT(read_file("/proc/" + std::to_string(init_pid(c)) + "/uid_map"), HasText("100000"));
}

CHECKPOINT_TEST("restore: an id that is taken stays with who has it", "[checkpoint][root][criu]") {
    REQUIRES("criu");
    Bundle& b = counting();
    std::string c = run_detached(b);
    REQUIRE_OK(checkpoint(c, {"--leave-running"}));
    const auto refused = call({"restore", "--detach", "--bundle", b.dir(), "--image-path", images(), c});
    CHECK_FAILS(refused, 1, "container with given ID already exists");
    CHECK(counts_on(c));
}
