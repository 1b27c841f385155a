#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`exec` of a static true into a container that idles: one, and sixteen at a time, as health checks come. After run.py,
by run.sh."""

import json
import os
import shlex
import shutil
import statistics
import subprocess
import sys
import tempfile

from run import OUT, PAUSE_MS, PAUSED_ROUNDS, ROUNDS, default_spec, make_bundle, measure, spread, syscalls, version

AT_ONCE = 16


def find_binaries():
    binaries = {"ours": shutil.which(os.environ["RUNTIME"]), "crun": shutil.which("crun"), "runc": shutil.which("runc")}
    if binaries["ours"] is None:
        sys.exit(f"bench: {os.environ['RUNTIME']} does not exist")
    return {name: os.path.abspath(path) for name, path in binaries.items() if path}


def make_idle_bundle(directory):
    make_bundle(directory)
    spec = default_spec()
    spec["process"]["args"] = ["/true", "and stay"]
    with open(f"{directory}/config.json", "w") as file:
        json.dump(spec, file)


def start_containers(binaries, work):
    """The command in front of `run`, `exec` and `delete`, of each that could start its container, and its id."""
    running = {}
    for name, path in binaries.items():
        front, container = [path, "--root", f"{work}/state-{name}"], f"bench-exec-{os.getpid()}-{name}"
        null = subprocess.DEVNULL
        done = subprocess.run([*front, "run", "--detach", "--bundle", work, container], stdin=null, stdout=null, stderr=null)
        if done.returncode == 0:
            running[name] = (front, container)
        elif name == "ours":
            sys.exit("bench: our container did not start")
    return running


def at_once(command):
    return ["/bin/sh", "-c", f"for i in $(seq {AT_ONCE}); do {shlex.join(command)} & done; wait"]


def main():
    binaries = find_binaries()
    work = tempfile.mkdtemp(prefix="bench-exec-")
    running = {}
    try:
        make_idle_bundle(work)
        running = start_containers(binaries, work)
        one = {name: [*front, "exec", container, "/true"] for name, (front, container) in running.items()}
        many = {name: at_once(command) for name, command in one.items()}
        measure(one, 3, 0)  # warm the page cache
        tight = measure(one, ROUNDS, 0)
        paused = measure(one, PAUSED_ROUNDS, PAUSE_MS)
        storm = measure(many, max(ROUNDS // 10, 3), 0)
        median = lambda found, name, what="ms": statistics.median(found[name][what])
        rows = {name: {"version": version(binaries[name]), "median_ms": median(tight, name),
                       "p10_ms": spread(tight[name]["ms"])[0], "p90_ms": spread(tight[name]["ms"])[1],
                       "paused_median_ms": median(paused, name), "at_once_median_ms": median(storm, name),
                       "cpu_ms": median(tight, name, "cpu_ms"), "peak_rss_kib": median(tight, name, "rss_kib"),
                       "syscalls": syscalls(one[name])} for name in one}
    finally:
        for front, container in running.values():
            subprocess.run([*front, "delete", "--force", container])
        shutil.rmtree(work, ignore_errors=True)

    print(f"\n`exec` of a static true, {ROUNDS} rounds in turn\n")
    print(f"{'':7}{'median':>10}{'p10..p90':>17}{'of ours':>9}{'100 ms apart':>14}{f'{AT_ONCE} at once':>14}{'CPU':>9}{'peak RSS':>11}"
          f"{'syscalls':>10}")
    ours = rows["ours"]
    for name, row in rows.items():
        between = f"{row['p10_ms']:.2f}..{row['p90_ms']:.2f}"
        print(f"{name:7}{row['median_ms']:7.2f} ms{between:>17}{row['median_ms'] / ours['median_ms']:8.2f}x"
              f"{row['paused_median_ms']:11.2f} ms{row['at_once_median_ms']:11.2f} ms{row['cpu_ms']:6.1f} ms"
              f"{row['peak_rss_kib'] / 1024:7.1f} MiB{row['syscalls'] or '-':>10}")

    verdicts = []
    if "crun" in rows:
        for what, key in ((f"exec no slower than crun", "median_ms"), (f"{AT_ONCE} at once no slower than crun", "at_once_median_ms")):
            ratio = ours[key] / rows["crun"][key]
            verdicts.append({"bar": f"{what} ({ratio:.2f} of its time)", "met": ratio <= 1})
    print()
    for verdict in verdicts:
        print(f"  {'met   ' if verdict['met'] else 'MISSED'} {verdict['bar']}")
    with open(f"{OUT}/results-exec.json", "w") as file:
        json.dump({"rounds": ROUNDS, "rows": rows, "verdicts": verdicts}, file, indent=2)
    sys.exit(0 if all(v["met"] for v in verdicts) else 1)


if __name__ == "__main__":
    main()
