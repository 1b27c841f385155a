// SPDX-License-Identifier: Apache-2.0
// The written part of a man page: docs/man/PAGE.md, in as much of Markdown as such a page needs.
//
//   # runcxx-exec(8)            the first line; the name of the file
//   ## EXIT STATUS              a section
//   text                        a paragraph; `literal`, *placeholder*, name(8)
//   - `term`: text              an entry of a list; further lines are indented by two blanks
//   ```sh ... ```               an example
//
// Runs in: neither; at build time, in write_manual. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace runcxx::manual {

struct Block {
    enum class Kind : unsigned char { Paragraph, Entry, Example };
    Kind kind = Kind::Paragraph;
    std::string term = {};  // of an Entry, with its marks
    std::string text = {};  // one line, with its marks; of an Example as it stands, every line with its end
};

struct Section {
    std::string title;
    std::vector<Block> blocks;
};

struct Prose {
    std::vector<Section> sections;
    // nullptr when there is none.
    const Section* find(std::string_view title) const;
};

// The sections that may be written, in the order of a page.
inline constexpr std::string_view kProseSections[] = {"DESCRIPTION", "EXIT STATUS", "ENVIRONMENT", "FILES",
                                                      "NOTES",       "EXAMPLES",    "SEE ALSO"};

// `page`: "runcxx-exec". Errors: "docs/man/PAGE.md:LINE: what is wrong there".
Prose parse_prose(std::string_view page, std::string_view text);

}  // namespace runcxx::manual
