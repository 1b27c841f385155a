// SPDX-License-Identifier: Apache-2.0
// What crun has beyond the specification, and Podman and others use: annotations, mount options, id mappings that
// nobody configured.
#include <fcntl.h>
#include <grp.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <set>
#include <sstream>

#include "support/sandbox.h"
#include "support/terminal.h"

using namespace runcxx::tests;
namespace fs = std::filesystem;

namespace {

json bind_of(const fs::path& source, const std::string& destination, std::vector<std::string> options) {
    options.insert(options.begin(), "bind");
    return {
        {"destination", destination}, {"type", "bind"}, {"source", source.string()}, {"options", options}};
}

Bundle& annotate(Bundle& bundle, const std::string& name, const std::string& value) {
    bundle.spec["annotations"][name] = value;
    return bundle;
}

std::string base64(const std::string& bytes) {
    const char* digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string text;
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        unsigned group = 0;
        for (std::size_t j = 0; j < 3; ++j)
            group = group << 8 | (i + j < bytes.size() ? static_cast<unsigned char>(bytes[i + j]) : 0U);
        for (int shift = 18; shift >= 0; shift -= 6)
            text += digits[group >> shift & 63];
    }
    for (std::size_t i = 0; i < (3 - bytes.size() % 3) % 3; ++i)
        text[text.size() - 1 - i] = '=';
    return text;
}

// mkdir fails with ENOMEDIUM, everything else is allowed.
std::string filter() {
    const sock_filter program[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mkdir, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOMEDIUM),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    return base64({reinterpret_cast<const char*>(program), sizeof program});
}

}  // namespace

// ---------------------------------------------------------------------------------------------- annotations

RUNTIME_TEST("keep_original_groups: the caller's supplementary groups stay", "[extensions][ids][root]") {
    REQUIRES("crun-extensions");
    Options options;
    options.in_child = [] {
        gid_t groups[] = {4, 24, 27};
        if (setgroups(3, groups) < 0) _exit(124);
    };
    Bundle& b = annotate(bundle(), "run.oci.keep_original_groups", "1");
    CHECK(probe(b, {"ids"}, {}, options)["ids"]["groups"] == json({4, 24, 27}));
    b.spec["process"]["user"]["additionalGids"] = {7};
    CHECK(probe(b, {"ids"}, {}, options)["ids"]["groups"] == json({4, 24, 27}));
    annotate(b, "run.oci.keep_original_groups", "0");
    CHECK(probe(b, {"ids"}, {}, options)["ids"]["groups"] == json({7}));
}

RUNTIME_TEST("hooks.stdout, hooks.stderr: the output of every kind of hook is appended to a file",
             "[extensions][hooks]") {
    REQUIRES("crun-extensions");
    Bundle& b = bundle().sh("true");
    annotate(b, "run.oci.hooks.stdout", temp("out"));
    annotate(b, "run.oci.hooks.stderr", temp("err"));
    std::string expected;
    for (const char* kind :
         {"prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop"}) {
        const std::string script = std::string("echo ") + kind + "; echo " + kind + " >&2";
        b.hook(kind, {{"path", "/bin/sh"}, {"args", {"sh", "-c", script}}});
        expected += std::string(kind) + "\n";
    }
    write_file(temp("out"), "before\n");
    const auto id = create(b);
    start(id);
    CHECK(wait_exit(id) == 0);
    remove(id);
    // poststart runs beside the program and its startContainer hook.
    const auto sorted = [](std::string text) {
        std::multiset<std::string> lines;
        for (std::size_t end = 0; (end = text.find('\n')) != text.npos; text.erase(0, end + 1))
            lines.insert(text.substr(0, end));
        return lines;
    };
    CHECK(sorted(read_file(temp("out"))) == sorted("before\n" + expected));
    CHECK(sorted(read_file(temp("err"))) == sorted(expected));
}

RUNTIME_TEST("hooks.stdout: a file that cannot be opened is named", "[extensions][hooks][errors]") {
    REQUIRES("crun-extensions");
    Bundle& b = bundle().idle().hook_sh("createRuntime", "true");
    annotate(b, "run.oci.hooks.stdout", temp("no/such/directory"));
    CHECK_FAILS(try_create(b), 1, "no/such/directory");
}

RUNTIME_TEST("pidfd_receiver: gets a pidfd of the container's init", "[extensions]") {
    REQUIRES("crun-extensions");
    DescriptorSocket receiver(temp("pidfd.sock"));
    const auto id = create(annotate(bundle().idle(), "run.oci.pidfd_receiver", receiver.path()));
    const auto message = receiver.receive();
    REQUIRE(message.fds.size() == 1);
    const auto info = read_file("/proc/self/fdinfo/" + std::to_string(message.fds[0].get()));
    CHECK_THAT(info, HasText("\nPid:\t" + std::to_string(init_pid(id)) + "\n"));
}

RUNTIME_TEST("seccomp.receiver, and the variable of the environment, stand for a missing listenerPath",
             "[extensions][seccomp]") {
    REQUIRES("crun-extensions");
    DescriptorSocket agent(temp("agent.sock"));
    Bundle& b = bundle().idle();
    b.seccomp({{"defaultAction", "SCMP_ACT_ALLOW"},
               {"syscalls", {{{"names", {"mkdir"}}, {"action", "SCMP_ACT_NOTIFY"}}}}});
    Options options;
    SECTION("annotation") {
        annotate(b, "run.oci.seccomp.receiver", agent.path());
    }
    SECTION("environment") {
        options.env = {"RUN_OCI_SECCOMP_RECEIVER=" + agent.path().string()};
    }
    create(b, {}, options);
    const auto message = agent.receive();
    REQUIRE(message.fds.size() == 1);
    CHECK(json::parse(message.text)["state"]["id"] == last_id());
}

RUNTIME_TEST("seccomp_fail_unknown_syscall: a name that nobody knows is an error", "[extensions][seccomp]") {
    REQUIRES("crun-extensions");
    Bundle& b = bundle().idle();
    b.seccomp({{"defaultAction", "SCMP_ACT_ALLOW"},
               {"syscalls", {{{"names", {"no_such_call"}}, {"action", "SCMP_ACT_ERRNO"}}}}});
    remove(create(annotate(b, "run.oci.seccomp_fail_unknown_syscall", "0")));
    CHECK_FAILS(try_create(annotate(b, "run.oci.seccomp_fail_unknown_syscall", "1")), 1, "no_such_call");
}

RUNTIME_TEST("seccomp_bpf_data: a program takes the place of the profile", "[extensions][seccomp]") {
    REQUIRES("crun-extensions");
    Bundle& b = bundle();
    b.seccomp({{"defaultAction", "SCMP_ACT_KILL"}, {"syscalls", json::array()}});
    const auto facts =
        probe(annotate(b, "run.oci.seccomp_bpf_data", filter()), {"seccomp", "mkdir", "/dev/shm/x"});
    CHECK(facts["seccomp"] == 2);
    CHECK(facts["mkdir /dev/shm/x"]["errno"] == "ENOMEDIUM");
}

RUNTIME_TEST("annotations with values that mean nothing are refused by name", "[extensions][errors]") {
    REQUIRES("crun-extensions");
    if (!is_runcxx()) return;  // texts
    const std::pair<const char*, const char*> wrong[] = {
        {"run.oci.mount_context_type", "\"x\" is none of context, defcontext, fscontext, rootcontext"},
        {"run.oci.seccomp.receiver", "\"x\" is not an absolute path"},
        {"run.oci.pidfd_receiver", "\"x\" is not an absolute path"},
        {"run.oci.seccomp_bpf_data", "not base64"},
    };
    for (const auto& [name, text] : wrong)
        CHECK_FAILS(try_create(annotate(bundle().idle(), name, "x")), 1,
                    std::string("annotation ") + name + ": " + text);
}

RUNTIME_TEST("an annotation that asks for another kind of container is warned of", "[extensions]") {
    REQUIRES("crun-extensions");
    if (!is_runcxx()) return;
    const auto result = run(annotate(bundle().args({"true"}), "run.oci.handler", "krun"));
    CHECK(result.exit_code == 0);
    CHECK_THAT(plain_errors(result), HasText("annotation run.oci.handler is not supported"));
}

// ---------------------------------------------------------------------------------------------- mount options

RUNTIME_TEST("idmap=: a bind is mapped by the maps in the option", "[extensions][mounts][root]") {
    REQUIRES("crun-extensions");
    fs::create_directory(temp("data"));
    write_file(temp("data/file"), "x");
    REQUIRE(chown(temp("data/file").c_str(), 1000, 1001) == 0);
    Bundle& b = bundle();
    b.mount(bind_of(temp("data"), "/mnt/x", {"idmap=uids=1000-5000-10#0-7-1;gids=1001-6001-10"}));
    const auto facts = probe(b, {"stat", "/mnt/x/file"});
    CHECK(facts["stat /mnt/x/file"]["uid"] == 5000);
    CHECK(facts["stat /mnt/x/file"]["gid"] == 6001);
}

RUNTIME_TEST("idmap=: with @ the ids are those inside the container", "[extensions][mounts][userns][root]") {
    REQUIRES("crun-extensions");
    fs::create_directory(temp("data"));
    write_file(temp("data/file"), "x");
    REQUIRE(chown(temp("data/file").c_str(), 1000, 1001) == 0);
    Bundle& b = bundle().user_namespace();
    b.mount(bind_of(temp("data"), "/mnt/x", {"idmap=uids=@1000-5-1;gids=@1001-6-1"}));
    const auto facts = probe(b, {"stat", "/mnt/x/file"});
    CHECK(facts["stat /mnt/x/file"]["uid"] == 5);
    CHECK(facts["stat /mnt/x/file"]["gid"] == 6);
}

RUNTIME_TEST("ridmap=: the mounts below are mapped, too", "[extensions][mounts][root]") {
    REQUIRES("crun-extensions");
    REQUIRES("idmap-tmpfs");
    fs::create_directories(temp("data/sub"));
    REQUIRE(mount("inner", temp("data/sub").c_str(), "tmpfs", 0, nullptr) == 0);
    write_file(temp("data/sub/file"), "x");
    Bundle& b = bundle();
    json entry = bind_of(temp("data"), "/mnt/x", {"ridmap=uids=0-5000-10;gids=0-6000-10"});
    entry["options"][0] = "rbind";
    const auto facts = probe(b.mount(entry), {"stat", "/mnt/x/sub/file"});
    CHECK(facts["stat /mnt/x/sub/file"]["uid"] == 5000);
    umount(temp("data/sub").c_str());
}

RUNTIME_TEST("idmap=: maps that are none are refused", "[extensions][mounts][errors]") {
    REQUIRES("crun-extensions");
    if (!is_runcxx()) return;  // texts
    const auto refuses = [&](const std::string& option, const std::string& text) {
        CHECK_FAILS(try_create(bundle().idle().mount(bind_of(temp(""), "/mnt/x", {option}))), 1, text);
    };
    refuses("idmap=uids=0-1", "invalid id mapping \"0-1\" of a mount");
    refuses("idmap=users=0-1-2", "invalid id mapping \"users=0-1-2\" of a mount");
    if (geteuid() != 0) {
        refuses("idmap=uids=0-1-2;gids=0-1-2", "id-mapped mounts are not supported for rootless containers");
        return;
    }
    refuses("idmap=uids=@0-1-2;gids=0-0-1", "the container's user namespace does not map it");
    refuses("idmap=uids=0-1-2", "id-mapped mounts must have both uid and gid mappings specified");
}

RUNTIME_TEST("copy-symlink: a source that is a link is copied, others are bound", "[extensions][mounts]") {
    REQUIRES("crun-extensions");
    write_file(temp("file"), "text");
    fs::create_symlink("no/such/target", temp("link"));
    Bundle& b = bundle();
    b.mount(bind_of(temp("link"), "/mnt/link", {"copy-symlink"}));
    b.mount(bind_of(temp("file"), "/mnt/file", {"copy-symlink"}));
    const auto facts = probe(b, {"cat", "/mnt/file"});
    CHECK(facts["cat /mnt/file"] == "text");
    CHECK(fs::read_symlink(b.rootfs() / "mnt/link") == "no/such/target");
    // Once more: the link is there already.
    probe(b, {"cat", "/mnt/file"});

    fs::remove(b.rootfs() / "mnt/link");
    fs::create_symlink("elsewhere", b.rootfs() / "mnt/link");
    Result result = run(b.idle());
    CHECK(result.exit_code != 0);
    CHECK(fs::read_symlink(b.rootfs() / "mnt/link") == "elsewhere");
}

RUNTIME_TEST("src-nofollow: the link itself is bound", "[extensions][mounts]") {
    REQUIRES("crun-extensions");
    write_file(temp("secret"), "outside");
    fs::create_symlink("../etc/inside", temp("link"));
    Bundle& b = bundle();
    b.file("etc/inside", "inside");
    SECTION("with the host's ids") {}
    SECTION("with a user namespace, where the runtime opens the source") {
        b.in_user_namespace();
    }
    b.mount(bind_of(temp("link"), "/mnt/link", {"src-nofollow"}));
    CHECK(probe(b, {"cat", "/mnt/link"})["cat /mnt/link"] == "inside");
}

RUNTIME_TEST("dest-nofollow: a link of the image is covered, not followed", "[extensions][mounts]") {
    REQUIRES("crun-extensions");
    write_file(temp("file"), "text");
    // crun wants a source that is a link, too.
    fs::create_symlink("/etc/other", temp("link"));
    Bundle& b = bundle();
    b.file("etc/target", "target");
    b.file("etc/other", "other");
    b.symlink("/etc/target", "mnt/link");
    b.mount(bind_of(temp("link"), "/mnt/link", {"src-nofollow", "dest-nofollow"}));
    if (is_runcxx()) {
        b.symlink("/etc/target", "mnt/covered");
        b.mount(bind_of(temp("file"), "/mnt/covered", {"dest-nofollow"}));
    }
    const auto facts = probe(b, {"cat", "/mnt/link", "cat", "/etc/target", "cat", "/mnt/covered"});
    CHECK(facts["cat /mnt/link"] == "other");
    CHECK(facts["cat /etc/target"] == "target");
    if (is_runcxx()) CHECK(facts["cat /mnt/covered"] == "text");
}

// ---------------------------------------------------------------------------------------------- id mappings

RUNTIME_TEST("a user namespace without mappings has root's ids as they are", "[extensions][userns][root]") {
    REQUIRES("crun-extensions");
    if (!is_runcxx()) return;  // crun maps root alone
    Bundle& b = bundle().add_namespace("user");
    const auto facts = probe(b, {"namespaces", "cat", "/proc/self/uid_map", "cat", "/proc/self/gid_map"});
    CHECK(facts["namespaces"]["user"] != link_target("/proc/self/ns/user"));
    for (const char* map : {"cat /proc/self/uid_map", "cat /proc/self/gid_map"}) {
        INFO(facts[map]);
        std::istringstream numbers(facts[map].get<std::string>());
        unsigned long inside = 1, outside = 1, count = 0;
        numbers >> inside >> outside >> count;
        CHECK(inside == 0);
        CHECK(outside == 0);
        CHECK(count == 4294967295);
    }
}
