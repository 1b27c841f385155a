#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The man pages, held against what the binary's own help says, and read by the two programs that show man pages.

BUILD=build/release tests/package/man_test.py [PART_OF_A_CASE'S_NAME...]
"""
import gzip
import os
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/engines"))
sys.dont_write_bytecode = True
from support.cases import call, case, equal, run_all, succeed, true

BUILD = pathlib.Path(os.environ.get("BUILD") or ROOT / "build/release").resolve()
PAGES = {path.name.removesuffix(".8.gz"): path for path in (BUILD / "manual/man8").iterdir()}


def help_of(*command):
    return succeed(BUILD / "runcxx", *command, "--help")


def rows(text, heading):
    """The left column below a heading of a help text, and the right one."""
    block = re.search(rf"^{heading}:\n((?:   .*\n?)+)", text, re.M)[1]
    return dict(re.fullmatch(r"   (\S.*?)  +(\S.*)", line).groups() for line in block.splitlines())


COMMANDS = [name for name in rows(help_of(), "COMMANDS") if name != "help, h"]


def on_terminal(page):
    """As a terminal shows it; bold and underlined is what has a backspace: "b\\bb", "_\\bi"."""
    return succeed("mandoc", "-Tutf8", "-O", "width=500", PAGES[page])


def shown(page):
    return re.sub(r".\x08", "", on_terminal(page))


def entries(page, heading):
    """The terms of a section and the text below each, or beside, if the term is short."""
    mark = r"(?:.\x08.)"
    lines = on_terminal(page).splitlines()
    first = next(i for i, line in enumerate(lines) if re.sub(r".\x08", "", line) == heading) + 1
    found, term = {}, None
    for line in lines[first:]:
        if re.match(r"\S", line):
            break
        beside = re.fullmatch(rf" {{7}}({mark}{{1,6}}) +([^\x08]+)", line)
        plain = re.sub(r".\x08", "", line)
        if beside:
            term = re.sub(r".\x08", "", beside[1])
            found[term] = beside[2]
        elif re.match(r" {5,7}\S", line):
            term = plain.strip()
            found[term] = ""
        elif line.strip():
            found[term] += (" " if found[term] else "") + plain.strip()
    return found


@case("there is a page for each command, for the program, and no other")
def _():
    equal(sorted(PAGES), sorted(["runcxx", *(f"runcxx-{name}" for name in COMMANDS)]))
    listed = entries("runcxx", "COMMANDS")
    equal(listed.pop("help [command]"), rows(help_of(), "COMMANDS")["help, h"])
    equal(listed, {f"runcxx-{name}(8)": text for name, text in rows(help_of(), "COMMANDS").items() if name != "help, h"})


@case("the pages have the options of help, with their values and texts, and no other")
def _():
    program = entries("runcxx", "OPTIONS")
    program = {term: text for term, text in program.items() if term.startswith("-")}
    equal(program, rows(help_of(), "GLOBAL OPTIONS"))
    for name in COMMANDS:
        page = {term: text for term, text in entries(f"runcxx-{name}", "OPTIONS").items() if term.startswith("-")}
        equal(page, rows(help_of(name), "OPTIONS"), name)


@case("the synopsis has the arguments of help")
def _():
    for name in COMMANDS:
        usage = re.search(r"USAGE:\n   runcxx (.*)\n", help_of(name))[1].replace("<", "").replace(">", "")
        lines = [line.strip().removeprefix("runcxx [global options] ")
                 for line in re.search(r"^SYNOPSIS\n(.*?)^\S", shown(f"runcxx-{name}"), re.M | re.S)[1].splitlines() if line]
        first, *others = usage.split(" || ")
        equal(lines, [first, *(f"{name} [options] {other}" for other in others)], name)


@case("each command has a description, exit statuses and examples")
def _():
    for name in COMMANDS:
        headings = re.findall(r"^([A-Z ]+)$", shown(f"runcxx-{name}"), re.M)
        wanted = ["NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "EXIT STATUS", "EXAMPLES", "SEE ALSO"]
        equal([heading for heading in headings if heading in wanted], wanted, name)


@case("pages refer to pages of ours that exist")
def _():
    for page in PAGES:
        for name in re.findall(r"(runcxx[a-z-]*)\(8\)", shown(page)):
            true(name in PAGES, f"{page} refers to {name}(8)")


@case("mandoc finds nothing to complain about")
def _():
    for path in PAGES.values():  # one at a time: of several packed ones it unpacks the first only
        equal(call("mandoc", "-Tlint", "-Wall", path).out, "")


@case("groff finds nothing to complain about")
def _():
    for page, path in PAGES.items():
        result = call("groff", "-man", "-ww", "-Tutf8", "-z", stdin=gzip.decompress(path.read_bytes()).decode())
        equal((result.status, result.err), (0, ""), page)


run_all(lambda: "")
