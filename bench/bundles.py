# SPDX-License-Identifier: Apache-2.0
"""The bundles that are measured. Every runtime gets the same ones."""

import json
import os
import platform
import shutil

# The profile docker made and podman and CRI-O keep; from Debian's golang-github-containers-common.
SECCOMP_PROFILE = "/usr/share/containers/seccomp.json"
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}

SPEC_CAPABILITIES = ["CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"]
ENGINE_CAPABILITIES = [f"CAP_{name}" for name in (
    "CHOWN", "DAC_OVERRIDE", "FSETID", "FOWNER", "MKNOD", "NET_RAW", "SETGID", "SETUID", "SETFCAP", "SETPCAP",
    "NET_BIND_SERVICE", "SYS_CHROOT", "KILL", "AUDIT_WRITE")]
POD_MOUNTS = 30


def mount(destination, kind, source, *options):
    return {"destination": destination, "type": kind, "source": source, "options": list(options)}


def default_spec(cgroup_namespace):
    """What `runc spec` writes, without a terminal, running /true. On cgroup v2 it has a cgroup namespace, on v1 none."""
    namespaces = ["pid", "network", "ipc", "uts", "mount"] + ["cgroup"] * cgroup_namespace
    return {
        "ociVersion": "1.0.2",
        "process": {
            "terminal": False, "user": {"uid": 0, "gid": 0}, "args": ["/true"], "cwd": "/", "noNewPrivileges": True,
            "env": ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TERM=xterm"],
            "capabilities": {kind: SPEC_CAPABILITIES for kind in ("bounding", "effective", "permitted")},
            "rlimits": [{"type": "RLIMIT_NOFILE", "hard": 1024, "soft": 1024}],
        },
        "root": {"path": "rootfs", "readonly": True},
        "hostname": "runc",
        "mounts": [
            mount("/proc", "proc", "proc"),
            mount("/dev", "tmpfs", "tmpfs", "nosuid", "strictatime", "mode=755", "size=65536k"),
            mount("/dev/pts", "devpts", "devpts", "nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"),
            mount("/dev/shm", "tmpfs", "shm", "nosuid", "noexec", "nodev", "mode=1777", "size=65536k"),
            mount("/dev/mqueue", "mqueue", "mqueue", "nosuid", "noexec", "nodev"),
            mount("/sys", "sysfs", "sysfs", "nosuid", "noexec", "nodev", "ro"),
            mount("/sys/fs/cgroup", "cgroup", "cgroup", "nosuid", "noexec", "nodev", "relatime", "ro"),
        ],
        "linux": {
            "resources": {"devices": [{"allow": False, "access": "rwm"}]},
            "namespaces": [{"type": kind} for kind in namespaces],
            "maskedPaths": ["/proc/acpi", "/proc/asound", "/proc/kcore", "/proc/keys", "/proc/latency_stats",
                            "/proc/timer_list", "/proc/timer_stats", "/proc/sched_debug", "/sys/firmware", "/proc/scsi"],
            "readonlyPaths": ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"],
        },
    }


def pod_spec(cgroup_namespace, volumes):
    """A container as a kubelet asks for it: engine capabilities, the default seccomp profile, POD_MOUNTS mounts."""
    spec = default_spec(cgroup_namespace)
    process, linux = spec["process"], spec["linux"]
    process["capabilities"] = {kind: ENGINE_CAPABILITIES for kind in ("bounding", "effective", "permitted")}
    process["noNewPrivileges"] = False
    process["env"] += [f"SERVICE_{number}_PORT=tcp://10.96.0.{number}:443" for number in range(20)]
    spec["root"]["readonly"] = False
    for number in range(POD_MOUNTS - len(spec["mounts"])):
        # Configuration and secrets are read-only, the others are not.
        spec["mounts"].append(mount(f"/volumes/{number}", "bind", f"{volumes}/{number}", "rbind", "rprivate",
                                    "ro" if number % 2 else "rw"))
    linux["seccomp"] = seccomp_profile(ENGINE_CAPABILITIES)
    return spec


def seccomp_profile(capabilities):
    """An engine's profile as engines resolve it for a container: what depends on capabilities and architecture decided."""
    with open(SECCOMP_PROFILE) as file:
        profile = json.load(file)
    machine = ARCHITECTURES[platform.machine()]
    native = {"amd64": "SCMP_ARCH_X86_64", "arm64": "SCMP_ARCH_AARCH64"}[machine]
    architectures = [native]
    for group in profile["archMap"]:
        if group["architecture"] == native:
            architectures += group["subArchitectures"]

    def applies(rule):
        wanted, unwanted = rule.get("includes") or {}, rule.get("excludes") or {}
        return (all(cap in capabilities for cap in wanted.get("caps") or ()) and
                not any(cap in capabilities for cap in unwanted.get("caps") or ()) and
                machine in (wanted.get("arches") or [machine]) and machine not in (unwanted.get("arches") or ()))

    rules = []
    for rule in profile["syscalls"]:
        if applies(rule):
            kept = {key: rule[key] for key in ("names", "action", "args", "errnoRet") if rule.get(key) not in (None, [])}
            rules.append(kept)
    return {"defaultAction": profile["defaultAction"], "defaultErrnoRet": profile.get("defaultErrnoRet", 1),
            "architectures": architectures, "syscalls": rules}


def write(directory, spec, rootfs):
    spec["root"]["path"] = rootfs
    os.makedirs(directory)
    with open(f"{directory}/config.json", "w") as file:
        json.dump(spec, file)
    return directory


def stays(spec):
    """The same, with a process that does not end."""
    spec["process"]["args"] = ["/true", "and stay"]
    return spec


def make_rootfs(directory, payload):
    """A root file system with nothing but `payload` in it, and the directories that are mounted over."""
    for name in ("proc", "dev", "sys", *(f"volumes/{number}" for number in range(POD_MOUNTS))):
        os.makedirs(f"{directory}/{name}")
    shutil.copy(payload, f"{directory}/true")
    return directory


def make_volumes(directory):
    for number in range(POD_MOUNTS):
        os.makedirs(f"{directory}/{number}")
    return directory


class Bundles:
    """All of them in `work`; the attributes are paths."""

    def __init__(self, work, payload, v2):
        rootfs = make_rootfs(f"{work}/rootfs", payload)
        volumes = make_volumes(f"{work}/volumes")
        self.rootfs = rootfs
        self.default = write(f"{work}/default", default_spec(v2), rootfs)
        self.cgroup_namespace = write(f"{work}/cgroup-namespace", default_spec(True), rootfs)
        self.no_cgroup_namespace = write(f"{work}/no-cgroup-namespace", default_spec(False), rootfs)
        self.pod = write(f"{work}/pod", pod_spec(v2, volumes), rootfs)
        self.idle = write(f"{work}/idle", stays(default_spec(v2)), rootfs)
