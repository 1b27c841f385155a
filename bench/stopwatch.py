# SPDX-License-Identifier: Apache-2.0
"""Python's side of measure.c: steps, lanes, and the figures of what was measured."""

import os
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass

OUT = os.environ.get("BENCH_OUT", "build/bench")
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "120"))


def describe(name, version, path):
    """One program that is measured, in a line; of ours the commit tells more than the path."""
    if name != "ours":
        return f"{version} ({path})"
    done = subprocess.run(["git", "-C", os.path.dirname(os.path.abspath(__file__)), "describe", "--always", "--dirty"],
                          capture_output=True, text=True)
    return f"{version} ({done.stdout.strip() or 'commit unknown'})"


def rounds(share):
    """A share of BENCH_ROUNDS, so that one variable sets the length of all."""
    return max(3, round(ROUNDS * share))


@dataclass(frozen=True)
class Step:
    command: tuple
    title: str = "-"    # not timed
    times: int = 1
    at_once: int = 1

    def words(self):
        return ["+", self.title, str(self.times), str(self.at_once), *self.command]


def timed(title, *command, times=1, at_once=1):
    return Step(command, title, times, at_once)


def untimed(*command, times=1, at_once=1):
    return Step(command, "-", times, at_once)


SETTLE = Step((), times=0)    # until the inits of the containers that ended are gone


def arguments(count, pause_ms, lanes):
    words = [str(count), str(pause_ms)]
    for name, steps in lanes.items():
        words += ["--", name]
        for step in steps:
            words += step.words()
    return words


def figures(values):
    """Median and spread, as they stand in results.json."""
    if len(values) == 1:
        return {"median": values[0], "p25": values[0], "p75": values[0], "n": 1}
    low, middle, high = statistics.quantiles(values, n=4, method="inclusive")
    return {"median": middle, "p25": low, "p75": high, "n": len(values)}


COLUMNS = 5


@dataclass(frozen=True)
class Found:
    """Each {title: {lane: figures}}."""
    spent_ms: dict
    processor_ms: dict
    peak_mb: dict


def read(lines):
    """Of the lines that measure prints."""
    spent, processor, peak = {}, {}, {}
    for line in lines:
        lane, title, nanoseconds, microseconds, kib = line.split("\t")
        for kind, value in ((spent, int(nanoseconds) / 1e6), (processor, int(microseconds) / 1e3), (peak, int(kib) * 1024 / 1e6)):
            kind.setdefault(title, {}).setdefault(lane, []).append(value)
    return Found(*({title: {lane: figures(values) for lane, values in of.items()} for title, of in kind.items()}
                   for kind in (spent, processor, peak)))


def take(count, lanes, pause_ms=0):
    # Errors go to a file: containers that stay would hold a pipe open.
    with tempfile.TemporaryFile("w+") as errors:
        done = subprocess.run([f"{OUT}/measure", *arguments(count, pause_ms, lanes)], stdout=subprocess.PIPE,
                              stderr=errors, text=True)
        if done.returncode != 0:
            errors.seek(0)
            sys.exit(f"bench: {errors.read()[-2000:]}")
    return read(done.stdout.splitlines())


def once(steps):
    """Preparation: the steps, once, without a figure."""
    take(1, {"preparation": steps})
