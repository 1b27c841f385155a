# SPDX-License-Identifier: Apache-2.0
"""podman's and buildah's configuration: the runtime under test as `runcxx`, cgroupfs, ids for --userns=auto."""
import os
import subprocess

from .isolated_host import runtime

# The names in runtime_supports_json get `--log-format json`, and podman shows the error from there.
CONFIG = """
[engine]
runtime = "runcxx"
cgroup_manager = "cgroupfs"
events_logger = "file"
runtime_supports_json = ["runcxx"]
[engine.runtimes]
runcxx = ["{runtime}"]
"""
SUBORDINATE_IDS = "containers:1000000:1000000\n"


def prepare():
    with open("/run/containers.conf", "w") as file:
        file.write(CONFIG.format(runtime=runtime()))
    os.environ["CONTAINERS_CONF"] = "/run/containers.conf"
    with open("/run/subids", "w") as file:
        file.write(SUBORDINATE_IDS)
    for path in ("/etc/subuid", "/etc/subgid"):
        if not os.path.exists(path):
            raise SystemExit(f"{path} is not there")
        subprocess.run(["mount", "--bind", "/run/subids", path], check=True)
