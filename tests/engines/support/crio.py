# SPDX-License-Identifier: Apache-2.0
"""CRI-O with its state in the isolated host and `runcxx` as a runtime. Debian has no package of it: $CRIO is a directory with
the programs crio and pinns, inside of this checkout if SUITE is set too."""
import json
import os
import pathlib

from . import image
from .cases import succeed
from .containerd import CNI_CONFIG, CNI_NETWORK, CNI_PLUGINS
from .daemon import Daemon
from .isolated_host import runtime

PROGRAMS = os.environ.get("CRIO")
SOCKET = "/run/crio/crio.sock"
REFUSED_HANDLER = "failed to find runtime handler nonesuch"
KEPT = "mounts: /var/lib/containers/storage/overlay"  # its store is mounted on itself with the first container
EXEC_TIMED_OUT = -1  # the status of a program, not an error
ALWAYS_PAUSE = False  # only where the pod has a pid namespace
NEEDS_EVERY_CAPABILITY = True  # for -998 as the pause program's oom_score_adj, and for privileged containers
RECORDS = "/run/runcxx/*"  # of the runtime, of its containers

# The first part is what docs/engines.md tells people to write.
CONFIG = """
[crio.runtime]
default_runtime = "runcxx"
cgroup_manager = "cgroupfs"
conmon_cgroup = "pod"
[crio.runtime.runtimes.runcxx]
runtime_path = "{runtime}"
runtime_type = "oci"
runtime_root = "/run/runcxx"

[crio]
log_dir = "/run/crio/pods"
clean_shutdown_file = "/run/crio/clean"
version_file_persist = "/run/crio/version"
[crio.api]
listen = "{socket}"
stream_port = "0"
[crio.image]
pause_image = "{pause}"
[crio.network]
network_dir = "{cni_config}"
plugin_dirs = ["{cni_plugins}"]
"""


def prepare():
    """Writes the configuration; returns the daemon, not yet started."""
    os.makedirs(CNI_CONFIG)
    pathlib.Path(f"{CNI_CONFIG}/10-pods.conflist").write_text(json.dumps(CNI_NETWORK))
    pathlib.Path("/run/crio.conf").write_text(CONFIG.format(
        runtime=runtime(), socket=SOCKET, pause=image.PAUSE, cni_config=CNI_CONFIG, cni_plugins=CNI_PLUGINS))
    os.environ["PATH"] = f"{PROGRAMS}:{os.environ['PATH']}"
    return Daemon(["crio", "--config", "/run/crio.conf", "--config-dir", "", "--log-level", "warn"], "/run/crio.log",
                  lambda: os.path.exists(SOCKET))


def load_images(_namespace):
    """podman and CRI-O have one store."""
    for write, path in ((image.write_busybox, "/run/busybox.tar"), (image.write_pause, "/run/pause.tar")):
        write(path)
        succeed("podman", "load", "--quiet", "--input", path)
