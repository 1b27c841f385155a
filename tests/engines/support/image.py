# SPDX-License-Identifier: Apache-2.0
"""The images of the tests, made without a registry: busybox, and catatonit as the pause program of a pod.

The form is what `docker save` writes: ctr, podman, buildah and docker all load it.
"""
import hashlib
import io
import json
import platform
import shutil
import struct
import tarfile

BUSYBOX = "docker.io/library/runcxx-busybox:test"
PAUSE = "docker.io/library/runcxx-pause:test"
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64", "riscv64": "riscv64"}
APPLETS = ("awk cat chmod chown cp cut dd df echo env false free grep head hostname httpd id ifconfig ip kill ln ls mkdir "
           "mount nc nproc ping printenv ps pwd readlink rm sed seq setsid sh sleep sort stat stty tail tee test timeout "
           "touch tr true tty umount uname unshare wc wget").split()


def _crashing_program():
    """An ELF file whose first instruction is at an address where nothing is: the kernel starts it and it gets SIGSEGV."""
    with open(shutil.which("busybox"), "rb") as file:
        machine = struct.unpack("<16xHH", file.read(20))[1]
    base, size = 0x400000, 64 + 56
    header = struct.pack("<16sHHIQQQIHHHHHH", b"\x7fELF\x02\x01\x01", 2, machine, 1, 0x8, 64, 0, 0, 64, 56, 1, 0, 0, 0)
    segment = struct.pack("<IIQQQQQQ", 1, 5, 0, base, base, size, size, 0x1000)
    return header + segment


def _layer(files, links, directories):
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as tar:
        for name, mode in directories.items():
            entry = tarfile.TarInfo(name)
            entry.type, entry.mode = tarfile.DIRTYPE, mode
            tar.addfile(entry)
        for name, (data, mode) in files.items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(data), mode
            tar.addfile(entry, io.BytesIO(data))
        for name, target in links.items():
            entry = tarfile.TarInfo(name)
            entry.type, entry.linkname = tarfile.SYMTYPE, target
            tar.addfile(entry)
    return stream.getvalue()


def _write(path, name, layer, config):
    image = json.dumps({
        "architecture": ARCHITECTURES[platform.machine()], "os": "linux", "config": config,
        "rootfs": {"type": "layers", "diff_ids": ["sha256:" + hashlib.sha256(layer).hexdigest()]}}).encode()
    config_name = hashlib.sha256(image).hexdigest() + ".json"
    manifest = json.dumps([{"Config": config_name, "RepoTags": [name], "Layers": ["layer.tar"]}]).encode()
    with tarfile.open(path, "w") as tar:
        for entry_name, data in ((config_name, image), ("layer.tar", layer), ("manifest.json", manifest)):
            entry = tarfile.TarInfo(entry_name)
            entry.size = len(data)
            tar.addfile(entry, io.BytesIO(data))


def _read(program):
    with open(shutil.which(program), "rb") as file:
        return file.read()


def write_busybox(path):
    """busybox with its applets, /bin/crash, and a second user `app` (1000)."""
    files = {
        "bin/busybox": (_read("busybox"), 0o755),
        "bin/crash": (_crashing_program(), 0o755),
        "etc/passwd": (b"root:x:0:0:root:/root:/bin/sh\napp:x:1000:1000:app:/tmp:/bin/sh\n", 0o644),
        "etc/group": (b"root:x:0:\napp:x:1000:\n", 0o644),
    }
    directories = {"bin": 0o755, "dev": 0o755, "etc": 0o755, "proc": 0o755, "root": 0o700, "run": 0o755, "sys": 0o755,
                   "tmp": 0o1777, "var": 0o755}
    _write(path, BUSYBOX, _layer(files, {f"bin/{name}": "busybox" for name in APPLETS}, directories),
           {"Cmd": ["sh"], "Env": ["PATH=/bin", "FROM_IMAGE=yes"]})


def write_pause(path):
    """catatonit -P waits for a signal and reaps, which is all that a pod's first container does."""
    _write(path, PAUSE, _layer({"pause": (_read("catatonit"), 0o755)}, {}, {}), {"Entrypoint": ["/pause", "-P"]})
