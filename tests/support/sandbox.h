// SPDX-License-Identifier: Apache-2.0
// The fixture of every integration test: temporary directories, bundles, container ids that are cleaned up,
// and the check that the host is the same afterwards. Write tests as RUNTIME_TEST("sentence", "[tags]") { ...
// }.
#pragma once

#include <deque>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "support/bundle.h"
#include "support/catch.h"
#include "support/host_snapshot.h"
#include "support/isolation.h"
#include "support/requirements.h"
#include "support/runtime.h"
#include "support/temp_dir.h"

namespace runcxx::tests {

class Sandbox {
public:
    Sandbox();
    ~Sandbox();
    Sandbox(const Sandbox&) = delete;
    Sandbox& operator=(const Sandbox&) = delete;

    std::filesystem::path temp(const std::string& name) const { return *temp_ / name; }
    std::filesystem::path state_root() const { return *temp_ / "state"; }
    // As an ordinary user, a rootless() one.
    Bundle& bundle();
    // A fresh id; its container is deleted at the end of the test.
    std::string id();

    Runtime runtime() const { return Runtime(state_root()); }
    Result call(const std::vector<std::string>& arguments, const Options& options = {});

    // Foreground `run` of a fresh id. `flags` go before the id.
    Result run(Bundle& bundle, std::vector<std::string> flags = {}, const Options& options = {});
    // The same, not waited for; the id is last_id().
    Process spawn_run(Bundle& bundle, std::vector<std::string> flags = {}, const Options& options = {});
    // Runs the probe with these verbs; requires exit 0 and returns its facts.
    json probe(Bundle& bundle, std::vector<std::string> verbs, std::vector<std::string> flags = {},
               const Options& options = {});

    // `create` / `run -d` that must succeed: returns the id. The container's output goes to output(id).
    std::string create(Bundle& bundle, std::vector<std::string> flags = {}, const Options& options = {});
    std::string run_detached(Bundle& bundle, std::vector<std::string> flags = {},
                             const Options& options = {});
    // The same without requiring success.
    Result try_create(Bundle& bundle, std::vector<std::string> flags = {}, const Options& options = {});
    Result try_run_detached(Bundle& bundle, std::vector<std::string> flags = {}, const Options& options = {});
    // `restore --detach` of a container that was checkpointed: `bundle` as it was. The old init is reaped before.
    Result restore(const std::string& id, Bundle& bundle, std::vector<std::string> flags,
                   const Options& options = {});
    void start(const std::string& id);
    // Waits for init's end (it is our child, we are the subreaper) and returns its code, 128 + signal when
    // killed.
    int wait_exit(const std::string& id, double seconds = 15);
    void kill(const std::string& id, const std::string& signal = "KILL");
    void remove(const std::string& id);

    json state(const std::string& id);
    // "" when the container does not exist.
    std::string status(const std::string& id);
    pid_t init_pid(const std::string& id) const;
    std::string output(const std::string& id) const;
    std::string errors(const std::string& id) const;
    const std::string& last_id() const { return ids_.back().id; }

    // Declares that orphans of the container come to us by design (shared pid namespace).
    void expect_orphans() { orphans_expected_ = true; }
    // Reaps what became ours and is dead; false when something unexpected was among it.
    void reap();

private:
    struct Tracked {
        std::string id;
        std::filesystem::path pid_file;
        std::unique_ptr<Fd> out, err;
        std::optional<int> exit_code;
    };

    Tracked& tracked(const std::string& id);
    const Tracked& tracked(const std::string& id) const;
    Result detached(const char* verb, Bundle& bundle, std::vector<std::string> flags, const Options& options);
    bool is_known_init(pid_t pid, int status);

    HostSnapshot before_;
    std::unique_ptr<TempDir> temp_;
    std::deque<Bundle> bundles_;
    std::deque<Tracked> ids_;
    std::vector<std::string> unexpected_;
    bool orphans_expected_ = false;
};

// Matches output that contains `text`; Catch2 renamed its own matcher between 2 and 3.
inline auto HasText(const std::string& text) {
#if __has_include(<catch2/catch_all.hpp>)
    return Catch::Matchers::ContainsSubstring(text);
#else
    return Catch::Matchers::Contains(text);
#endif
}

// The error output with the quoting of text log lines undone, so that texts can be looked for as they were
// meant.
std::string plain_errors(const Result& result);

// For INFO and failure messages.
std::string describe(const Result& result);

// The reason a mount is missing is clearer with the list: finds by target, the last one wins (it is on top).
json mount_at(const json& mounts, const std::string& target);
bool has_option(const json& mount, const std::string& option);

}  // namespace runcxx::tests

#define RUNTIME_TEST(name, tags) TEST_CASE_METHOD(::runcxx::tests::Sandbox, name, tags)
// The arguments are evaluated once: most of them are calls.
#define REQUIRE_OK(call)                                 \
    do {                                                 \
        const ::runcxx::tests::Result& result_ = (call); \
        INFO(::runcxx::tests::describe(result_));        \
        REQUIRE(result_.exit_code == 0);                 \
    } while (false)
// Fails with this exit code and this text somewhere in the error output.
#define CHECK_FAILS(call, code, text)                                                       \
    do {                                                                                    \
        const ::runcxx::tests::Result& result_ = (call);                                    \
        INFO(::runcxx::tests::describe(result_));                                           \
        CHECK(result_.exit_code == (code));                                                 \
        CHECK_THAT(::runcxx::tests::plain_errors(result_), ::runcxx::tests::HasText(text)); \
    } while (false)
