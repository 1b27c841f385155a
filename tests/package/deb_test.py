#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The Debian package: built, installed with dpkg into a new, minimal Debian, used there, and removed again.

BUILD=build/release SUITE=trixie tests/package/deb_test.py [PART_OF_A_CASE'S_NAME...]

The minimal system is made by mmdebstrap, kept as an archive in ~/.cache/runcxx-package and made again after 30 days; each run
unpacks it. What runs in it has mount and pid namespaces of its own, so nothing of it can stay.
"""
import atexit
import gzip
import json
import os
import pathlib
import re
import shutil
import stat
import subprocess
import sys
import tarfile
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/engines"))
sys.dont_write_bytecode = True
from support.cases import call, case, contains, equal, run_all, succeed, true

BUILD = pathlib.Path(os.environ.get("BUILD") or ROOT / "build/release").resolve()
SUITE = os.environ.get("SUITE", "trixie")
WORK = pathlib.Path(tempfile.mkdtemp(prefix="runcxx-package."))
HOST = WORK / "host"  # the minimal system
VERSION = re.search(r"project\(runcxx VERSION (\S+)", (ROOT / "CMakeLists.txt").read_text())[1]
ARCHITECTURE = succeed("dpkg", "--print-architecture")
DEB = WORK / f"runcxx_{VERSION}_{ARCHITECTURE}.deb"

# What the package's own files and folders are allowed to be; every pattern must find something.
EXPECTED = [
    r"usr/sbin/runcxx",
    r"usr/share/man/man8/runcxx(-[a-z]+)?\.8\.gz",
    r"usr/share/bash-completion/completions/runcxx",
    r"usr/share/zsh/vendor-completions/_runcxx",
    r"usr/share/fish/vendor_completions\.d/runcxx\.fish",
    r"usr/share/doc/runcxx/(copyright|changelog\.gz|README\.md|CHANGELOG\.md)",
    r"usr/share/doc/runcxx/docs/[a-z-]+\.md",
]


def minimal_system():
    """The archive of it."""
    cache = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "runcxx-package"
    archive = cache / f"{SUITE}-{ARCHITECTURE}.tar"
    if not archive.exists() or time.time() - archive.stat().st_mtime > 30 * 86400:
        print(f"making a minimal {SUITE}", flush=True)
        cache.mkdir(parents=True, exist_ok=True)
        fresh = cache / f"{SUITE}.{os.getpid()}.tar"
        succeed("mmdebstrap", "--quiet", "--variant=essential", SUITE, fresh, seconds=400)
        fresh.rename(archive)
    return archive


def inside(*command):
    """Runs a command in the minimal system, as root of a host that has /proc, /sys, /dev and an empty /run."""
    script = ('cd "$1" && mount --bind . . && cd "$1" && mount -t proc proc proc && mount --rbind /sys sys && '
              'mount --rbind /dev dev && mount -t tmpfs tmpfs run && shift && exec chroot . "$@"')
    return call("unshare", "--mount", "--propagation", "private", "--pid", "--fork", "--kill-child",
                "sh", "-c", script, "sh", HOST, *command, env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C"})


def inside_succeeds(*command):
    result = inside(*command)
    equal(result.status, 0, repr(result))
    return result.out


def files_of_system():
    """Path, type and mode of everything, but for the notes that dpkg keeps of what it did, and the bundle."""
    found = {}
    for folder, folders, files in os.walk(HOST):
        for name in folders + files:
            path = os.path.join(folder, name)
            relative = os.path.relpath(path, HOST)
            if not relative.startswith(("var/lib/dpkg/", "var/log/", "bundle/")):
                found[relative] = stat.filemode(os.lstat(path).st_mode)
    return found


def members():
    with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", DEB], stdout=subprocess.PIPE) as unpacked, \
            tarfile.open(fileobj=unpacked.stdout, mode="r|") as archive:
        return [(member.name.removeprefix("./").rstrip("/"), member) for member in archive]


def prepare():
    atexit.register(shutil.rmtree, WORK)
    succeed("cpack", "--config", BUILD / "CPackConfig.cmake", "-G", "DEB", "-B", WORK, seconds=200)
    HOST.mkdir()
    succeed("tar", "--extract", "--file", minimal_system(), "--directory", HOST, "--exclude", "./dev/*", "--numeric-owner",
            seconds=300)
    shutil.copy(DEB, HOST / "runcxx.deb")
    rootfs = HOST / "bundle/rootfs/bin"
    rootfs.mkdir(parents=True)
    shutil.copy(shutil.which("busybox"), rootfs / "sh")


@case("the control file says what Debian wants to know")
def _():
    fields = dict(line.split(": ", 1) for line in succeed("dpkg-deb", "--field", DEB).splitlines() if re.match(r"\S+: ", line))
    equal({name: fields.get(name) for name in ("Package", "Version", "Architecture", "Section", "Priority", "Suggests")},
          {"Package": "runcxx", "Version": VERSION, "Architecture": ARCHITECTURE, "Section": "admin", "Priority": "optional",
           "Suggests": "uidmap"})
    true(re.fullmatch(r".+ <\S+@\S+>", fields["Maintainer"]), fields["Maintainer"])
    contains(fields["Description"], "OCI container runtime")
    size = sum(member.size for _, member in members()) // 1024
    true(size <= int(fields["Installed-Size"]) <= size + 200, f"Installed-Size: {fields['Installed-Size']}, not about {size}")
    # It needs nothing, and stands beside runc.
    for name in ("Depends", "Pre-Depends", "Conflicts", "Breaks", "Replaces", "Provides"):
        equal(fields.get(name), None, name)
    contains(call("ldd", BUILD / "runcxx").out, "statically linked")


@case("the files are those we mean, and root's alone to change")
def _():
    files = [name for name, member in members() if not member.isdir()]
    equal([name for name in files if not any(re.fullmatch(pattern, name) for pattern in EXPECTED)], [])
    equal([pattern for pattern in EXPECTED if not any(re.fullmatch(pattern, name) for name in files)], [])
    for name, member in members():
        mode = 0o755 if member.isdir() or name == "usr/sbin/runcxx" else 0o644
        equal((member.uname, member.gname, oct(member.mode)), ("root", "root", oct(mode)), name)


@case("dpkg installs it, the program runs, and a container in it")
def _():
    inside_succeeds("dpkg", "--install", "/runcxx.deb")
    contains(inside_succeeds("runcxx", "--version"), f"runcxx version {VERSION}\n")
    equal(json.loads(inside_succeeds("runcxx", "features"))["ociVersionMax"], "1.3.0")
    inside_succeeds("runcxx", "spec", "--bundle", "/bundle")
    config = HOST / "bundle/config.json"
    spec = json.loads(config.read_text())
    spec["process"].update(terminal=False, args=["sh", "-c", "echo pid $$ on $(hostname); exit 7"])
    config.write_text(json.dumps(spec))
    result = inside("runcxx", "run", "--bundle", "/bundle", "demo")
    equal((result.status, result.out, result.err), (7, "pid 1 on runcxx\n", ""))


@case("it takes the place of runc by a diversion, and gives it back")
def _():
    # As docs/migrating.md says it; runc's package is there in miniature.
    runc = HOST / "usr/sbin/runc"
    runc.write_text("#!/bin/sh\necho the real runc\n")
    runc.chmod(0o755)
    text = (ROOT / "docs/migrating.md").read_text()
    there, back = [block for block in re.findall(r"```sh\n(.*?)```", text, re.S) if "/usr/sbin/runc" in block]
    inside_succeeds("sh", "-ec", there)
    contains(inside_succeeds("runc", "--version"), "version")
    equal(inside("runc", "run", "--bundle", "/bundle", "demo").out, "pid 1 on runcxx\n")
    equal(inside_succeeds("runc.distrib"), "the real runc\n")
    inside_succeeds("sh", "-ec", back)
    equal(inside_succeeds("runc"), "the real runc\n")
    runc.unlink()


@case("man pages and completion are there, and packed as Debian wants it")
def _():
    for page, name in (("runcxx", "runcxx"), ("runcxx-exec", "runcxx\\-exec")):
        text = gzip.decompress((HOST / f"usr/share/man/man8/{page}.8.gz").read_bytes()).decode()
        contains(text, f".SH NAME\n{name} \\- ")
    for path, text in (("bash-completion/completions/runcxx", "complete -F _runcxx runcxx"),
                       ("zsh/vendor-completions/_runcxx", "#compdef runcxx"),
                       ("fish/vendor_completions.d/runcxx.fish", "complete -c runcxx")):
        contains((HOST / "usr/share" / path).read_text(), text)
    changelog = gzip.decompress((HOST / "usr/share/doc/runcxx/changelog.gz").read_bytes()).decode()
    true(re.fullmatch(rf"runcxx \({re.escape(VERSION)}\) \w+; urgency=\w+\n\n  \* .+\n\n"
                      r" -- .+ <\S+@\S+>  \w{3}, \d+ \w{3} \d{4} [\d:]{8} [+-]\d{4}\n", changelog), changelog)


@case("dpkg removes it, and nothing is left")
def _():
    equal(sorted(files_of_system().keys() - before.keys())[:1], ["usr/sbin/runcxx"])
    inside_succeeds("dpkg", "--purge", "runcxx")
    after = files_of_system()
    equal({path: mode for path, mode in after.items() if before.get(path) != mode}, {})
    equal(sorted(before.keys() - after.keys()), [])
    equal(inside("dpkg-query", "--status", "runcxx").status, 1)


@case("make install puts the same below another prefix")
def _():
    target = WORK / "install"
    succeed("cmake", "--install", BUILD, "--prefix", "/usr/local", env={**os.environ, "DESTDIR": str(target)})
    installed = sorted(str(path.relative_to(target / "usr/local")) for path in target.rglob("*") if not path.is_dir())
    packaged = sorted(name.removeprefix("usr/").replace("zsh/vendor-completions", "zsh/site-functions")
                      for name, member in members() if not member.isdir())
    equal(installed, packaged)
    equal(sorted(os.listdir(target)), ["usr"])


if os.getuid() != 0:
    sys.exit("installing a package needs root")
prepare()
before = files_of_system()
run_all(lambda: "")
