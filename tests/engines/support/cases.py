# SPDX-License-Identifier: Apache-2.0
"""Cases in the order of the file, one line each, and at the end "N passed, N failed", and how many were skipped."""
import os
import signal
import subprocess
import sys
import time
import traceback

# How many times slower than a real machine this host is, as for the integration tests. Every limit of time goes through
# patience(); what a test waits to pass does not.
TIME_SCALE = float(os.environ.get("TIME_SCALE", 1))
_cases = []


def patience(seconds):
    return seconds * TIME_SCALE


class Failure(Exception):
    pass


def case(name, seconds=60, missing=lambda: ""):
    """Decorates a function without arguments: a case that passes unless it raises or takes longer. It is skipped when
    `missing()` says what this host lacks for it."""
    def register(function):
        _cases.append((name, seconds, missing, function))
        return function
    return register


def run_all(diagnose):
    """Runs them all (or those named in argv, by a part of the name) and exits. `diagnose()` gives what was
    logged since it was last asked: that is printed with a failure."""
    def too_late(*_):
        raise Failure("took too long")

    signal.signal(signal.SIGALRM, too_late)
    failed = skipped = 0
    diagnose()
    chosen = [entry for entry in _cases if not sys.argv[1:] or any(part in entry[0] for part in sys.argv[1:])]
    for name, seconds, missing, function in chosen:
        if reason := missing():
            skipped += 1
            print(f"skip {name}: {reason}", flush=True)
            continue
        started = time.monotonic()
        try:
            signal.setitimer(signal.ITIMER_REAL, patience(seconds))
            try:
                function()
            finally:
                signal.setitimer(signal.ITIMER_REAL, 0)
            print(f"ok   {name} ({time.monotonic() - started:.1f} s)", flush=True)
            diagnose()
        except Exception as error:
            failed += 1
            where = traceback.extract_tb(error.__traceback__)
            line = next((frame.lineno for frame in where if frame.filename == function.__code__.co_filename and
                         frame.name == function.__name__), 0)
            what = error if isinstance(error, Failure) else repr(error)
            print(f"FAIL {name} (line {line}): {what}\n{diagnose()}", flush=True)
    also = f", {skipped} skipped" if skipped else ""
    print(f"{len(chosen) - failed - skipped} passed, {failed} failed{also}", flush=True)
    sys.exit(1 if failed or not chosen else 0)


def equal(actual, expected, what=""):
    if actual != expected:
        raise Failure(f"{what + ': ' if what else ''}expected {expected!r}, found {actual!r}")


def contains(text, part):
    if part not in text:
        raise Failure(f"expected {part!r} in {text!r}")


def true(value, what):
    if not value:
        raise Failure(what)


def eventually(what, look, seconds=10):
    """Calls look() until it gives something true, and returns that."""
    seconds = patience(seconds)
    deadline = time.monotonic() + seconds
    while not (value := look()):
        if time.monotonic() > deadline:
            raise Failure(f"not within {seconds} s: {what}")
        time.sleep(0.02)
    return value


class Result:
    def __init__(self, argv, status, out, err):
        self.argv, self.status, self.out, self.err = argv, status, out, err

    def __repr__(self):
        return f"{' '.join(self.argv)}: exit {self.status}\nstdout: {self.out}\nstderr: {self.err}"


def call(*argv, stdin=None, seconds=50, env=None):
    """Runs a program to its end; never raises for its exit status."""
    argv, seconds = [str(argument) for argument in argv], patience(seconds)
    try:
        done = subprocess.run(argv, **({"input": stdin} if stdin is not None else {"stdin": subprocess.DEVNULL}), text=True,
                              errors="replace", stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=seconds, env=env)
    except subprocess.TimeoutExpired as late:
        raise Failure(f"{' '.join(argv)}: not done after {seconds} s; stdout {late.stdout!r}, stderr {late.stderr!r}") from None
    return Result(argv, done.returncode, done.stdout, done.stderr)


def succeed(*argv, **options):
    """Its standard output, without the last line break."""
    result = call(*argv, **options)
    if result.status != 0:
        raise Failure(repr(result))
    return result.out.rstrip("\n")
