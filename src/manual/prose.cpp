// SPDX-License-Identifier: Apache-2.0
#include "manual/prose.h"

#include <algorithm>

#include <fmt/core.h>

#include "base/error.h"
#include "base/text.h"

namespace runcxx::manual {
namespace {

class Parser {
public:
    explicit Parser(std::string_view page) : page_(page) {}

    Prose parse(std::string_view text) {
        for (const auto line : split(text, '\n')) {
            ++number_;
            read(line);
        }
        if (in_example_) fail("the example has no end");
        for (const auto& section : prose_.sections)
            if (section.blocks.empty()) fail(fmt::format("nothing below {}", section.title));
        return std::move(prose_);
    }

private:
    void read(std::string_view line) {
        if (number_ == 1) {
            if (line != fmt::format("# {}(8)", page_)) fail(fmt::format("expected \"# {}(8)\"", page_));
        } else if (line.starts_with("```")) {
            if (!in_example_) add({Block::Kind::Example});
            in_example_ = !in_example_;
            open_ = false;
        } else if (in_example_) {
            last().text += fmt::format("{}\n", line);
        } else if (line.empty()) {
            open_ = false;
        } else if (line.starts_with("## ")) {
            begin_section(line.substr(3));
        } else if (line.starts_with("- ")) {
            begin_entry(line.substr(2));
        } else if (line.starts_with("#") || line.starts_with("|") || line.starts_with("* ")) {
            fail("not in the Markdown of man pages, see src/manual/prose.h");
        } else if (open_) {
            last().text += fmt::format(" {}", trim(line));
        } else if (line.starts_with(" ")) {
            fail("indented, but there is no list entry above");
        } else {
            add({Block::Kind::Paragraph, {}, std::string(line)});
            open_ = true;
        }
    }

    void begin_section(std::string_view title) {
        const auto place = std::ranges::find(kProseSections, title);
        if (place == std::end(kProseSections)) fail(fmt::format("no section of a man page: {}", title));
        if (!prose_.sections.empty() &&
            place <= std::ranges::find(kProseSections, prose_.sections.back().title))
            fail(fmt::format("{} does not come behind {}", title, prose_.sections.back().title));
        prose_.sections.push_back({std::string(title), {}});
        open_ = false;
    }

    void begin_entry(std::string_view line) {
        const auto colon = line.find("`: ");
        if (colon == std::string_view::npos) fail("expected \"- `term`: text\"");
        add({Block::Kind::Entry, std::string(line.substr(0, colon + 1)),
             std::string(line.substr(colon + 3))});
        open_ = true;
    }

    void add(Block block) {
        if (prose_.sections.empty()) fail("text before the first section");
        prose_.sections.back().blocks.push_back(std::move(block));
    }

    Block& last() { return prose_.sections.back().blocks.back(); }

    [[noreturn]] void fail(std::string_view why) const {
        throw Error(fmt::format("docs/man/{}.md:{}: {}", page_, number_, why));
    }

    std::string_view page_;
    Prose prose_;
    int number_ = 0;
    bool open_ = false;  // the next line goes on with the last block
    bool in_example_ = false;
};

}  // namespace

const Section* Prose::find(std::string_view title) const {
    const auto found = std::ranges::find(sections, title, &Section::title);
    return found == sections.end() ? nullptr : &*found;
}

Prose parse_prose(std::string_view page, std::string_view text) {
    return Parser(page).parse(text);
}

}  // namespace runcxx::manual
