# SPDX-License-Identifier: Apache-2.0
"""containerd with its state in the isolated host, and `runcxx` as a runtime that CRI can be asked for."""
import json
import os
import shutil

from . import image
from .cases import call, succeed
from .daemon import Daemon
from .isolated_host import runtime

SOCKET = "/run/containerd/containerd.sock"
CNI_PLUGINS = next((path for path in ("/usr/lib/cni", "/opt/cni/bin") if os.path.isdir(path)), "/usr/lib/cni")
CNI_CONFIG = "/run/cni.conf"

# restrict_oom_score_adj: this may be a machine that takes CAP_SYS_RESOURCE from root. The tables of the runtimes are those
# that docs/engines.md tells people to write; runc's has to be there because it is the default.
CONFIG = """
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
    _write("/run/containerd.toml", CONFIG.format(pause=image.PAUSE, cni_plugins=CNI_PLUGINS, cni_config=CNI_CONFIG,
                                                 runtime=runtime()))
    return Daemon([shutil.which("containerd"), "--config", "/run/containerd.toml"], "/run/containerd.log",
                  lambda: call("ctr", "version").status == 0,
                  noise="level=info|devmapper|cleaning up after shim|copy shim log")


def load_images(namespace):
    """Brings both images in. The files are made once."""
    for write, path in ((image.write_busybox, "/run/busybox.tar"), (image.write_pause, "/run/pause.tar")):
        if not os.path.exists(path):
            write(path)
        succeed("ctr", "--namespace", namespace, "images", "import", path)
