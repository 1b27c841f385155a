#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Where the time of a `run` goes, for ours, crun and the floor: the moments of a few system calls (strace stops at no
other), and what lies between them. Writes build/bench/figures-phases.json; run.sh calls it on cgroup v2.

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

def moments(trace):
    """{moment: ms since the start}, of one strace -f -ttt of a run of /true."""
    found, main, payload, begin, renewed = {}, None, None, None, set()
    for line in trace:
        match = LINE.match(line)
        if not match:
            continue
        pid, at, call, arguments = match[1], float(match[2]) * 1e3, match[3], match[4]
        if main is None:
            main, begin = pid, at
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
            found.setdefault(moment, at - begin)
    return found


def traced(command, file):
    subprocess.run(["strace", "-f", "--seccomp-bpf", "-ttt", "-e", f"trace={STOPS}", "-o", file, *command],
                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    with open(file) as lines:
        return moments(lines)


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
                at = traced(command, f"{work}/trace")
                for phase, _, first, last in PHASES:
                    if first in at and last in at:
                        spent.setdefault(phase, {}).setdefault(name, []).append(at[last] - at[first])
    finally:
        shutil.rmtree(work, ignore_errors=True)
    rows = {phase: {name: figures(values) for name, values in of.items()} for phase, of in spent.items()}
    with open(f"{OUT}/figures-phases.json", "w") as file:
        json.dump({"load_before": load, "date": datetime.date.today().isoformat(),
                   "seconds": round(time.monotonic() - began), "rows": rows}, file, indent=1)


if __name__ == "__main__":
    sys.exit(main())
