// SPDX-License-Identifier: Apache-2.0
// Help and version texts, the parts that clients and runc's own tests look at.
#include "cli/help.h"

#include <set>
#include <string>
#include <string_view>

#include "cli/commands.h"
#include "cli/global_options.h"
#include "cli/version.h"
#include "runcxx/version.h"
#include "support/catch.h"

using namespace runcxx::cli;

namespace {

bool contains(const std::string& text, const std::string& part) {
    UNSCOPED_INFO(text);
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("help: the program's begins with its name and lists every command", "[cli]") {
    const auto text = program_help("runcxx");
    CHECK(text.starts_with("NAME:\n   runcxx - Open Container Initiative runtime\n"));
    for (const auto* command : commands())
        CHECK(contains(text, "\n   " + std::string(command->name) + " "));
    CHECK(contains(text, "--log-format text|json"));
    CHECK_FALSE(contains(text, "criu FILE"));
}

TEST_CASE("help: a command's begins with its name and lists its options", "[cli]") {
    for (const auto* command : commands()) {
        const auto text = command_help("runcxx", *command);
        INFO(text);
        CHECK(text.starts_with("NAME:\n   runcxx " + std::string(command->name) + " - "));
        CHECK_FALSE(command->summary.empty());
        for (const auto& option : command->options)
            CHECK((text.find("   --" + std::string(option.name) +
                             (option.kind == OptionKind::Flag ? "" : " ")) != std::string::npos) !=
                  option.hidden);
    }
    CHECK(contains(command_help("runcxx", kCreate), "--bundle DIR, -b DIR"));
    CHECK_FALSE(contains(command_help("runcxx", kKill), "--all"));
}

TEST_CASE("commands: names are unique, and so are the names of their options", "[cli]") {
    std::set<std::string_view> names;
    for (const auto* command : commands()) {
        CHECK(names.insert(command->name).second);
        CHECK(find_command(command->name) == command);
        std::set<std::string_view> options{"h"};
        for (const auto& option : command->options) {
            CHECK(options.insert(option.name).second);
            CHECK((option.alias.empty() || options.insert(option.alias).second));
        }
        CHECK(command->min_arguments <= command->max_arguments);
    }
    CHECK(find_command("init") == nullptr);
    CHECK(find_command("") == nullptr);
}

TEST_CASE("version: the lines that clients parse are there", "[cli]") {
    const auto text = version_text(program_name("build/runcxx"));
    CHECK(text.starts_with("runcxx version " RUNCXX_VERSION "\n"));
    CHECK(contains(text, "\nspec: 1.3.0\n"));
    CHECK(contains(text, "\nlibseccomp: 2."));
    CHECK(version_text(program_name("/usr/sbin/runc")).starts_with("runc version " RUNCXX_VERSION "\n"));
    CHECK(program_name("/usr/sbin/runc-static") == "runcxx");
    CHECK((text.find("\ncommit: ") != std::string::npos) == !std::string_view(RUNCXX_COMMIT).empty());
}
