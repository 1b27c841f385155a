// SPDX-License-Identifier: Apache-2.0
// The language of the written part, and roff that means what the text says. That pages and help agree is held
// against the binary, in tests/package/man_test.py.
#include "manual/man_page.h"

#include <string>

#include "base/error.h"
#include "cli/commands.h"
#include "manual/prose.h"
#include "support/catch.h"

using namespace runcxx;
using namespace runcxx::manual;

namespace {

std::string error_of(std::string_view text) {
    try {
        parse_prose("runcxx-exec", text);
    } catch (const Error& error) {
        return error.message();
    }
    return "none";
}

}  // namespace

TEST_CASE("prose: sections hold paragraphs, entries and examples", "[manual]") {
    const auto prose = parse_prose("runcxx-exec",
                                   "# runcxx-exec(8)\n\n## DESCRIPTION\n\nOne\ntwo.\n\nThree.\n\n"
                                   "## FILES\n\n- `a: b`: c\n  d\n- `e`: f\n\n"
                                   "## EXAMPLES\n\n```sh\nls  -l\n\n# x\n```\n");
    const auto* description = prose.find("DESCRIPTION");
    REQUIRE(description != nullptr);
    REQUIRE(description->blocks.size() == 2);
    CHECK(description->blocks[0].text == "One two.");
    CHECK(description->blocks[1].text == "Three.");
    const auto& files = prose.find("FILES")->blocks;
    REQUIRE(files.size() == 2);
    CHECK(files[0].term == "`a: b`");
    CHECK(files[0].text == "c d");
    CHECK(files[1].text == "f");
    CHECK(prose.find("EXAMPLES")->blocks[0].text == "ls  -l\n\n# x\n");
    CHECK(prose.find("NOTES") == nullptr);
}

TEST_CASE("prose: what is no page is refused with its line", "[manual]") {
    CHECK(error_of("# runcxx-run(8)\n") == "docs/man/runcxx-exec.md:1: expected \"# runcxx-exec(8)\"");
    const std::string head = "# runcxx-exec(8)\n";
    CHECK(error_of(head + "text\n") == "docs/man/runcxx-exec.md:2: text before the first section");
    CHECK(error_of(head + "## OPTIONS\n") == "docs/man/runcxx-exec.md:2: no section of a man page: OPTIONS");
    CHECK(error_of(head + "## FILES\nx\n## DESCRIPTION\n") ==
          "docs/man/runcxx-exec.md:4: DESCRIPTION does not come behind FILES");
    CHECK(error_of(head + "## FILES\n- x: y\n") == "docs/man/runcxx-exec.md:3: expected \"- `term`: text\"");
    CHECK(error_of(head + "## FILES\n  x\n") ==
          "docs/man/runcxx-exec.md:3: indented, but there is no list entry above");
    CHECK(error_of(head + "## FILES\n```\nx\n") == "docs/man/runcxx-exec.md:5: the example has no end");
    CHECK(error_of(head + "## FILES\n") == "docs/man/runcxx-exec.md:3: nothing below FILES");
    CHECK(error_of(head + "## FILES\n| a |\n") ==
          "docs/man/runcxx-exec.md:3: not in the Markdown of man pages, see src/manual/prose.h");
}

TEST_CASE("roff: characters that mean something to it are shown as they are", "[manual]") {
    CHECK(plain_roff("a-b 'c' \\n ~^\"`") == "a\\-b \\(aqc\\(aq \\en \\(ti\\(ha\\(dq\\(ga");
}

TEST_CASE("roff: marks become fonts, and references are bold", "[manual]") {
    CHECK(to_roff("a `--b` and *c*") == "a \\fB\\-\\-b\\fR and \\fIc\\fR");
    CHECK(to_roff("see runcxx-run(8), ps(1)") == "see \\fBruncxx\\-run\\fR(8), \\fBps\\fR(1)");
    CHECK(to_roff("2 * 3, f(x), (8) and `open") == "2 * 3, f(x), (8) and \\(gaopen");
}

TEST_CASE("man page: text cannot be taken for a request", "[manual]") {
    const auto page = command_page(
        cli::kState,
        parse_prose("runcxx-state", "# runcxx-state(8)\n## EXAMPLES\n```\n.so /etc/passwd\n'x\n```\n"),
        "2024-01-02");
    CHECK(page.find("\n\\&.so /etc/passwd\n") != std::string::npos);
    CHECK(page.find("\n\\(aqx\n") != std::string::npos);
    CHECK(page.find(".TH RUNCXX\\-STATE 8 2024-01-02 ") != std::string::npos);
}
