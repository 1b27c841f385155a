# SPDX-License-Identifier: Apache-2.0
"""A host within the host: the engines run here, and nothing of them can outlive the test.

enter() runs the calling script again in mount, network, pid, IPC and UTS namespaces and a cgroup of its own. In there /run
and the engines' directories are empty file systems in memory, the cgroup hierarchies begin at that cgroup, and process 1 is
catatonit, which reaps. So there are no other containers, bridges, firewall rules or leftovers to tell apart from ours; and
when the script ends, however it ends, the kernel removes what is left.

The runtime under test is the only one, unless the caller wants to compare: every other one that is installed is covered by
/bin/false, so that an engine that did not take our configuration fails instead of passing with its default.
"""
import contextlib
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import time

from . import cgroups, other_debian
from .cases import patience

MARKER = "RUNCXX_ENGINES_ISOLATED"
SUITE = os.environ.get("SUITE")  # whose engines; without it those that are installed here
STATE_DIRECTORIES = ["/run", "/var/lib/containers", "/var/lib/containerd", "/var/lib/docker", "/var/lib/cni"]
OTHER_RUNTIMES = ["runc", "crun", "runcxx", "youki", "kata-runtime", "runsc"]


def runtime():
    """The binary under test: $RUNTIME, or this tree's."""
    tree = pathlib.Path(__file__).resolve().parents[3]
    return os.path.realpath(os.environ.get("RUNTIME") or tree / "build/release/runcxx")


def enter(only_runtime=True, cgroup_v1_only=False):
    """Comes back only inside; outside it waits for the inner run and exits with its status."""
    if os.environ.get(MARKER):
        _prepare(only_runtime, cgroup_v1_only)
        return
    if os.getuid() != 0:
        sys.exit("the tests of the engines need root")
    script = ["catatonit", "--", "/usr/bin/python3", os.path.abspath(sys.argv[0]), *sys.argv[1:]]
    if SUITE:
        script = other_debian.into(SUITE, script)
    cgroups.remove_abandoned()
    own = cgroups.create(f"{cgroups.PREFIX}{os.getpid()}")
    inner = subprocess.Popen(
        ["unshare", "--mount", "--propagation", "private", "--net", "--ipc", "--uts", "--cgroup",
         "--pid", "--fork", "--kill-child", "--mount-proc", *script],
        env={**os.environ, MARKER: "1", "RUNTIME": runtime(), "PYTHONDONTWRITEBYTECODE": "1"},
        preexec_fn=lambda: cgroups.join(own))
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: inner.kill())
    status = inner.wait()
    cgroups.remove(own)
    sys.exit(status if status >= 0 else 128 - status)


def _prepare(only_runtime, cgroup_v1_only):
    if not os.access(runtime(), os.X_OK):
        sys.exit(f"no runtime to test: {runtime()}")
    cgroups.mount_own(cgroup_v1_only)
    for directory in STATE_DIRECTORIES:
        os.makedirs(directory, exist_ok=True)
        _mount("-t", "tmpfs", "-o", "mode=755", "tmpfs", directory)
    for directory, mode, variable in (("/run/tmp", 0o1777, "TMPDIR"), ("/run/home", 0o700, "HOME")):
        os.mkdir(directory)
        os.chmod(directory, mode)
        os.environ[variable] = directory
    os.chdir("/run/tmp")  # conmon writes where it stands
    os.environ["PATH"] = "/usr/sbin:/usr/bin:/sbin:/bin"  # the distribution's engines
    for name in ("XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "NOTIFY_SOCKET"):
        os.environ.pop(name, None)
    others = OTHER_RUNTIMES if only_runtime else []
    covered = {os.path.realpath(path) for path in map(shutil.which, others) if path}
    for path in covered - {runtime()}:
        _mount("--bind", "/bin/false", path)
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)


def state_directory():
    """Where runtimes keep their records, each in a directory of its own."""
    return "/run"


def _mount(*arguments):
    subprocess.run(["mount", *arguments], check=True)


@contextlib.contextmanager
def as_runc():
    """For the few places where an engine runs "runc" whatever it was told: meanwhile that is the runtime under test."""
    path = os.path.realpath(shutil.which("runc"))
    if path == runtime():
        yield
        return
    _mount("--bind", runtime(), path)
    try:
        yield
    finally:
        subprocess.run(["umount", path], check=True)


def bounding_set():
    """The capabilities that root can have here. A machine may keep some to itself."""
    with open("/proc/self/status") as status:
        return int(re.search(r"CapBnd:\s*(\w+)", status.read())[1], 16)


def has_every_capability():
    with open("/proc/sys/kernel/cap_last_cap") as last:
        return bounding_set() == (2 << int(last.read())) - 1


def mounts():
    """Mount points. Not /run/netns itself: ip-netns(8) makes it one, for good."""
    with open("/proc/self/mountinfo") as lines:
        return {line.split()[4] for line in lines} - {"/run/netns"}


def processes():
    """(pid, command line) of everything that runs here, zombies included, but for process 1, us and kernel threads."""
    found = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit() and int(entry) not in (1, os.getpid()):
            try:
                stat = pathlib.Path("/proc", entry, "stat").read_text()
                command = pathlib.Path("/proc", entry, "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            except (FileNotFoundError, ProcessLookupError):
                continue
            found[int(entry)] = command.strip() or stat.split(" ", 2)[1]
    return found


class Snapshot:
    """What an engine could leave behind: mounts, processes, cgroups, pinned network namespaces, network devices."""

    def __init__(self, *daemons):
        """Of the daemons nothing is noted: they may have been restarted since."""
        own = {daemon.pid for daemon in daemons}
        self.parts = {
            "mounts": mounts(),
            "processes": {f"{pid} {command}" for pid, command in processes().items() if pid not in own},
            "cgroups": set(cgroups.leaves()),
            "network namespaces": set(os.listdir("/run/netns")) if os.path.isdir("/run/netns") else set(),
        }

    def added_since(self, before):
        """Lines that say what is there now and was not then."""
        return [f"{kind}: {item}" for kind, items in self.parts.items() for item in sorted(items - before.parts[kind])]


def left_since(before, *daemons, but="(?!)", seconds=10):
    """Waits for engines that clean up behind our back; returns what is still there after that time, but for lines that
    match `but`."""
    deadline = time.monotonic() + patience(seconds)
    while (added := [line for line in type(before)(*daemons).added_since(before) if not re.fullmatch(but, line)]
           ) and time.monotonic() < deadline:
        time.sleep(0.05)
    return added
