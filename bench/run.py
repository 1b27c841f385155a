#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Measures and judges; see run.sh, which prepares the ground and calls this."""

import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile

import lifecycle

OUT = os.environ["BENCH_OUT"]
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "150"))
PAUSED_ROUNDS = int(os.environ.get("BENCH_PAUSED_ROUNDS", "25"))
PAUSE_MS = 100
LIFECYCLE_ROUNDS = int(os.environ.get("BENCH_LIFECYCLE_ROUNDS", "40"))


def version(binary):
    return subprocess.run([binary, "--version"], capture_output=True, text=True).stdout.split("\n")[0]


def default_spec():
    """What `runc spec` writes, without a terminal, running /true."""
    caps = ["CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"]
    mount = lambda destination, kind, source, *options: {
        "destination": destination, "type": kind, "source": source, **({"options": list(options)} if options else {})}
    return {
        "ociVersion": "1.0.2",
        "process": {
            "terminal": False, "user": {"uid": 0, "gid": 0}, "args": ["/true"], "cwd": "/", "noNewPrivileges": True,
            "env": ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TERM=xterm"],
            "capabilities": {"bounding": caps, "effective": caps, "permitted": caps},
            "rlimits": [{"type": "RLIMIT_NOFILE", "hard": 1024, "soft": 1024}],
        },
        "root": {"path": "rootfs", "readonly": True},
        "hostname": "runc",
        "mounts": [
            mount("/proc", "proc", "proc"),
            mount("/dev", "tmpfs", "tmpfs", "nosuid", "strictatime", "mode=755", "size=65536k"),
            mount("/dev/pts", "devpts", "devpts", "nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"),
            mount("/dev/shm", "tmpfs", "shm", "nosuid", "noexec", "nodev", "mode=1777", "size=65536k"),
            mount("/dev/mqueue", "mqueue", "mqueue", "nosuid", "noexec", "nodev"),
            mount("/sys", "sysfs", "sysfs", "nosuid", "noexec", "nodev", "ro"),
            mount("/sys/fs/cgroup", "cgroup", "cgroup", "nosuid", "noexec", "nodev", "relatime", "ro"),
        ],
        "linux": {
            "resources": {"devices": [{"allow": False, "access": "rwm"}]},
            "namespaces": [{"type": t} for t in ("pid", "network", "ipc", "uts", "mount")],
            "maskedPaths": ["/proc/acpi", "/proc/asound", "/proc/kcore", "/proc/keys", "/proc/latency_stats",
                            "/proc/timer_list", "/proc/timer_stats", "/proc/sched_debug", "/sys/firmware", "/proc/scsi"],
            "readonlyPaths": ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"],
        },
    }


# On a container that runs, by every runtime that knows the command. {id}: the container.
COMMANDS = {
    "update": ["update", "--memory", "67108864", "--cpu-share", "512", "--pids-limit", "100", "{id}"],
    "events --stats": ["events", "--stats", "{id}"],
}
UNKNOWN_COMMANDS = {("crun", "events --stats")}


def make_bundle(directory):
    for name in ("proc", "dev", "sys"):
        os.makedirs(f"{directory}/rootfs/{name}")
    shutil.copy(f"{OUT}/true", f"{directory}/rootfs/true")
    with open(f"{directory}/config.json", "w") as file:
        json.dump(default_spec(), file)
    waiting = default_spec()
    waiting["process"]["args"] = ["/true", "wait"]
    os.makedirs(f"{directory}/waiting")
    waiting["root"]["path"] = f"{directory}/rootfs"
    with open(f"{directory}/waiting/config.json", "w") as file:
        json.dump(waiting, file)


def measure(commands, rounds, pause_ms):
    argv = [f"{OUT}/measure", str(rounds), str(pause_ms)]
    for command in commands.values():
        argv += ["--", *command]
    result = subprocess.run(argv, capture_output=True, text=True)
    if result.returncode != 0:
        sys.exit(f"bench: {result.stderr}")
    names = list(commands)
    found = {name: {"ms": [], "rss_kib": [], "cpu_ms": []} for name in names}
    for line in result.stdout.splitlines():
        number, nanoseconds, rss, cpu, status = map(int, line.split())
        if status != 0:
            sys.exit(f"bench: {names[number]} failed ({status}): {result.stderr}")
        row = found[names[number]]
        row["ms"].append(nanoseconds / 1e6)
        row["rss_kib"].append(rss)
        row["cpu_ms"].append(cpu / 1e3)
    return found


def measure_commands(binaries, work):
    """{command: {runtime: median ms}}, on one running container of each runtime."""
    call = lambda name, *words: [binaries[name], "--root", f"{work}/state-{name}", *words]
    ids = {name: f"bench-{os.getpid()}-{name}-waiting" for name in binaries}
    found = {}
    try:
        for name in binaries:
            subprocess.run(call(name, "run", "--detach", "--bundle", f"{work}/waiting", ids[name]), check=True,
                           stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        for title, words in COMMANDS.items():
            turns = {name: call(name, *[word.format(id=ids[name]) for word in words]) for name in binaries
                     if (name, title) not in UNKNOWN_COMMANDS}
            measure(turns, 3, 0)
            found[title] = {name: statistics.median(row["ms"]) for name, row in measure(turns, ROUNDS, 0).items()}
    finally:
        for name in binaries:
            subprocess.run(call(name, "delete", "--force", ids[name]), stderr=subprocess.DEVNULL)
    return found


def syscalls(command):
    if not shutil.which("strace"):
        return None
    with tempfile.NamedTemporaryFile() as file:
        done = subprocess.run(["strace", "-f", "-c", "-o", file.name, *command], stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
        if done.returncode != 0:
            return None
        total = re.search(r"^\s*100\.00\s+\S+\s+(?:\S+\s+)?(\d+)\s+(?:\d+\s+)?total", open(file.name).read(), re.M)
    return int(total.group(1)) if total else None


def hyperfine(commands):
    if not shutil.which("hyperfine"):
        return {}
    with tempfile.NamedTemporaryFile(suffix=".json") as file:
        done = subprocess.run(["hyperfine", "-N", "--style", "none", "--warmup", "3", "--runs", "60", "--export-json",
                               file.name, *[" ".join(c) for c in commands.values()]], capture_output=True)
        if done.returncode != 0:
            return {}
        return {name: row["median"] * 1e3 for name, row in zip(commands, json.load(file)["results"])}


def spread(values):
    ordered = sorted(values)
    return ordered[len(ordered) // 10], ordered[len(ordered) * 9 // 10]


def main():
    binaries = {"ours": os.environ["RUNTIME"], "crun": shutil.which("crun"), "runc": shutil.which("runc")}
    if not os.path.isabs(binaries["ours"]):
        binaries["ours"] = shutil.which(binaries["ours"]) or os.path.abspath(binaries["ours"])
    binaries = {name: path for name, path in binaries.items() if path and os.path.exists(path)}
    if "ours" not in binaries:
        sys.exit(f"bench: {os.environ['RUNTIME']} does not exist")
    work = tempfile.mkdtemp(prefix="bench-")
    try:
        make_bundle(work)
        commands = {"floor": [f"{OUT}/floor", f"{work}/rootfs", "/true"]}
        for name, path in binaries.items():
            commands[name] = [path, "--root", f"{work}/state-{name}", "run", "--bundle", work, f"bench-{os.getpid()}-{name}"]
        measure(commands, 3, 0)  # warm the page cache
        tight = measure(commands, ROUNDS, 0)
        paused = measure(commands, PAUSED_ROUNDS, PAUSE_MS)
        second = hyperfine(commands)
        busybox = shutil.which("busybox")
        if not busybox:
            sys.exit("bench: busybox is missing: tools/install-deps bench")
        life = lifecycle.measure(binaries, work, busybox, default_spec(), LIFECYCLE_ROUNDS)
        others = measure_commands(binaries, work) | life
        rows = {}
        for name in commands:
            low, high = spread(tight[name]["ms"])
            binary = binaries.get(name, f"{OUT}/floor")
            rows[name] = {
                "version": version(binary) if name in binaries else "",
                "median_ms": statistics.median(tight[name]["ms"]), "p10_ms": low, "p90_ms": high,
                "paused_median_ms": statistics.median(paused[name]["ms"]),
                "hyperfine_median_ms": second.get(name),
                "cpu_ms": statistics.median(tight[name]["cpu_ms"]),
                "peak_rss_kib": statistics.median(tight[name]["rss_kib"]),
                "syscalls": syscalls(commands[name]),
                "binary_bytes": os.stat(os.path.realpath(binary)).st_size,
            }
    finally:
        shutil.rmtree(work, ignore_errors=True)

    number = lambda value, form: "-" if value is None else format(value, form)
    print(f"`run` of a static true, {ROUNDS} rounds in turn; kernel {os.uname().release}, {os.cpu_count()} CPUs")
    for name, row in rows.items():
        if row["version"]:
            print(f"  {name}: {row['version']} ({binaries[name]})")
    print(f"\n{'':7}{'median':>10}{'p10..p90':>17}{'of ours':>9}{'100 ms apart':>14}{'hyperfine':>11}{'CPU':>9}"
          f"{'peak RSS':>11}{'syscalls':>10}{'binary':>10}")
    base = rows["ours"]["median_ms"]
    for name, row in rows.items():
        between = f"{row['p10_ms']:.2f}..{row['p90_ms']:.2f}"
        print(f"{name:7}{row['median_ms']:7.2f} ms{between:>17}{row['median_ms'] / base:8.2f}x"
              f"{row['paused_median_ms']:11.2f} ms{number(row['hyperfine_median_ms'], '.2f'):>8} ms{row['cpu_ms']:6.1f} ms"
              f"{row['peak_rss_kib'] / 1024:7.1f} MiB{number(row['syscalls'], 'd'):>10}"
              f"{row['binary_bytes'] / 1048576:6.1f} MiB")

    print(f"\n{'on a running container':27}" + "".join(f"{name:>12}" for name in binaries))
    for title, row in others.items():
        print(f"{title:27}" + "".join(f"{number(row.get(name), '.2f'):>9} ms" for name in binaries))

    verdicts = []
    judge = lambda text, good: verdicts.append({"bar": text, "met": bool(good)})
    ours = rows["ours"]
    if "crun" in rows:
        ratio = ours["median_ms"] / rows["crun"]["median_ms"]
        judge(f"no slower than crun ({ratio:.2f} of its time)", ratio <= 1)
        ratio = ours["peak_rss_kib"] / rows["crun"]["peak_rss_kib"]
        judge(f"peak memory not above crun's ({ratio:.2f} of it)", ratio <= 1)
    ratio = life["delete --force"]["ours"] / life["kill, to the end of init"]["ours"]
    judge(f"delete --force of a live container within 3 times of a kill and its wait ({ratio:.2f})", ratio <= 3)
    if "runc" in rows:
        ratio = ours["median_ms"] / rows["runc"]["median_ms"]
        judge(f"less than half of runc ({ratio:.2f} of its time)", ratio < 0.5)
    for title, row in others.items():
        # The peer that is to be beaten, and by runc alone what crun has not.
        peer = "crun" if "crun" in row else "runc"
        if peer in row:
            ratio = row["ours"] / row[peer]
            judge(f"{title}: no slower than {peer} ({ratio:.2f} of its time)", ratio <= 1)
    print()
    for verdict in verdicts:
        print(f"  {'met   ' if verdict['met'] else 'MISSED'} {verdict['bar']}")
    print(f"  ours is {ours['median_ms'] / rows['floor']['median_ms']:.2f} times the floor")
    with open(f"{OUT}/results.json", "w") as file:
        json.dump({"rounds": ROUNDS, "kernel": os.uname().release, "rows": rows, "commands": others,
                   "verdicts": verdicts}, file, indent=2)
    sys.exit(0 if all(v["met"] for v in verdicts) else 1)


if __name__ == "__main__":
    main()
