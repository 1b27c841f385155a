// SPDX-License-Identifier: Apache-2.0
// The command line's grammar and global options.
#include <sys/stat.h>

#include "support/sandbox.h"

using namespace runcxx::tests;
namespace fs = std::filesystem;

namespace {

Result plain(const std::vector<std::string>& arguments, const Options& options = {}) {
    std::vector<std::string> argv = {runtime_identity().path};
    argv.insert(argv.end(), arguments.begin(), arguments.end());
    return execute(argv, options);
}

}  // namespace

RUNTIME_TEST("cli: options are accepted with one dash or two, with = or a word, and by alias", "[cli]") {
    Bundle& b = bundle().sh("exit 0");
    b.save();
    std::string dir = b.dir();
    CHECK(call({"run", "--bundle", dir, id()}).exit_code == 0);
    CHECK(call({"run", "--bundle=" + dir, id()}).exit_code == 0);
    CHECK(call({"run", "-bundle", dir, id()}).exit_code == 0);
    CHECK(call({"run", "-bundle=" + dir, id()}).exit_code == 0);
    CHECK(call({"run", "-b", dir, id()}).exit_code == 0);
    CHECK(call({"run", "-b=" + dir, id()}).exit_code == 0);
    CHECK(call({"run", "-no-subreaper", "-b", dir, id()}).exit_code == 0);
    CHECK(call({"run", "--no-subreaper=true", "-b", dir, id()}).exit_code == 0);
    CHECK(call({"run", "--no-subreaper=F", "-b", dir, id()}).exit_code == 0);
    CHECK(call({"run", "-b", dir, "--", id()}).exit_code == 0);
}

RUNTIME_TEST("cli: options may follow the id", "[cli]") {
    Bundle& b = bundle().sh("exit 0");
    b.save();
    CHECK(call({"run", id(), "--bundle", b.dir()}).exit_code == 0);
    std::string c = run_detached(bundle().idle());
    CHECK(call({"delete", c, "--force"}).exit_code == 0);
}

RUNTIME_TEST("cli: global options are accepted after the subcommand", "[cli]") {
    // urfave/cli 1, which runc used until 1.4, has no such thing.
    if (is_old_runc()) return;
    std::string c = create(bundle().idle());
    Result result = plain({"list", "-q", "--root", state_root()});
    REQUIRE_OK(result);
    CHECK(result.out == c + "\n");
    result = plain({"state", c, "--root=" + state_root().string(), "--debug"});
    REQUIRE_OK(result);
    CHECK(json::parse(result.out)["id"] == c);
}

RUNTIME_TEST("cli: an undefined option prints usage, then an error", "[cli]") {
    Result result = call({"list", "--bogus"});
    CHECK(result.exit_code == 1);
    CHECK_THAT(plain_errors(result), HasText("flag provided but not defined: -bogus"));
    CHECK_THAT(result.out + result.err, HasText("Incorrect Usage"));
    result = call({"run", "--bundle"});
    CHECK(result.exit_code == 1);
    CHECK_THAT(plain_errors(result), HasText("flag needs an argument: "));
    result = call({"run", "--preserve-fds", "abc", "x"});
    CHECK(result.exit_code == 1);
    CHECK_THAT(plain_errors(result), HasText("invalid value \"abc\" for flag -preserve-fds"));
    // Glued short values, bundled short options and abbreviations are not understood.
    CHECK(call({"list", "-fjson"}).exit_code == 1);
    CHECK(call({"list", "-qf", "json"}).exit_code == 1);
    CHECK(call({"delete", "--forc", "x"}).exit_code == 1);
}

RUNTIME_TEST("cli: wrong numbers of arguments are counted", "[cli]") {
    for (const char* verb : {"create", "run", "start", "state", "delete"}) {
        INFO(verb);
        Result result = call({verb});
        CHECK(result.exit_code == 1);
        CHECK_THAT(plain_errors(result),
                   HasText(std::string("\"") + verb + "\" requires exactly 1 argument(s)"));
        result = call({verb, "a", "b"});
        CHECK(result.exit_code == 1);
        CHECK_THAT(plain_errors(result),
                   HasText(std::string("\"") + verb + "\" requires exactly 1 argument(s)"));
        CHECK_THAT(result.out, HasText("Incorrect Usage."));
    }
    CHECK_FAILS(call({"kill"}), 1, "\"kill\" requires a minimum of 1 argument(s)");
    CHECK_FAILS(call({"kill", "a", "b", "c"}), 1, "\"kill\" requires a maximum of 2 argument(s)");
    CHECK_FAILS(call({"list", "x"}), 1, "\"list\" requires exactly 0 argument(s)");
    CHECK_FAILS(call({"spec", "x"}), 1, "\"spec\" requires exactly 0 argument(s)");
}

RUNTIME_TEST("cli: an unknown command has its own exit code", "[cli]") {
    Result result = call({"frobnicate"});
    CHECK(result.exit_code == 3);
    CHECK(result.out.empty());
    CHECK_THAT(plain_errors(result), HasText("No help topic for 'frobnicate'"));
    CHECK(call({"frobnicate", "-h"}).exit_code == 3);
}

RUNTIME_TEST("cli: help goes to stdout and names the command", "[cli]") {
    for (const auto& arguments :
         std::vector<std::vector<std::string>>{{}, {"help"}, {"h"}, {"-h"}, {"--help"}}) {
        Result result = plain(arguments);
        INFO(describe(result));
        CHECK(result.exit_code == 0);
        CHECK_THAT(result.out, HasText("NAME:\n") && HasText("USAGE:"));
        for (const char* verb :
             {"create", "start", "run", "state", "kill", "delete", "list", "spec", "features"})
            CHECK_THAT(result.out, HasText(verb));
    }
    for (const char* verb :
         {"create", "start", "run", "state", "kill", "delete", "list", "spec", "features"}) {
        Result result = plain({verb, "--help"});
        INFO(describe(result));
        CHECK(result.exit_code == 0);
        CHECK(result.out.rfind("NAME:\n", 0) == 0);
        CHECK_THAT(result.out, HasText(runtime_identity().name + " " + verb + " - "));
        CHECK(plain({verb, "-h"}).out == result.out);
    }
}

RUNTIME_TEST("cli: --version prints name, commit and spec version as clients parse them", "[cli]") {
    for (const char* flag : {"--version", "-v"}) {
        Result result = plain({flag});
        REQUIRE_OK(result);
        CHECK_THAT(result.out, HasText(" version ") && HasText("\nspec: ") && HasText("\nlibseccomp: "));
        CHECK(result.out.rfind(runtime_identity().name + " version ", 0) == 0);
        if (is_runcxx()) CHECK_THAT(result.out, HasText("\nspec: 1.3.0\n"));
    }
}

RUNTIME_TEST("cli: a token like -9 is a positional argument", "[cli]") {
    if (is_old_runc()) return;  // urfave/cli 1 takes it for an option
    CHECK_FAILS(call({"kill", "-9", "x"}), 1, "container does not exist");
}

RUNTIME_TEST("cli: --root / is refused, a relative --root is made absolute", "[cli]") {
    if (!is_old_runc())
        CHECK_FAILS(plain({"--root", "/", "list"}), 1, "Option --root argument should not be set to /");
    Bundle& b = bundle().idle();
    b.save();
    fs::create_directory(temp("here"));
    Options options;
    options.cwd = temp("here");
    REQUIRE_OK(plain({"--root", "st", "create", "--bundle", b.dir(), "x"}, options));
    CHECK(fs::exists(temp("here/st/x/state.json")));
    REQUIRE_OK(plain({"--root", temp("here/st"), "delete", "--force", "x"}));
    expect_orphans();
}

RUNTIME_TEST("cli: a bad --log-format is refused", "[cli]") {
    CHECK_FAILS(plain({"--log-format", "xml", "list"}), 1, "invalid log-format: xml");
}

RUNTIME_TEST("cli: a bad --rootless fails where it matters", "[cli]") {
    Bundle& b = bundle().idle();
    b.save();
    Options options;
    options.global = {"--rootless", "foo"};
    CHECK_FAILS(call({"create", "--bundle", b.dir(), id()}, options), 1, "parsing \"foo\": invalid syntax");
    CHECK(call({"list"}, options).exit_code == 0);
}

RUNTIME_TEST("cli: --criu of older shims is accepted and ignored", "[cli]") {
    if (runtime_identity().kind != RuntimeKind::Runcxx && !is_old_runc()) return;
    Options options;
    options.global = {"--criu", "/usr/bin/criu"};
    Result result = call({"list"}, options);
    CHECK(result.exit_code == 0);
}

RUNTIME_TEST("cli: init without its pipe is an error of the bootstrap", "[cli]") {
    Result result = plain({"init"});
    CHECK(result.exit_code != 0);
    CHECK_FALSE(result.timed_out);
}

RUNTIME_TEST("cli: checks of create's flags", "[cli]") {
    Bundle& b = bundle().idle();
    b.spec["process"]["terminal"] = true;
    b.save();
    CHECK_FAILS(call({"create", "--bundle", b.dir(), id()}), 1,
                "cannot allocate tty if runc will detach without setting console socket");
    CHECK_FAILS(call({"run", "-d", "--bundle", b.dir(), id()}), 1,
                "cannot allocate tty if runc will detach without setting console socket");
    b.spec["process"]["terminal"] = false;
    b.save();
    CHECK_FAILS(call({"create", "--console-socket", temp("sock"), "--bundle", b.dir(), id()}), 1,
                "cannot use console socket if runc will not detach or allocate tty");
    CHECK_FAILS(call({"create", "--bundle", temp("nowhere"), id()}), 1, "no such file or directory");
    fs::create_directory(temp("empty"));
    CHECK_FAILS(call({"create", "--bundle", temp("empty"), id()}), 1,
                "JSON specification file config.json not found");
}

// ---- spec and features
// ----------------------------------------------------------------------------------------------

RUNTIME_TEST("spec: writes runc's default config.json and refuses to overwrite it", "[spec]") {
    fs::create_directory(temp("new"));
    Result result = plain({"spec", "--bundle", temp("new")});
    REQUIRE_OK(result);
    CHECK(result.out.empty());
    std::string text = read_file(temp("new/config.json"));
    CHECK(text.rfind("{\n\t\"ociVersion\": \"", 0) == 0);
    CHECK(text.back() == '}');
    json spec = json::parse(text);
    json expected = default_spec();
    expected["process"]["terminal"] = true;
    expected["ociVersion"] = spec["ociVersion"];
    if (is_runcxx()) expected["hostname"] = "runcxx";
    if (is_old_runc()) {
        // 1.1 still gave inheritable and ambient capabilities.
        spec["process"]["capabilities"].erase("inheritable");
        spec["process"]["capabilities"].erase("ambient");
    }
    // On cgroup v2 the default has a cgroup namespace.
    json namespaces = json::array();
    for (const auto& entry : spec["linux"]["namespaces"])
        if (entry["type"] != "cgroup") namespaces.push_back(entry);
    spec["linux"]["namespaces"] = namespaces;
    CHECK(json::diff(expected, spec) == json::array());
    if (is_runcxx()) CHECK(spec["ociVersion"] == "1.3.0");

    CHECK_FAILS(plain({"spec", "--bundle", temp("new")}), 1, "File config.json exists. Remove it first");
}

RUNTIME_TEST("spec: --rootless gives a user namespace with one mapping and no resources", "[spec][root]") {
    fs::create_directory(temp("new"));
    Options options;
    options.cwd = temp("new");
    REQUIRE_OK(plain({"spec", "--rootless"}, options));
    json spec = json::parse(read_file(temp("new/config.json")));
    CHECK(spec["linux"]["uidMappings"] == json::parse(R"([{"containerID": 0, "hostID": 0, "size": 1}])"));
    CHECK(spec["linux"]["gidMappings"] == json::parse(R"([{"containerID": 0, "hostID": 0, "size": 1}])"));
    CHECK_FALSE(spec["linux"].contains("resources"));
    std::set<std::string> types;
    for (const auto& entry : spec["linux"]["namespaces"])
        types.insert(entry["type"]);
    CHECK(types.count("user") == 1);
    CHECK(types.count("network") == 0);
    for (const auto& mount : spec["mounts"]) {
        if (mount["destination"] == "/sys") {
            CHECK(mount["type"] == "none");
            CHECK(mount["options"] == json::parse(R"(["rbind", "nosuid", "noexec", "nodev", "ro"])"));
        }
        if (mount.contains("options"))
            for (const auto& option : mount["options"])
                CHECK(option.get<std::string>().rfind("gid=", 0) != 0);
    }
}

RUNTIME_TEST("spec: the written bundle runs", "[spec][root]") {
    Bundle& b = bundle();
    REQUIRE_OK(plain({"spec", "--bundle", b.dir()}));
    json spec = json::parse(read_file(b.dir() / "config.json"));
    spec["process"]["terminal"] = false;
    spec["process"]["args"] = {"echo", "hello"};
    b.spec = spec;
    Result result = run(b);
    REQUIRE_OK(result);
    CHECK(result.out == "hello\n");
}

RUNTIME_TEST("features: prints the runtime-spec's features document", "[features]") {
    Result result = plain({"features"});
    REQUIRE_OK(result);
    CHECK(result.err.empty());
    CHECK(result.out.rfind("{\n    \"ociVersionMin\": \"1.0.0\",\n", 0) == 0);
    CHECK(result.out.back() == '\n');
    json features = json::parse(result.out);
    CHECK(features["hooks"] ==
          json::parse(R"(["prestart", "createRuntime", "createContainer", "startContainer",
                                               "poststart", "poststop"])"));
    auto has = [](const json& list, const char* name) {
        return std::find(list.begin(), list.end(), name) != list.end();
    };
    for (const char* option : {"rro", "bind", "rbind", "tmpcopyup", "nosuid", "rprivate", "strictatime"}) {
        INFO(option);
        CHECK(has(features["mountOptions"], option));
    }
    CHECK(std::is_sorted(features["mountOptions"].begin(), features["mountOptions"].end()));
    const json& linux_part = features["linux"];
    for (const char* type : {"cgroup", "ipc", "mount", "network", "pid", "user", "uts"})
        CHECK(has(linux_part["namespaces"], type));
    CHECK(has(linux_part["capabilities"], "CAP_SYS_ADMIN"));
    CHECK(linux_part["cgroup"]["v1"] == true);
    CHECK(linux_part["seccomp"]["enabled"] == true);
    for (const char* action : {"SCMP_ACT_ERRNO", "SCMP_ACT_NOTIFY", "SCMP_ACT_KILL_PROCESS", "SCMP_ACT_LOG"})
        CHECK(has(linux_part["seccomp"]["actions"], action));
    CHECK(has(linux_part["seccomp"]["operators"], "SCMP_CMP_MASKED_EQ"));
    CHECK(has(linux_part["seccomp"]["archs"], "SCMP_ARCH_X86_64"));
    if (is_old_runc()) return;
    CHECK(features["ociVersionMax"] == "1.3.0");
    CHECK(has(linux_part["namespaces"], "time"));
    CHECK(linux_part["mountExtensions"]["idmap"]["enabled"] == true);
    CHECK(linux_part["seccomp"].contains("knownFlags"));
    CHECK(linux_part["seccomp"].contains("supportedFlags"));
    CHECK(features["annotations"].contains("org.opencontainers.runc.version"));
    for (const char* part : {"apparmor", "selinux", "intelRdt", "netDevices"}) {
        INFO(part);
        CHECK(linux_part[part]["enabled"] == true);
    }
    CHECK(linux_part["intelRdt"]["schemata"] == true);
    CHECK(linux_part["intelRdt"]["monitoring"] == true);
    CHECK(has(linux_part["memoryPolicy"]["modes"], "MPOL_WEIGHTED_INTERLEAVE"));
    CHECK(has(linux_part["memoryPolicy"]["flags"], "MPOL_F_STATIC_NODES"));
    for (const char* annotation : {"bundle", "org.systemd.property.", "org.criu.config"})
        CHECK(has(features["potentiallyUnsafeConfigAnnotations"], annotation));
    if (!is_runcxx()) return;
    CHECK(has(features["potentiallyUnsafeConfigAnnotations"], "run.oci.hooks.stdout"));
    CHECK(has(features["mountOptions"], "copy-symlink"));
}
