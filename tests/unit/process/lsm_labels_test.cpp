// SPDX-License-Identifier: Apache-2.0
// Build machines have neither AppArmor nor SELinux: a folder stands in for /proc, and the real /proc shows what is
// said where there is no such module.
#include "process/lsm_labels.h"

#include <fcntl.h>

#include <filesystem>
#include <fstream>
#include <functional>

#include "base/error.h"
#include "support/fd.h"
#include "support/temp_dir.h"
#include "support/text_matchers.h"
#include "sys/file.h"

using namespace runcxx;
using namespace runcxx::process;
using runcxx::tests::Contains;
namespace fs = std::filesystem;

namespace {

class FakeProc {
public:
    FakeProc() : temp_("rxlsm") { fs::create_directories(attributes()); }
    fs::path attributes() const { return temp_ / "self/attr"; }
    void add(const std::string& name) const {
        fs::create_directories((attributes() / name).parent_path());
        std::ofstream(attributes() / name);
    }
    std::string get(const std::string& name) const { return tests::read_file(attributes() / name); }
    sys::ProcHandle handle() const {
        return sys::ProcHandle::made_up(sys::open_file(HostPath(temp_.path()), O_PATH | O_DIRECTORY));
    }

private:
    tests::TempDir temp_;
};

std::string error_of(const std::function<void()>& action) {
    try {
        action();
    } catch (const Error& error) {
        return error.message();
    }
    return {};
}

}  // namespace

TEST_CASE("AppArmor: the profile is for the next program, in AppArmor's own file where there is one",
          "[process]") {
    const FakeProc proc;
    proc.add("exec");
    apply_apparmor("acme", proc.handle());
    CHECK(proc.get("exec") == "exec acme");
    proc.add("apparmor/exec");
    apply_apparmor("other", proc.handle());
    CHECK(proc.get("apparmor/exec") == "exec other");
    CHECK(proc.get("exec") == "exec acme");
}

TEST_CASE("AppArmor: without any file it is not enabled", "[process]") {
    const FakeProc proc;
    CHECK(error_of([&] { apply_apparmor("acme", proc.handle()); }) ==
          "unable to apply apparmor profile: apparmor failed to apply profile: write "
          "/proc/thread-self/attr/exec: no "
          "such file or directory (AppArmor is not enabled on this host)");
    // A covered file is not written to.
    fs::create_symlink("/dev/null", proc.attributes() / "exec");
    CHECK_FALSE(error_of([&] { apply_apparmor("acme", proc.handle()); }).empty());
}

TEST_CASE("SELinux: the label is for the next program, another one for new keys", "[process]") {
    const FakeProc proc;
    proc.add("exec");
    proc.add("keycreate");
    apply_selinux("system_u:system_r:t:s0", proc.handle());
    label_new_keys("system_u:object_r:k:s0", proc.handle());
    CHECK(proc.get("exec") == "system_u:system_r:t:s0");
    CHECK(proc.get("keycreate") == "system_u:object_r:k:s0");
}

TEST_CASE("SELinux: without the file it is not enabled", "[process]") {
    const FakeProc proc;
    CHECK(error_of([&] { apply_selinux("l", proc.handle()); }) ==
          "can't set process label: write /proc/thread-self/attr/exec: no such file or directory (SELinux is "
          "not "
          "enabled on this host)");
    CHECK_THAT(error_of([&] { label_new_keys("l", proc.handle()); }), Contains("can't set label of keys"));
}

TEST_CASE("labels: none asks nothing of the kernel", "[process]") {
    apply_apparmor("");
    apply_selinux("");
}
