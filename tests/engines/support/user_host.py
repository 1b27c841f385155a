# SPDX-License-Identifier: Apache-2.0
"""An ordinary user's host: his own systemd with delegated controllers, his subordinate ids. It is not isolated, so it is
for machines made for tests (tests/vm). The same functions as isolated_host.
"""
import os
import pathlib
import sys
import tempfile

from . import cgroups, isolated_host
from .isolated_host import left_since, runtime  # noqa: F401 (part of the interface)


def enter():
    if not os.path.exists(f"/run/user/{os.getuid()}/systemd"):
        sys.exit("the user has no systemd: loginctl enable-linger")
    os.environ["TMPDIR"] = tempfile.mkdtemp(prefix="engines-", dir="/var/tmp")
    os.chmod(os.environ["TMPDIR"], 0o755)  # podman puts root file systems here that others have to reach
    os.chdir(os.environ["TMPDIR"])


def state_directory():
    return os.environ["XDG_RUNTIME_DIR"]


def manager():
    """The cgroup of the user's systemd: below it is everything that he runs."""
    return cgroups.ROOT / f"user.slice/user-{os.getuid()}.slice/user@{os.getuid()}.service"


def processes():
    """(pid, command line) of everything of the user, but for us and his systemd."""
    found = {}
    for pid, command in isolated_host.processes().items():
        try:
            groups = cgroups.paths_of(pid)[""]
        except (FileNotFoundError, ProcessLookupError):
            continue
        if groups.is_relative_to(manager()) and groups.name != "init.scope":
            found[pid] = command
    return found


class Snapshot(isolated_host.Snapshot):
    """What an engine could leave behind in the user's part of the machine."""

    def __init__(self):
        self.parts = {
            "mounts": isolated_host.mounts(),
            "processes": {f"{pid} {command}" for pid, command in processes().items()},
            "cgroups": {directory for directory, _, _ in os.walk(manager())},
            "network namespaces": set(os.listdir(pathlib.Path(state_directory(), "netns")))
                                  if os.path.isdir(f"{state_directory()}/netns") else set(),
        }
