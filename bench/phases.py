#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Where the time of a `run` goes, for ours, crun and the floor: the moments of a few system calls (strace stops at no
other), and what lies between them; and once, with every call traced, how many calls lie between them. Writes
build/bench/figures-phases.json; run.sh calls it on cgroup v2.

Each stop costs some 50 us, so the sum is above what run.py measures; the floor pays for the same stops."""

import datetime
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

from run import Bench
from stopwatch import OUT, figures, rounds
from targets import PHASES

STOPS = "execve,execveat,clone,clone3,vfork,unshare,pivot_root,exit_group"
LINE = re.compile(r"^(\d+) +(\d+\.\d+) (\w+)\((.*)$")

def calls(trace):
    """[(process, ms, call, arguments)], of strace -f -ttt; the second half of an interrupted call is none."""
    for line in trace:
        match = LINE.match(line)
        if match:
            yield match[1], float(match[2]) * 1e3, match[3], match[4]


def moments(trace):
    """{moment: ms}, of a run of /true."""
    found, main, payload, renewed = {}, None, None, set()
    for pid, at, call, arguments in trace:
        main = main or pid
        moment = None
        if call == "execve" and arguments.startswith('"/true"'):
            moment, payload = "payload", pid
        elif call in ("execve", "execveat") and pid == main:
            moment = "again" if "begin" in found else "begin"
        elif call == "execveat":
            renewed.add(pid)
        elif call in ("clone", "clone3", "vfork") and pid == main:
            moment = "clone"
        elif call == "unshare" and pid in renewed:
            moment = "unshare"
        elif call == "pivot_root":
            moment = "pivot"
        elif call == "exit_group":
            moment = {payload: "payload-exit", main: "exit"}.get(pid)
        if moment:
            found.setdefault(moment, at)
    return found


def phases(at):
    """(phase, its begin, its end) of those whose moments were seen."""
    return [(phase, at[first], at[last]) for phase, _, first, last in PHASES if first in at and last in at]


def traced(command, file, *filters):
    subprocess.run(["strace", "-f", "-ttt", "-o", file, *filters, *command],
                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    with open(file) as lines:
        return list(calls(lines))


def main():
    began, load = time.monotonic(), os.getloadavg()[0]
    work = tempfile.mkdtemp(prefix="bench-")
    try:
        bench = Bench(work, True)
        commands = {runtime.name: runtime.run(bench.bundles.default).command for runtime in bench.runtimes
                    if runtime.name != "runc"}    # its chain of processes has other phases
        commands["floor"] = bench.floor
        spent = {}
        for _ in range(rounds(0.4)):
            for name, command in commands.items():
                at = moments(traced(command, f"{work}/trace", "--seccomp-bpf", "-e", f"trace={STOPS}"))
                for phase, first, last in phases(at):
                    spent.setdefault(phase, {}).setdefault(name, []).append(last - first)
        counts = {}
        for name, command in commands.items():
            trace = traced(command, f"{work}/trace")
            for phase, first, last in phases(moments(trace)):
                counts.setdefault(phase, {})[name] = sum(first <= at < last for _, at, _, _ in trace)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    rows = {phase: {name: figures(values) for name, values in of.items()} for phase, of in spent.items()}
    with open(f"{OUT}/figures-phases.json", "w") as file:
        json.dump({"load_before": load, "date": datetime.date.today().isoformat(),
                   "seconds": round(time.monotonic() - began), "rows": rows, "calls": counts}, file, indent=1)


if __name__ == "__main__":
    sys.exit(main())
