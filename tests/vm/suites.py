# SPDX-License-Identifier: Apache-2.0
"""The integration suite in machines: as which user, with which cgroup driver, what that host lacks, and the summary.
And an engine that needs such a machine."""
import dataclasses
import pathlib
import shlex
import sys
import threading
import time

from machine import Failure, Machine

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent.parent / "tools"))
from test_results import count

# The tests' limits of time are meant for real machines.
TIME_SCALE = 10
SUITE_SECONDS = 3000  # on a host that has other work; tests have limits of their own

# Requirements (tests/support/requirements.cpp) that no machine here has; every other skip is a failure.
NOWHERE = "cgroup-v1 v1-* no-apparmor no-systemd two-cpus"
# And what the older kernel (6.1) lacks.
KERNEL_LACKS = {"bookworm": "idmap-tmpfs pidfs weighted-interleave"}

AS_USER = "setpriv --reuid=tester --regid=tester --init-groups --reset-env"
USER_UNIT = "systemd-run --user --quiet --collect --pipe --wait --same-dir --property=Delegate=yes"
USER_BUS = "env XDG_RUNTIME_DIR=/run/user/1000 DBUS_SESSION_BUS_ADDRESS=unix:path=/run/user/1000/bus"


@dataclasses.dataclass(frozen=True)
class Suite:
    name: str
    filter: str                # Catch2's test specification
    prefix: str = ""           # command that becomes another user or goes elsewhere; the suite's follows
    environment: dict = dataclasses.field(default_factory=dict)
    lacks: str = ""            # requirements that are missing besides NOWHERE's

    def command(self, kernel):
        # Not /tmp, which systemd mounts without device nodes: a bundle without mounts of its own could not use its /dev.
        environment = {"RUNTIME": "/runcxx/runcxx", "TMPDIR": "/var/tmp", "TIME_SCALE": TIME_SCALE, "REQUIRE_ALL": 1,
                       "POLLED_CREATES": 4,  # 20 in `make test`; one processor has little left for what is polled
                       "HOST_LACKS": " ".join([NOWHERE, KERNEL_LACKS.get(kernel, ""), self.lacks]), **self.environment}
        words = ["env", *(f"{name}={value}" for name, value in environment.items()), "./integration", "--durations", "yes",
                 "--filenames-as-tags", self.filter]
        return f"cd /runcxx && exec {self.prefix} {shlex.join(words)}"


class Engine(Suite):
    """A driver of tests/engines; `filter` is its name."""

    def command(self, _kernel):
        return (f"cd /runcxx && exec {self.prefix} env RUNTIME=/runcxx/runcxx TIME_SCALE={TIME_SCALE} PYTHONDONTWRITEBYTECODE=1 "
                f"python3 engines/{self.filter}_test.py")


# What is left out is in `make test` and depends neither on systemd nor on the cgroup version.
ROOT_TESTS = "~[slow]~[stress]"
# [bootstrap] and [rootless] become other users themselves.
USER_TESTS = "~[root]~[bootstrap]~[rootless]~[net-devices]~[slow]~[stress]"
# What is about the container's cgroup: this user has been given none, and has no systemd to ask for one.
CGROUP_TESTS_NOT = "~[cgroups]~[resources]~[events]~[update]~[pause]~[systemd-host]"

# These files are about init and the command line, which know nothing of drivers: what they have besides [cgroups] runs
# once as root, in root-driverless, and once as a user, in user-alone.
DRIVERLESS = ("bootstrap bootstrap_errors cli exec exec_io extensions harness labels log mounts namespaces net_devices process "
              "run scheduling seccomp security spec_errors terminal userns_mounts").split()


def about_the_driver(tests):
    without = "".join(f"~[#{name}_test]" for name in DRIVERLESS)
    return f"{tests}{without},{tests}[cgroups]"


def driverless(tests):
    return ",".join(f"{tests}[#{name}_test]~[cgroups]" for name in DRIVERLESS)


# The longest first: each machine takes the next one when it has done one.
MACHINES = ("one", "two")
SUITES = [
    # 50 daemon-reloads; 200 containers with killed creators.
    Suite("systemd-slow", "[systemd-host][slow]"),
    Suite("root-systemd", about_the_driver(ROOT_TESTS), environment={"RUNTIME_DRIVER": "systemd"}, lacks="cgroupfs-driver"),
    Suite("user-systemd", about_the_driver(USER_TESTS), f"{AS_USER} {USER_BUS} {USER_UNIT}", {"RUNTIME_DRIVER": "systemd"},
          # systemd has no word for huge pages, and so delegates none.
          lacks="cgroupfs-driver start-with-one-process v2-hugetlb"),
    Suite("user-alone", USER_TESTS + CGROUP_TESTS_NOT, AS_USER),
    Suite("root-driverless", driverless(ROOT_TESTS)),
    Suite("root-cgroupfs", about_the_driver(ROOT_TESTS), environment={"STRESS_KILLS": 60}),  # 200 in `make test`
]

# In a machine with what an engine needs (build-image).
ENGINE_MACHINES = ("podman",)
ENGINES = [Engine("podman-user", "podman", f"{AS_USER} {USER_BUS} {USER_UNIT}")]


class Run:
    """All suites (or those named) in the machines; prints each when it ends, and the sum."""

    def __init__(self, folder, kernel, payload, only, suites=SUITES, machines=MACHINES, equipment="plain"):
        self.folder, self.kernel, self.payload, self.equipment = folder, kernel, payload, equipment
        self.waiting = [suite for suite in suites if not only or suite.name in only]
        self.machines = machines[:len(self.waiting)]
        self.lock = threading.Lock()
        self.total = [0, 0, 0]
        self.started = time.monotonic()

    def go(self):
        threads = [threading.Thread(target=self.run_machine, args=(name,)) for name in self.machines]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for suite in self.waiting:  # all machines failed
            self.record(suite.name, (0, 1, 0), "not run")
        passed, failed, skipped = self.total
        print(f"{passed} passed, {failed} failed, {skipped} skipped")
        return failed == 0 and passed > 0

    def run_machine(self, name):
        machine = Machine(self.folder / name, self.kernel, self.equipment)
        try:
            machine.start(self.payload)
            self.say(f"     machine {name} is up ({machine.processor_seconds():.0f} s of processor)")
            while suite := self.next_suite():
                self.run_suite(machine, suite)
        except Failure as failure:
            self.record(f"machine {name}", (0, 1, 0), str(failure))
        finally:
            machine.stop()

    def next_suite(self):
        with self.lock:
            return self.waiting.pop(0) if self.waiting else None

    def run_suite(self, machine, suite):
        begun, used = time.monotonic(), machine.processor_seconds()
        path = self.folder / f"{suite.name}.log"
        with open(path, "w", buffering=1) as log:  # line by line: what it was at when it hung
            # exec in a shell of its own: the machine's outlives the suite.
            status = machine.run(f"( {suite.command(self.kernel)} )", timeout=SUITE_SECONDS, on_line=lambda line: print(line, file=log))
        output = path.read_text()
        seconds = f"{time.monotonic() - begun:.0f} s, {machine.processor_seconds() - used:.0f} s of processor"
        self.record(f"{suite.name} ({seconds})", count(output, status), output)

    def record(self, title, result, output):
        passed, failed, skipped = result
        self.say(f"{'FAIL' if failed else 'ok  '} {title}: {passed} passed, {failed} failed, {skipped} skipped")
        if failed:  # indented, so that its own summary is not taken for ours
            noise = (" s: ", "SKIP ")
            self.say("".join(f"   | {line}\n" for line in output.splitlines() if not any(n in line[:12] for n in noise)))
        with self.lock:
            self.total = [before + more for before, more in zip(self.total, result)]

    def say(self, text):
        with self.lock:
            print(f"[{time.monotonic() - self.started:4.0f} s] {text}", flush=True)
