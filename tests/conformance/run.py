#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the validation tests of opencontainers/runtime-tools against the runtime, and against runc and crun beside it.

usage: RUNTIME_TOOLS=CHECKOUT [RUNTIME=...] tests/conformance/run.py [TEST...]

Everything runs in an isolated host (tests/engines/support) with cgroup v1 only: that is what the tests know best, and what
all three runtimes take. A cell says what became of the checks: "12", "10, 2 FAIL", "270 (39 skipped)", and "ERROR" if the test
program itself gave up. A test that fails is to have a row in docs/conformance.md with the cause; one without fails this.
With names of tests, their whole output is printed too.
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/engines"))
from support import isolated_host  # noqa: E402

HOW_TO_GET_ONE = """\
RUNTIME_TOOLS is to be a built checkout of github.com/opencontainers/runtime-tools:

  git clone https://github.com/opencontainers/runtime-tools /tmp/runtime-tools
  make -C /tmp/runtime-tools runtimetest validation-executables          # Go 1.21 or newer
  make conformance RUNTIME_TOOLS=/tmp/runtime-tools
"""
EXPLANATIONS = ROOT / "docs/conformance.md"

# crun 1.8 takes no ociVersion above 1.0; the tests write 1.3.0. Everything else of the configuration stays as it is.
CRUN = """#!/bin/sh
bundle=.
for word; do [ "$before" = --bundle ] && bundle=$word; before=$word; done
[ ! -f "$bundle/config.json" ] || sed -i 's/"ociVersion": *"1\\.[1-9][^"]*"/"ociVersion":"1.0.2"/' "$bundle/config.json"
exec {crun} "$@"
"""


def checkout():
    path = pathlib.Path(os.environ.get("RUNTIME_TOOLS") or "/nonexistent").resolve()
    if not (path / "runtimetest").exists() or not list(path.glob("validation/*/*.t")):
        sys.exit(HOW_TO_GET_ONE)
    return path


class Outcome:
    """What one test program said, in the Test Anything Protocol."""

    def __init__(self, status, output):
        lines = re.findall(r"^(not ok|ok) \d+(.*)$", output, re.M)
        self.skipped = sum("# SKIP" in text for _, text in lines)
        self.passed = sum(verdict == "ok" and "# SKIP" not in text for verdict, text in lines)
        self.failed = sum(verdict == "not ok" for verdict, text in lines)
        self.broken = status != 0
        self.output = output

    @property
    def good(self):
        return not self.failed and not self.broken

    def __str__(self):
        parts = [str(self.passed)] if self.passed or self.good else []
        parts += [f"{self.failed} FAIL"] if self.failed else []
        parts += ["ERROR"] if self.broken else []
        return ", ".join(parts) + (f" ({self.skipped} skipped)" if self.skipped else "")


def run(tools, test, runtime):
    try:
        done = subprocess.run([test], cwd=tools, env={**os.environ, "RUNTIME": runtime}, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60)
        return Outcome(done.returncode, done.stdout.decode(errors="replace"))
    except subprocess.TimeoutExpired as late:
        return Outcome(1, (late.stdout or b"").decode(errors="replace") + "\nnot done after 60 s\n")


def runtimes():
    """{name: program}: the one under test first."""
    found = {pathlib.Path(isolated_host.runtime()).name: isolated_host.runtime()}
    if runc := shutil.which("runc"):
        found.setdefault("runc", runc)
    if crun := shutil.which("crun"):
        wrapper = pathlib.Path(os.environ["TMPDIR"], "crun")
        wrapper.write_text(CRUN.replace("{crun}", crun))
        wrapper.chmod(0o755)
        found.setdefault("crun", str(wrapper))
    return found


def main():
    tools = checkout()
    isolated_host.enter(only_runtime=False, cgroup_v1_only=True)
    tests = sorted(tools.glob("validation/*/*.t"))
    if sys.argv[1:]:
        tests = [test for test in tests if test.stem in sys.argv[1:]]
    compared = runtimes()
    explained = {name for first in re.findall(r"^\| (`[^|]*`) \|", EXPLANATIONS.read_text(), re.M)
                 for name in re.findall(r"`(\w+)`", first)}
    print("".join(f"| {name:<30} " for name in ["test", *compared]) + "|\n" + "|---" * (len(compared) + 1) + "|", flush=True)
    passed, failed, unexplained = 0, 0, []
    for test in tests:
        outcomes = [run(tools, test, runtime) for runtime in compared.values()]
        print("".join(f"| {text!s:<30} " for text in [test.stem, *outcomes]) + "|", flush=True)
        passed, failed = passed + outcomes[0].good, failed + (not outcomes[0].good)
        if not outcomes[0].good and test.stem not in explained:
            unexplained.append(test.stem)
        if sys.argv[1:]:
            print("".join(f"---- {name}\n{outcome.output}" for name, outcome in zip(compared, outcomes)))
    if unexplained:
        print(f"no row in {EXPLANATIONS.relative_to(ROOT)} explains: {' '.join(unexplained)}")
    print(f"{passed} tests pass, {failed} do not, {len(unexplained)} of them unexplained")
    sys.exit(1 if unexplained else 0)


main()
