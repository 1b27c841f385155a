#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Measures all rows of targets.py that need no machine of their own, in one cgroup mode, and writes
build/bench/figures-MODE.json. run.sh makes the ground for it."""

import contextlib
import ctypes
import datetime
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

import bundles
from stopwatch import OUT, SETTLE, describe, figures, once, rounds, take, timed, untimed

PAUSE_MS = 100
AT_ONCE = 16
STORM = 100
LIVE = (5, 100, 500)
HOST_MOUNTS = 2000
MS_BIND, MNT_DETACH = 4096, 2
libc = ctypes.CDLL(None, use_errno=True)


class Runtime:
    def __init__(self, name, path, work):
        self.name, self.path, self.work = name, path, work
        self.root = f"{work}/state-{name}"
        self.front = (path, "--root", self.root)
        self.id = f"bench-{os.getpid()}-{name}"

    def call(self, *words):
        return (*self.front, *words)

    def run(self, bundle, suffix="", title="run", **times):
        return timed(title, *self.call("run", "--bundle", bundle, self.id + suffix), **times)

    def stay(self, bundle, suffix="", **times):
        return untimed(*self.call("run", "--detach", "--bundle", bundle, self.id + suffix), **times)

    def delete(self, suffix="", **times):
        return untimed(*self.call("delete", "--force", self.id + suffix), **times)

    def knows(self, *words):
        return subprocess.run([self.path, *words], capture_output=True).returncode == 0

    def version(self):
        return subprocess.run([self.path, "--version"], capture_output=True, text=True).stdout.split("\n")[0]

    def clean(self):
        """After a failure: what still lives."""
        for container in os.listdir(self.root) if os.path.isdir(self.root) else ():
            subprocess.run(self.call("delete", "--force", container), capture_output=True)


class Bench:
    def __init__(self, work, v2):
        candidates = {"ours": os.environ["RUNTIME"], "crun": os.environ.get("CRUN", "crun"),
                      "runc": os.environ.get("RUNC", "runc")}
        found = {name: shutil.which(command) for name, command in candidates.items()}
        if not found["ours"]:
            sys.exit(f"bench: {candidates['ours']} does not exist: make, or set RUNTIME")
        self.runtimes = [Runtime(name, os.path.abspath(path), work) for name, path in found.items() if path]
        self.work = work
        self.bundles = bundles.Bundles(work, f"{OUT}/true", v2)
        self.floor = (f"{OUT}/floor", self.bundles.rootfs, "/true")
        self.rows = {}

    def lanes(self, steps, floor=None):
        """{name: steps(runtime)} of every runtime that has steps, and the floor where it can be compared."""
        lanes = {runtime.name: steps(runtime) for runtime in self.runtimes}
        if floor:
            lanes["floor"] = [timed(floor, *self.floor)]
        return {name: lane for name, lane in lanes.items() if lane}

    def record(self, found):
        self.rows |= found.spent_ms
        return found

    # ------------------------------------------------------------------ scenes

    def runs(self):
        lane = lambda bundle, title: self.lanes(lambda runtime: [runtime.run(bundle, title=title)], floor=title)
        take(3, lane(self.bundles.default, "warm"))    # the page cache
        found = self.record(take(rounds(1), lane(self.bundles.default, "run")))
        self.rows |= {"processor": found.processor_ms["run"], "peak-rss": found.peak_mb["run"]}
        self.record(take(rounds(1), {"floor": [timed("spawn", f"{OUT}/true")]}))
        self.record(take(rounds(0.3), lane(self.bundles.cgroup_namespace, "run-gap"), PAUSE_MS))
        self.record(take(rounds(0.3), lane(self.bundles.no_cgroup_namespace, "run-gap-no-cgroupns"), PAUSE_MS))

    def pods(self):
        warm = self.lanes(lambda runtime: [runtime.run(self.bundles.pod, title="pod-warm")])
        take(2, warm)
        self.record(take(rounds(0.4), warm))
        # Whatever a runtime keeps for the next start is below its root.
        self.record(take(rounds(0.3), self.lanes(lambda runtime: [
            untimed("/bin/rm", "-rf", runtime.root), runtime.run(self.bundles.pod, title="pod-cold")])))

    def life(self):
        def steps(runtime):
            command = lambda title, *words: timed(title, *runtime.call(*words))
            return [command("create", "create", "--bundle", self.bundles.idle, runtime.id),
                    command("start", "start", runtime.id),
                    command("ps", "ps", "--format", "json", runtime.id),
                    command("pause", "pause", runtime.id),
                    command("resume", "resume", runtime.id),
                    command("kill", "kill", runtime.id, "KILL"), SETTLE,
                    command("delete", "delete", runtime.id)]
        self.record(take(rounds(0.4), self.lanes(steps)))
        self.record(take(rounds(0.3), self.lanes(lambda runtime: [
            runtime.stay(self.bundles.idle), timed("delete-live", *runtime.delete().command), SETTLE])))

    def execs(self):
        once([runtime.stay(self.bundles.idle) for runtime in self.runtimes])
        lane = lambda title, **times: self.lanes(
            lambda runtime: [timed(title, *runtime.call("exec", runtime.id, "/true"), **times)])
        take(3, lane("warm"))
        self.record(take(rounds(0.6), lane("exec")))
        self.record(take(rounds(0.15), lane("exec-16", times=AT_ONCE, at_once=AT_ONCE)))
        self.record(take(rounds(0.3), lane("exec-gap"), PAUSE_MS))
        once([runtime.delete() for runtime in self.runtimes])

    def plain_commands(self):
        for title, *words in (("version", "--version"), ("features", "features")):
            self.record(take(rounds(0.5), self.lanes(
                lambda runtime: runtime.knows(*words) and [timed(title, runtime.path, *words)])))

    def storm(self):
        self.record(take(rounds(0.04), self.lanes(
            lambda runtime: [runtime.run(self.bundles.default, "-%", title="runs-16", times=STORM, at_once=AT_ONCE)])))

    def crowds(self):
        lane = lambda title: self.lanes(lambda runtime: [runtime.run(self.bundles.default, title=title)], floor=title)
        living = 0
        for wanted in LIVE:
            once([runtime.stay(self.bundles.idle, f"-live-{living}-%", times=wanted - living, at_once=AT_ONCE)
                  for runtime in self.runtimes])
            self.settle()
            self.record(take(rounds(0.3), lane(f"live-{wanted}")))
            if living == 0:
                self.record(take(rounds(0.2), self.lanes(
                    lambda runtime: [timed("state", *runtime.call("state", f"{runtime.id}-live-0-0"))])))
                with self.many_mounts():
                    self.record(take(rounds(0.3), lane(f"mounts-{HOST_MOUNTS}")))
            living = wanted
        self.record(take(rounds(0.2), self.lanes(lambda runtime: [timed("list", *runtime.call("list"))])))
        living = 0
        for wanted in LIVE:
            once([runtime.delete(f"-live-{living}-%", times=wanted - living, at_once=AT_ONCE) for runtime in self.runtimes])
            living = wanted

    @contextlib.contextmanager
    def many_mounts(self):
        top = f"{self.work}/mounts"
        os.makedirs(top)
        call = lambda function, *words: function(*words) == 0 or sys.exit(f"bench: mounts: {os.strerror(ctypes.get_errno())}")
        call(libc.mount, b"bench", top.encode(), b"tmpfs", 0, None)
        try:
            for number in range(HOST_MOUNTS):
                os.mkdir(f"{top}/{number}")
                call(libc.mount, self.bundles.rootfs.encode(), f"{top}/{number}".encode(), None, MS_BIND, None)
            yield
        finally:
            call(libc.umount2, top.encode(), MNT_DETACH)

    def settle(self):
        """The kernel ends network namespaces later, on the same processors."""
        time.sleep(1)

    def counts(self):
        one = lambda command: figures([system_calls(command)])
        self.rows["syscalls"] = {runtime.name: one(runtime.run(self.bundles.default).command) for runtime in self.runtimes}
        self.rows["syscalls"]["floor"] = one(self.floor)
        size = lambda path: figures([os.stat(os.path.realpath(path)).st_size / 1e6])
        self.rows["binary"] = {runtime.name: size(runtime.path) for runtime in self.runtimes}

    def all(self):
        for scene in (self.runs, self.pods, self.life, self.execs, self.plain_commands, self.storm, self.crowds,
                      self.counts):
            print(f"  {scene.__name__} ...", file=sys.stderr, flush=True)
            scene()
            self.settle()


def system_calls(command):
    with tempfile.NamedTemporaryFile() as file:
        done = subprocess.run(["strace", "-f", "-c", "-o", file.name, *command], stdin=subprocess.DEVNULL,
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        if done.returncode != 0:
            sys.exit(f"bench: {command[0]} failed under strace")
        return int(re.search(r"^\s*100\.00\s+\S+\s+(?:\S+\s+)?(\d+)\s+(?:\d+\s+)?total", open(file.name).read(), re.M)[1])


def processor():
    with open("/proc/cpuinfo") as file:
        return re.search(r"^model name\s*: (.*)$", file.read(), re.M)[1]


def main():
    mode = sys.argv[1]
    work = tempfile.mkdtemp(prefix="bench-")
    bench = Bench(work, mode == "v2")
    began = time.monotonic()
    load = os.getloadavg()[0]
    try:
        bench.all()
    finally:
        for runtime in bench.runtimes:
            runtime.clean()
        shutil.rmtree(work, ignore_errors=True)
    with open(f"{OUT}/figures-{mode}.json", "w") as file:
        json.dump({"host": f"Linux {os.uname().release}, {os.cpu_count()} x {processor()}",
                   "load_before": load, "date": datetime.date.today().isoformat(),
                   "seconds": round(time.monotonic() - began),
                   "versions": {runtime.name: describe(runtime.name, runtime.version(), runtime.path)
                                for runtime in bench.runtimes},
                   "rows": bench.rows}, file, indent=1)


if __name__ == "__main__":
    main()
