// SPDX-License-Identifier: Apache-2.0
// The fixture of the tests of checkpoint and restore: a program that counts, its round trip, and programs in CRIU's place.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "support/sandbox.h"

namespace runcxx::tests {

// Counts in memory and in a file; what only the memory knows has to survive. Its streams must not be files of the host,
// which CRIU could not find again.
inline const char* const kCounting =
    "exec </dev/null >/dev/null 2>&1; n=0; while :; do n=$((n+1)); echo $n >/dev/shm/n; sleep 0.02; done";

class CheckpointSandbox : public Sandbox {
public:
    Bundle& counting() { return bundle().writable().sh(kCounting); }

    Result checkpoint(const std::string& id, std::vector<std::string> flags = {}) {
        std::vector<std::string> arguments = {"checkpoint", "--image-path", images(), "--work-path", work()};
        arguments.insert(arguments.end(), flags.begin(), flags.end());
        arguments.push_back(id);
        return call(arguments, slow());
    }
    Result bring_back(const std::string& id, Bundle& bundle, std::vector<std::string> flags = {},
                      Options options = slow()) {
        flags.insert(flags.end(), {"--image-path", images(), "--work-path", work()});
        return restore(id, bundle, flags, options);
    }
    int count(const std::string& id) {
        // The program may not have come so far.
        const auto result = call({"exec", id, "/bin/sh", "-c", "cat /dev/shm/n 2>/dev/null || echo 0"});
        INFO(describe(result));
        REQUIRE(result.ok());
        return std::atoi(result.out.c_str());
    }
    bool counts_on(const std::string& id) {
        const int before = count(id);
        return wait_until([&] { return count(id) > before; }, 5);
    }
    std::string images() const { return temp("images"); }
    std::string work() const { return temp("work"); }

    static Options slow() {
        Options options;
        options.deadline = 60;
        return options;
    }
};

// What a process is in: "net:[4026531840]".
std::string own_namespace(pid_t pid, const std::string& kind);

// A directory that has a `criu` which is this shell script, as the whole of PATH's beginning.
Options with_fake_criu(const std::filesystem::path& directory, const std::string& script);

// A script that writes these bytes (in Perl's notation) to the socket, whose number is the second argument, and waits.
std::string says(const std::string& bytes);

}  // namespace runcxx::tests

#define CHECKPOINT_TEST(name, tags) TEST_CASE_METHOD(::runcxx::tests::CheckpointSandbox, name, tags)
