#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Which of the objects that are linked into the program the common commands execute code of: writes cmake/startup.ld, the
linker script that places them side by side. The kernel maps 64 KB around each page that is touched, so code that lies
scattered costs memory and page faults. `make layout` calls it on cgroup v2; it takes some minutes, and is worth it after
larger changes. An object that is missing in the list only lies with the rest."""

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
INPUT_NAME = re.compile(r"^ (\.text\S*)$")
INPUT_SECTION = re.compile(r"^ (?:\.text\S*)?\s+0x([0-9a-f]+)\s+0x([0-9a-f]+) (\S+)$")
ARCHIVE_MEMBER = re.compile(r".*/(lib[\w+]+)[\w.+-]*\.a\((.*)\)$")

HEAD = """\
/* SPDX-License-Identifier: Apache-2.0 */
/* The objects whose code the common commands execute, side by side: fewer pages are touched, and mapped around those.
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
    """[(address, size, object)] of every input section with code, in order of addresses."""
    found, in_text, name_alone = [], False, False
    for line in link_map.read_text().splitlines():
        if output := OUTPUT_SECTION.match(line):
            in_text = output[1].startswith("text")
        if not in_text:
            continue
        section = INPUT_SECTION.match(line)
        if section and (name_alone or line.startswith(" .text")):
            address, size = int(section[1], 16), int(section[2], 16)
            if size:
                found.append((address, size, section[3]))
        name_alone = bool(INPUT_NAME.match(line))
    return sorted(found)


def executed_objects(addresses, sections):
    starts = [start for start, _, _ in sections]
    objects = set()
    for address in addresses:
        start, size, name = sections[bisect.bisect_right(starts, address) - 1]
        if start <= address < start + size:
            objects.add(name)
    return objects


def pattern(name):
    """How a linker script names it, wherever it lies: `*libc*.a:malloc.o`."""
    member = ARCHIVE_MEMBER.match(name)
    # A + is no character of a file name there.
    return f"*{member[1].split('+')[0]}*.a:{member[2]}" if member else f"*{os.path.basename(name)}"


def status_of(program, root, container):
    done = subprocess.run([program, *root, "state", container], capture_output=True, text=True)
    return json.loads(done.stdout)["status"] if done.returncode == 0 else None


def trace(program, work):
    """The addresses that the common commands execute."""
    found = work / "executed"
    bundle = bundles.Bundles(work / "bundles", OUT / "true", v2=True)
    root = ["--root", work / "state"]

    def start(*command):
        return subprocess.Popen([OUT / "executed", found, program, *root, *command], stdout=subprocess.DEVNULL)

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
    return {int(line, 16) for line in found.read_text().split()}


def main():
    with tempfile.TemporaryDirectory(dir=OUT / "run") as folder:
        work = pathlib.Path(folder)
        program, link_map = work / "runcxx", work / "map"
        link_with_map(program, link_map)
        sections = code(link_map)
        objects = executed_objects(trace(program, work), sections)
    placed = sum(size for _, size, name in sections if name in objects)
    lines = "".join(f"    {one}(.text .text.*)\n" for one in sorted({pattern(name) for name in objects}))
    SCRIPT.write_text(HEAD + lines + TAIL)
    print(f"{SCRIPT.relative_to(ROOT)}: {len(objects)} objects, {placed / 1e3:.0f} of "
          f"{sum(size for _, size, _ in sections) / 1e3:.0f} KB of code")


if __name__ == "__main__":
    main()
