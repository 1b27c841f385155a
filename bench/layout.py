#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Which functions the common commands execute: writes cmake/startup.ld, the linker script that places them side by side,
those together that the same processes execute. The kernel maps 64 KB around each page that is touched, so code that lies
scattered costs memory and page faults. `make layout` calls it on cgroup v2; it takes some minutes, and is worth it after
larger changes. A function that is missing in the list only lies with the rest."""

import bisect
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

import bundles
import stopwatch

OUT = pathlib.Path(stopwatch.OUT)
ROOT = pathlib.Path(__file__).resolve().parent.parent
SCRIPT = ROOT / "cmake/startup.ld"
BUILD = ROOT / "build/release"

OUTPUT_SECTION = re.compile(r"^\.(\S+)")
INPUT_SECTION = re.compile(r"^ (\.text\S*)?\s+0x([0-9a-f]+)\s+0x([0-9a-f]+) (\S+)$")
INPUT_NAME = re.compile(r"^ (\.text\S*)$")
ARCHIVE_MEMBER = re.compile(r".*/(lib[\w+]+)[\w.+-]*\.a\((.*)\)$")

HEAD = """\
/* SPDX-License-Identifier: Apache-2.0 */
/* The functions that the common commands execute, side by side: fewer pages are touched, and mapped around those.
   Written by `make layout` (bench/layout.py). What is not listed, or listed and not there, does no harm. */
SECTIONS
{
  .text.start :
  {
"""
TAIL = """\
  }
}
INSERT BEFORE .text;
"""


def link_with_map(program, link_map):
    """The release build's program, with symbols and a map, linked as ninja links it."""
    commands = subprocess.run(["ninja", "-C", BUILD, "-t", "commands", "runcxx"], check=True, capture_output=True, text=True)
    command = commands.stdout.splitlines()[-1].replace("-o runcxx", f"-Wl,-Map,{link_map} -o {program}")
    subprocess.run(command, shell=True, cwd=BUILD, check=True)


def code(link_map):
    """[(address, size, section, object)] of every input section with code, in order of addresses."""
    found, in_text, name = [], False, None
    for line in link_map.read_text().splitlines():
        if output := OUTPUT_SECTION.match(line):
            in_text = output[1].startswith("text")
        if not in_text:
            continue
        section = INPUT_SECTION.match(line)
        if section and (section[1] or name):
            address, size = int(section[2], 16), int(section[3], 16)
            if size:
                found.append((address, size, section[1] or name, section[4]))
        alone = INPUT_NAME.match(line)
        name = alone and alone[1]
    return sorted(found)


def users_of(sections, traces):
    """{section: the processes that execute it}, of those that any does."""
    starts = [section[0] for section in sections]
    users = {}
    for number, trace in enumerate(traces):
        for address, role in trace:
            section = sections[bisect.bisect_right(starts, address) - 1]
            if section[0] <= address < section[0] + section[1]:
                users.setdefault(section, set()).update((number, bit) for bit in (1, 2) if role & bit)
    return users


def pattern(section, name):
    """How a linker script names it: `*(.text.function)`, for code that was not compiled so by its file: `*libc*.a:malloc.o(.text)`."""
    if section not in (".text", ".text.unlikely", ".text.startup") and "libc.a" not in name:
        return f"*({section})"
    member = ARCHIVE_MEMBER.match(name)
    # A + is no character of a file name there.
    where = f"*{member[1].split('+')[0]}*.a:{member[2]}" if member else f"*{os.path.basename(name)}"
    return f"{where}({section})"


def status_of(program, root, container):
    done = subprocess.run([program, *root, "state", container], capture_output=True, text=True)
    return json.loads(done.stdout)["status"] if done.returncode == 0 else None


def traces_of(program, work):
    """[[(address, role)]] of the common commands (executed.c)."""
    bundle = bundles.Bundles(work / "bundles", OUT / "true", v2=True)
    root = ["--root", work / "state"]
    files = []

    def start(*command):
        files.append(work / f"executed-{len(files)}")
        return subprocess.Popen([OUT / "executed", files[-1], program, *root, *command], stdout=subprocess.DEVNULL)

    def wait(process):
        if process.wait() != 0:
            sys.exit(f"layout: {process.args} failed: {process.returncode}")

    # Not the Kubernetes-like one: a seccomp profile takes libseccomp 20 million instructions.
    wait(start("run", "--bundle", bundle.default, "run"))
    creator = start("create", "--bundle", bundle.idle, "idle")  # ends with its container
    try:
        deadline = time.monotonic() + 300
        while status_of(program, root, "idle") != "created":
            if time.monotonic() > deadline or creator.poll() is not None:
                sys.exit("layout: the container was not created")
            time.sleep(1)
        for command in (["start", "idle"], ["state", "idle"], ["list"], ["exec", "idle", "/true"], ["kill", "idle", "KILL"]):
            wait(start(*command))
        wait(creator)
        wait(start("delete", "idle"))
    finally:
        creator.kill()  # and so all that it traces
        subprocess.run([program, *root, "delete", "--force", "idle"], stderr=subprocess.DEVNULL)
    lines = [[line.split() for line in file.read_text().splitlines()] for file in files]
    return [[(int(address, 16), int(role)) for address, role in file] for file in lines]


def main():
    with tempfile.TemporaryDirectory(dir=OUT / "run") as folder:
        work = pathlib.Path(folder)
        program, link_map = work / "runcxx", work / "map"
        link_with_map(program, link_map)
        sections = code(link_map)
        users = users_of(sections, traces_of(program, work))
    # What most processes execute first; then groups that the same processes execute.
    order = sorted(users, key=lambda section: (-len(users[section]), sorted(users[section]), section))
    lines = dict.fromkeys(f"    {pattern(section, name)}\n" for _, _, section, name in order)
    SCRIPT.write_text(HEAD + "".join(lines) + TAIL)
    print(f"{SCRIPT.relative_to(ROOT)}: {len(users)} functions, {sum(section[1] for section in users) / 1e3:.0f} of "
          f"{sum(section[1] for section in sections) / 1e3:.0f} KB of code")


if __name__ == "__main__":
    main()
