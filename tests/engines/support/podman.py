# SPDX-License-Identifier: Apache-2.0
"""podman's and buildah's configuration: the runtime under test as `runcxx`; for root cgroupfs and ids for --userns=auto,
for a user systemd and his own ids."""
import os
import subprocess

from .isolated_host import runtime

ROOTLESS = os.getuid() != 0
CGROUP_MANAGER = "systemd" if ROOTLESS else "cgroupfs"

# The names in runtime_supports_json get `--log-format json`, and podman shows the error from there.
CONFIG = """
[engine]
runtime = "runcxx"
cgroup_manager = "{cgroup_manager}"
events_logger = "file"
runtime_supports_json = ["runcxx"]
[engine.runtimes]
runcxx = ["{runtime}"]
"""
SUBORDINATE_IDS = "containers:1000000:1000000\n"


def prepare():
    # systemd starts podman without our environment, to look after a container's health.
    path = os.path.expanduser("~/.config/containers/containers.conf") if ROOTLESS else "/run/containers.conf"
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as file:
        file.write(CONFIG.format(runtime=runtime(), cgroup_manager=CGROUP_MANAGER))
    if ROOTLESS:
        return
    os.environ["CONTAINERS_CONF"] = path
    with open("/run/subids", "w") as file:
        file.write(SUBORDINATE_IDS)
    for path in ("/etc/subuid", "/etc/subgid"):
        if not os.path.exists(path):
            raise SystemExit(f"{path} is not there")
        subprocess.run(["mount", "--bind", "/run/subids", path], check=True)
