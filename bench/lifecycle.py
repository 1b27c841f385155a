# SPDX-License-Identifier: Apache-2.0
"""The commands on a container that runs: state, ps, pause and resume, kill and delete. Used by run.py."""

import ctypes
import json
import os
import re
import shutil
import statistics
import subprocess
import time

PR_SET_CHILD_SUBREAPER = 36


def make_bundle(directory, busybox, spec):
    os.makedirs(f"{directory}/rootfs")
    for name in ("proc", "dev", "sys"):
        os.makedirs(f"{directory}/rootfs/{name}")
    shutil.copy(busybox, f"{directory}/rootfs/busybox")
    spec["process"]["args"] = ["/busybox", "sleep", "100000"]
    with open(f"{directory}/config.json", "w") as file:
        json.dump(spec, file)


class Runtime:
    def __init__(self, binary, state, bundle):
        self.call = [binary, "--root", state]
        self.bundle = bundle
        self.id = f"bench-life-{os.getpid()}-{os.path.basename(state)}"

    def start(self):
        # Its streams are not ours: they would stay open in the container.
        subprocess.run([*self.call, "run", "--detach", "--bundle", self.bundle, self.id], check=True,
                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        text = subprocess.run([*self.call, "state", self.id], check=True, capture_output=True, text=True).stdout
        return int(re.search(r'"pid"\s*:\s*(\d+)', text)[1])

    def ms(self, *command):
        """Milliseconds of one command, which must succeed."""
        null = os.open("/dev/null", os.O_RDWR)
        actions = [(os.POSIX_SPAWN_DUP2, null, number) for number in range(3)]
        began = time.perf_counter()
        pid = os.posix_spawn(self.call[0], [*self.call, *command], os.environ, file_actions=actions)
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        spent = (time.perf_counter() - began) * 1e3
        os.close(null)
        if status != 0:
            raise RuntimeError(f"{' '.join([*self.call, *command])} failed ({status})")
        return spent

    def cleanup(self):
        subprocess.run([*self.call, "delete", "--force", self.id], capture_output=True)


def wait_for_end(pid):
    """Of a container's init, which is ours by now."""
    os.waitpid(pid, 0)


def measure(binaries, work, busybox, spec, rounds):
    """{row: {runtime: median milliseconds}}; the runtimes take turns."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    make_bundle(f"{work}/life", busybox, spec)
    runtimes = {name: Runtime(path, f"{work}/life-{name}", f"{work}/life") for name, path in binaries.items()}
    found = {}
    add = lambda row, name, value: found.setdefault(row, {}).setdefault(name, []).append(value)
    try:
        for _ in range(rounds):
            for name, runtime in runtimes.items():
                pid = runtime.start()
                add("state", name, runtime.ms("state", runtime.id))
                add("ps --format json", name, runtime.ms("ps", "--format", "json", runtime.id))
                add("pause + resume", name, runtime.ms("pause", runtime.id) + runtime.ms("resume", runtime.id))
                add("delete --force", name, runtime.ms("delete", "--force", runtime.id))
                wait_for_end(pid)
                pid = runtime.start()
                began = time.perf_counter()
                killing = runtime.ms("kill", runtime.id, "KILL")
                wait_for_end(pid)
                add("kill, to the end of init", name, (time.perf_counter() - began) * 1e3)
                add("kill + delete --force", name, killing + runtime.ms("delete", "--force", runtime.id))
    finally:
        for runtime in runtimes.values():
            runtime.cleanup()
    return {row: {name: statistics.median(values) for name, values in columns.items()}
            for row, columns in found.items()}
