# SPDX-License-Identifier: Apache-2.0
"""containerd with its state in the isolated host, and `runcxx` as a runtime that CRI can be asked for."""
import json
import os
import re
import shutil

from . import image
from .cases import call, succeed
from .daemon import Daemon
from .isolated_host import runtime

SOCKET = "/run/containerd/containerd.sock"
REFUSED_HANDLER = 'no runtime for "nonesuch" is configured'
RECORDS = "/run/containerd/runc/k8s.io/*"  # of the runtime, of CRI's containers
KEPT = "(?!)"  # nothing of it stays
EXEC_TIMED_OUT = "DEADLINE_EXCEEDED"
ALWAYS_PAUSE = True  # every pod has a process of its own
NEEDS_EVERY_CAPABILITY = False
CNI_PLUGINS = next((path for path in ("/usr/lib/cni", "/opt/cni/bin") if os.path.isdir(path)), "/usr/lib/cni")
CNI_CONFIG = "/run/cni.conf"

# The tables of the runtimes are those that docs/engines.md tells people to write. Version 1 needs runc's, the default, beside
# ours; version 2 merges a drop-in into what is built in. restrict_oom_score_adj: this may be a machine that takes
# CAP_SYS_RESOURCE from root.
CONFIG_OF_1 = """
version = 2
[debug]
  level = "warn"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "{pause}"
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "{cni_plugins}"
    conf_dir = "{cni_config}"
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runcxx]
    runtime_type = "io.containerd.runc.v2"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runcxx.options]
      BinaryName = "{runtime}"
"""
CONFIG_OF_2 = """
version = 3
imports = ["{drop_in}"]
[debug]
  level = "warn"
[plugins."io.containerd.cri.v1.images".pinned_images]
  sandbox = "{pause}"
[plugins."io.containerd.cri.v1.runtime"]
  restrict_oom_score_adj = true
  [plugins."io.containerd.cri.v1.runtime".cni]
    bin_dirs = ["{cni_plugins}"]
    conf_dir = "{cni_config}"
"""
DROP_IN = """
version = 3
[plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runcxx]
  runtime_type = "io.containerd.runc.v2"
  [plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runcxx.options]
    BinaryName = "{runtime}"
"""

# Pods on one bridge, addresses from host-local: the usual configuration of a node without a fancy network.
CNI_NETWORK = {
    "cniVersion": "0.4.0", "name": "pods",
    "plugins": [
        {"type": "bridge", "bridge": "cni0", "isGateway": True, "ipMasq": False, "hairpinMode": True,
         "ipam": {"type": "host-local", "ranges": [[{"subnet": "10.88.0.0/16"}]], "routes": [{"dst": "0.0.0.0/0"}]}},
        {"type": "portmap", "capabilities": {"portMappings": True}}]}


def _write(path, text):
    with open(path, "w") as file:
        file.write(text)


def prepare():
    """Writes the configuration; returns the daemon, not yet started."""
    os.makedirs(CNI_CONFIG)
    _write(f"{CNI_CONFIG}/10-pods.conflist", json.dumps(CNI_NETWORK))
    config = CONFIG_OF_1 if re.search(r" v?1\.", succeed("containerd", "--version")) else CONFIG_OF_2
    for path, text in (("/run/containerd.toml", config), ("/run/runcxx.toml", DROP_IN)):
        _write(path, text.format(pause=image.PAUSE, cni_plugins=CNI_PLUGINS, cni_config=CNI_CONFIG, runtime=runtime(),
                                 drop_in="/run/runcxx.toml"))
    return Daemon([shutil.which("containerd"), "--config", "/run/containerd.toml"], "/run/containerd.log",
                  lambda: call("ctr", "version").status == 0,
                  noise="level=info|devmapper|cleaning up after shim|copy shim log")


def load_images(namespace):
    """Brings both images in. The files are made once."""
    for write, path in ((image.write_busybox, "/run/busybox.tar"), (image.write_pause, "/run/pause.tar")):
        if not os.path.exists(path):
            write(path)
        succeed("ctr", "--namespace", namespace, "images", "import", path)
