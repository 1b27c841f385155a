// SPDX-License-Identifier: Apache-2.0
#include "seccomp/features_data.h"

#include <algorithm>

#include "seccomp/compile.h"
#include "support/catch.h"

using namespace runcxx;

TEST_CASE("the lists of words are complete and sorted") {
    CHECK(seccomp::known_actions() == oci::Strings{"SCMP_ACT_ALLOW", "SCMP_ACT_ERRNO", "SCMP_ACT_KILL",
                                                   "SCMP_ACT_KILL_PROCESS", "SCMP_ACT_KILL_THREAD",
                                                   "SCMP_ACT_LOG", "SCMP_ACT_NOTIFY", "SCMP_ACT_TRACE",
                                                   "SCMP_ACT_TRAP"});
    CHECK(seccomp::known_operators() == oci::Strings{"SCMP_CMP_EQ", "SCMP_CMP_GE", "SCMP_CMP_GT",
                                                     "SCMP_CMP_LE", "SCMP_CMP_LT", "SCMP_CMP_MASKED_EQ",
                                                     "SCMP_CMP_NE"});
    const auto architectures = seccomp::known_architectures();
    CHECK(architectures.size() == 18);
    CHECK(std::is_sorted(architectures.begin(), architectures.end()));
    CHECK(seccomp::known_flags() == oci::Strings{"SECCOMP_FILTER_FLAG_TSYNC",
                                                 "SECCOMP_FILTER_FLAG_SPEC_ALLOW", "SECCOMP_FILTER_FLAG_LOG",
                                                 "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"});
}

TEST_CASE("every flag that is called supported is taken by a profile, and every other is refused") {
    const auto supported = seccomp::supported_flags();
    for (const auto& flag : seccomp::known_flags()) {
        INFO(flag);
        oci::Seccomp profile;
        profile.default_action = "SCMP_ACT_ALLOW";
        profile.listener_path = "/agent.sock";
        profile.syscalls.resize(1);
        profile.syscalls[0].names = {"mkdir"};
        profile.syscalls[0].action = "SCMP_ACT_NOTIFY";
        profile.flags = oci::Strings{flag};
        if (std::find(supported.begin(), supported.end(), flag) != supported.end())
            CHECK_NOTHROW(seccomp::check(profile));
        else
            CHECK_THROWS(seccomp::check(profile));
    }
}

TEST_CASE("the version of libseccomp has three numbers") {
    const auto version = seccomp::libseccomp_version();
    CHECK(std::count(version.begin(), version.end(), '.') == 2);
}
