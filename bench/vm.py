#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The rows that need systemd and cgroup v2 with controllers: measured in the machine of tests/vm, against its crun and
runc (Debian 13's), and written to build/bench/figures-vm.json. Without KVM the machine is emulated: read the ratios."""

import datetime
import json
import os
import pathlib
import shutil
import sys
import time

import bundles
import stopwatch
from stopwatch import SETTLE, figures, rounds, timed

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests/vm"))
import machine as vm  # noqa: E402

PATHS = {"ours": "/runcxx/runcxx", "crun": "/usr/bin/crun", "runc": "/usr/sbin/runc"}
HERE = "/run/bench"        # in the machine: a tmpfs
LIMIT_STEP_KIB, LIMIT_MOST_KIB, LIMIT_TRIES = 64, 16384, 3
LIMIT_MARK = 987654321     # stands for the memory limit in a config.json


def make_payload(folder):
    """What goes to HERE in the machine."""
    shutil.rmtree(folder, ignore_errors=True)
    bundles.make_rootfs(f"{folder}/rootfs", f"{stopwatch.OUT}/true")
    shutil.copy(f"{stopwatch.OUT}/measure", folder)
    for name in PATHS:
        for driver, group in (("cgroupfs", f"/bench/{name}"), ("systemd", f"system.slice:bench:{name}")):
            spec = bundles.default_spec(True)
            spec["linux"]["cgroupsPath"] = group
            bundles.write(f"{folder}/{driver}-{name}", spec, f"{HERE}/rootfs")
    spec = bundles.stays(bundles.default_spec(True))
    spec["linux"]["resources"]["memory"] = {"limit": LIMIT_MARK}
    bundles.write(f"{folder}/limited", spec, f"{HERE}/rootfs")
    return folder


class Guest:
    def __init__(self, machine):
        self.machine = machine

    def output(self, command):
        lines = []
        status = self.machine.run(command, timeout=600, on_line=lines.append)
        return status, lines

    def take(self, count, lanes):
        status, lines = self.output(f"cd {HERE} && ./measure {' '.join(stopwatch.arguments(count, 0, lanes))}")
        if status != 0:
            sys.exit("bench: in the machine: " + "\n".join(lines[-5:]))
        # Both streams come together; what is not a figure is a runtime's warning.
        return stopwatch.read(line for line in lines if line.count("\t") == stopwatch.COLUMNS - 1).spent_ms

    def runs(self, title, driver, *options):
        lanes = {name: [timed(title, path, *options, "--root", f"{HERE}/state-{name}", "run", "--bundle",
                              f"{HERE}/{driver}-{name}", f"bench-{name}"), SETTLE] for name, path in PATHS.items()}
        self.take(3, lanes)
        return self.take(rounds(0.25), lanes)

    def features(self):
        return self.take(rounds(0.25), {name: [timed("features", path, "features")] for name, path in PATHS.items()})

    def starts_and_execs(self, path, kib):
        front = f"timeout 30 {path} --root {HERE}/limited-state"
        status, _ = self.output(
            f"cd {HERE}/limited && sed s/{LIMIT_MARK}/{kib * 1024}/ config.json >{HERE}/now/config.json && cd {HERE}/now && "
            f"{{ {front} run --detach small >/dev/null 2>&1 && {front} exec small /true >/dev/null 2>&1; good=$?; "
            f"{front} delete --force small >/dev/null 2>&1; ( exit $good ); }}")
        return status == 0

    def memory_minimum(self, path):
        """KiB: the smallest multiple of LIMIT_STEP_KIB with which every one of LIMIT_TRIES tries works."""
        low, high = 0, LIMIT_MOST_KIB // LIMIT_STEP_KIB
        while high - low > 1:
            middle = (low + high) // 2
            works = all(self.starts_and_execs(path, middle * LIMIT_STEP_KIB) for _ in range(LIMIT_TRIES))
            low, high = (low, middle) if works else (middle, high)
        return high * LIMIT_STEP_KIB

    def version(self, name):
        return stopwatch.describe(name, self.output(f"{PATHS[name]} --version")[1][0], PATHS[name])


def main():
    began, load = time.monotonic(), os.getloadavg()[0]
    machine = vm.Machine(ROOT / "build/vm/bench")
    payload = make_payload(f"{stopwatch.OUT}/vm-payload")
    try:
        print("bench: booting the machine", file=sys.stderr)
        machine.start({"runcxx": os.environ["RUNTIME"], "bench": payload})
        guest = Guest(machine)
        guest.output(f"mkdir -p {HERE} && cp -R /runcxx/bench/. {HERE} && mkdir {HERE}/now")
        rows = {}
        for scene in (lambda: guest.runs("systemd", "systemd", "--systemd-cgroup"), guest.features,
                      lambda: guest.runs("cgroupfs-vm", "cgroupfs"),
                      lambda: {"memory-minimum": {name: figures([guest.memory_minimum(path)]) for name, path in PATHS.items()}}):
            rows |= scene()
        speed = "KVM" if vm.acceleration(vm.image_for(machine.kernel)) is vm.KVM else "emulated, no KVM"
        host = f"{speed}, " + guest.output("echo Linux $(uname -r), systemd $(systemctl --version | awk 'NR==1 {print $2}')")[1][0]
        versions = {name: guest.version(name) for name in PATHS}
    finally:
        machine.stop()
    with open(f"{stopwatch.OUT}/figures-vm.json", "w") as file:
        json.dump({"host": host, "load_before": load, "date": datetime.date.today().isoformat(),
                   "seconds": round(time.monotonic() - began), "versions": versions, "rows": rows}, file, indent=1)


if __name__ == "__main__":
    try:
        main()
    except vm.Failure as failure:
        sys.exit(f"bench: {failure}")
