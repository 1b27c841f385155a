# SPDX-License-Identifier: Apache-2.0
"""podman's and buildah's configuration: the runtime under test as `runcxx`; for root cgroupfs and ids for --userns=auto,
for a user systemd and his own ids."""
import os
import resource
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
# Newer buildah asks for 1048576 of each, which root can't have on a machine that takes CAP_SYS_RESOURCE from him.
LIMITS = """
[containers]
default_ulimits = ["nofile={files}:{files}", "nproc={processes}:{processes}"]
"""
SUBORDINATE_IDS = "containers:1000000:1000000\n"


def prepare():
    # systemd starts podman without our environment, to look after a container's health.
    path = os.path.expanduser("~/.config/containers/containers.conf") if ROOTLESS else "/run/containers.conf"
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as file:
        file.write(CONFIG.format(runtime=runtime(), cgroup_manager=CGROUP_MANAGER))
        if not ROOTLESS:
            file.write(LIMITS.format(files=resource.getrlimit(resource.RLIMIT_NOFILE)[1],
                                     processes=resource.getrlimit(resource.RLIMIT_NPROC)[1]))
    if ROOTLESS:
        return
    os.environ["CONTAINERS_CONF"] = path
    os.environ["PODMAN_IGNORE_CGROUPSV1_WARNING"] = "1"  # podman 5 would say so with every command
    with open("/run/subids", "w") as file:
        file.write(SUBORDINATE_IDS)
    for path in ("/etc/subuid", "/etc/subgid"):
        if not os.path.exists(path):
            raise SystemExit(f"{path} is not there")
        subprocess.run(["mount", "--bind", "/run/subids", path], check=True)
