# SPDX-License-Identifier: Apache-2.0
"""Cgroups of the test itself, and reading the limits of a container from outside, on cgroup v1, hybrid and v2."""
import os
import pathlib
import subprocess
import time

ROOT = pathlib.Path("/sys/fs/cgroup")
PREFIX = "runcxx-engines-"


def hierarchies():
    """The directories that are the roots of the hierarchies: one on v2, several on v1."""
    return [ROOT] if is_v2() else [
        path for path in ROOT.iterdir() if not path.is_symlink() and (path / "cgroup.procs").exists()]


def is_v2():
    return (ROOT / "cgroup.controllers").exists()


def create(name):
    """Makes a cgroup of that name in every hierarchy; returns the directories."""
    made = [hierarchy / name for hierarchy in hierarchies()]
    for directory in made:
        directory.mkdir()
        for setting in ("cpuset.cpus", "cpuset.mems"):  # v1: empty in a new cgroup, and nothing may join it then
            if not is_v2() and (directory / setting).exists():
                (directory / setting).write_text((directory.parent / setting).read_text())
    return made


def join(directories):
    for directory in directories:
        (directory / "cgroup.procs").write_text(str(os.getpid()))


def remove(directories, seconds=10):
    """Removes the trees. Their processes are dead or dying."""
    deadline = time.monotonic() + seconds
    for top in directories:
        while top.exists():
            for directory, _, _ in os.walk(top, topdown=False):
                try:
                    os.rmdir(directory)
                except OSError:
                    if time.monotonic() > deadline:
                        raise
            time.sleep(0.01)


def remove_abandoned():
    """Removes what a test left whose outer process was killed: the kernel has ended everything in there."""
    for hierarchy in hierarchies():
        for directory in hierarchy.glob(PREFIX + "*"):
            if not os.path.exists(f"/proc/{directory.name.removeprefix(PREFIX)}"):
                remove([directory])


def mount_own(v1_only=False):
    """In a new cgroup namespace: mounts the hierarchies again, so that they begin at our cgroup. `v1_only` leaves out the
    v2 one of a hybrid host."""
    lines = [line.split() for line in open("/proc/self/mounts") if line.split()[1].startswith(str(ROOT))]
    wanted = [(target, kind, options) for _, target, kind, options, *_ in lines if kind in ("cgroup", "cgroup2")]
    subprocess.run(["umount", "-R", ROOT], check=True)
    if [kind for _, kind, _ in wanted] == ["cgroup2"]:
        subprocess.run(["mount", "-t", "cgroup2", "cgroup2", ROOT], check=True)
        _delegate()
        return
    subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=755", "cgroup", ROOT], check=True)
    for target, kind, options in wanted:
        if v1_only and kind == "cgroup2":
            continue
        os.mkdir(target)
        kept = [option for option in options.split(",") if option not in ("rw", "ro", "relatime", "xattr")
                and not option.startswith("release_agent=")]
        if any(option.startswith("name=") for option in kept):
            kept.insert(0, "none")
        subprocess.run(["mount", "-t", kind, *(["-o", ",".join(kept)] if kind == "cgroup" and kept else []),
                        "cgroup", target], check=True)


def _delegate():
    """v2: processes and enabled controllers exclude each other, so those that are here move down first."""
    below = ROOT / "engine"
    below.mkdir()
    for pid in (ROOT / "cgroup.procs").read_text().split():
        (below / "cgroup.procs").write_text(pid)
    for controller in (ROOT / "cgroup.controllers").read_text().split():
        (ROOT / "cgroup.subtree_control").write_text("+" + controller)


def leaves():
    """Every cgroup below the engines' own first level (/default, /docker, /k8s.io), which they keep."""
    for hierarchy in hierarchies():
        for directory, _, _ in os.walk(hierarchy):
            if len(pathlib.Path(directory).relative_to(hierarchy).parts) > 1:
                yield directory


def paths_of(pid):
    """{controller or "" for v2: directory} of a process, seen from here."""
    found = {}
    for line in pathlib.Path(f"/proc/{pid}/cgroup").read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        for controller in controllers.split(","):
            directory = controller.removeprefix("name=") if controller else ("" if is_v2() else "unified")
            found[controller] = ROOT / directory / path.lstrip("/")
    return found


# What the tests look at, as v1 and v2 call it.
V1_FILES = {"memory.max": ("memory", "memory.limit_in_bytes"), "memory.low": ("memory", "memory.soft_limit_in_bytes"),
            "pids.max": ("pids", "pids.max"), "cpuset.cpus": ("cpuset", "cpuset.cpus")}


def limit(pid, name):
    """The limit in force for that process, named as in v2, as text. `cpu.max` is "QUOTA PERIOD"."""
    paths = paths_of(pid)
    if is_v2():
        return (paths[""] / name).read_text().strip()
    if name == "cpu.max":
        quota, period = ((paths["cpu"] / f"cpu.cfs_{part}_us").read_text().strip() for part in ("quota", "period"))
        return f"{quota} {period}"
    if name == "cgroup.freeze":
        return "1" if (paths["freezer"] / "freezer.state").read_text().strip() == "FROZEN" else "0"
    controller, file = V1_FILES[name]
    return (paths[controller] / file).read_text().strip()


def pids_of(pid):
    """The processes of the cgroup that this process is in."""
    paths = paths_of(pid)
    directory = paths[""] if is_v2() else paths["pids"]
    return [int(other) for other in (directory / "cgroup.procs").read_text().split()]
