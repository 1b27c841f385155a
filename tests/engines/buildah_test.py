#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""buildah with the isolation `oci` drives the runtime: every RUN of a build is a container.

RUNTIME=/usr/sbin/runc tests/engines/buildah_test.py [PART_OF_A_CASE'S_NAME...]
"""
import contextlib
import glob
import os

from support import cgroups, image, isolated_host, podman
from support.cases import call, case, contains, equal, eventually, run_all, succeed, true
from support.image import BUSYBOX
from support.isolated_host import Snapshot, left_since
from support.terminal import Terminal

isolated_host.enter()
podman.prepare()
os.environ["BUILDAH_ISOLATION"] = "oci"
os.environ["BUILDAH_RUNTIME"] = isolated_host.runtime()
image.write_busybox("/run/busybox.tar")
succeed("buildah", "pull", "--quiet", "docker-archive:/run/busybox.tar")
# What buildah sets up once and keeps is there from now on.
succeed("buildah", "rm", succeed("buildah", "from", "--pull-never", BUSYBOX))
before = Snapshot()
count = 0


def build(containerfile, *flags):
    """`buildah bud`; the image is called built:N, which is returned with the result."""
    global count
    count += 1
    context = f"/run/context.{count}"
    os.makedirs(context)
    with open(f"{context}/Containerfile", "w") as file:
        file.write(containerfile)
    with open(f"{context}/given", "w") as file:
        file.write("from the context\n")
    name = f"localhost/built:{count}"
    return name, call("buildah", "bud", "--pull-never", "--no-cache", "--tag", name, *flags, context)


def built(containerfile, *flags):
    name, result = build(containerfile, *flags)
    equal(result.status, 0, repr(result))
    return name


@contextlib.contextmanager
def working(name=BUSYBOX):
    """A working container; `buildah run` makes an OCI container for each command."""
    made = succeed("buildah", "from", "--pull-never", name)
    try:
        yield made
    finally:
        succeed("buildah", "rm", made)


def run(name, *command, flags=()):
    return call("buildah", "run", *flags, name, "--", *command)


@case("bud: RUN, COPY, ENV, WORKDIR, USER, ARG, and what they left in the image")
def _():
    name = built(f"""
FROM {BUSYBOX}
ARG WHO=nobody
ENV GREETING=hello
COPY given /given
WORKDIR /app
RUN echo "$GREETING $WHO $FROM_IMAGE" >said && chown 1000:1000 . && readlink /proc/self/ns/pid >ns
USER app
RUN id -u >user && cat /given >>user
""", "--build-arg", "WHO=world")
    with working(name) as it:
        equal(run(it, "cat", "/app/said", "/app/user").out, "hello world yes\n1000\nfrom the context\n")
        true(run(it, "cat", "/app/ns").out.strip() != os.readlink("/proc/self/ns/pid"), "RUN was in the host's pid namespace")


@case("bud: stages, and a failing RUN that fails the build with its exit status")
def _():
    name = built(f"""
FROM {BUSYBOX} AS first
RUN echo made >/made
FROM {BUSYBOX}
COPY --from=first /made /copied
RUN test -s /copied
""")
    with working(name) as it:
        equal(run(it, "cat", "/copied").out, "made\n")
    result = build(f"FROM {BUSYBOX}\nRUN exit 42\n")[1]
    equal(result.status, 42, repr(result))
    result = build(f"FROM {BUSYBOX}\nRUN [\"no-such-program\"]\n")[1]
    true(result.status != 0, repr(result))
    contains(result.err, "no-such-program")


@case("bud: mounts of RUN, limits, no network, added and dropped capabilities")
def _():
    name = built(f"""
FROM {BUSYBOX}
RUN --mount=type=bind,source=given,target=/bound --mount=type=tmpfs,target=/scratch \\
    cat /bound >/tmp/out; awk '$2 == "/scratch" {{print $3}}' /proc/mounts >>/tmp/out
RUN ls /sys/class/net | grep -c eth >/tmp/nets; awk '/^Max open files/ {{print $4}}' /proc/self/limits >>/tmp/nets
RUN awk '/^CapEff/ {{print $2}}' /proc/self/status >/tmp/caps
""", "--network", "none", "--ulimit", "nofile=123:456", "--ulimit", "nproc=1000:1000", "--cap-drop", "all",
                 "--cap-add", "chown")
    with working(name) as it:
        equal(run(it, "cat", "/tmp/out", "/tmp/nets", "/tmp/caps").out, f"from the context\ntmpfs\n0\n123\n{1:016x}\n")


@case("bud: memory and processor limits are those of RUN's cgroup")
def _():
    file = "/sys/fs/cgroup/memory.max" if cgroups.is_v2() else "/sys/fs/cgroup/memory/memory.limit_in_bytes"
    name = built(f"FROM {BUSYBOX}\nRUN cat {file} >/limit\n", "--memory", "64m")
    with working(name) as it:
        equal(run(it, "cat", "/limit").out, f"{64 << 20}\n")


@case("run: output, error output, exit status, user, input, terminal")
def _():
    with working() as it:
        result = run(it, "sh", "-c", "echo out; echo err >&2; exit 7")
        equal((result.status, result.out), (7, "out\n"))
        contains(result.err, "err\n")
        equal(run(it, "id", "-u", flags=["--user", "app"]).out, "1000\n")
        equal(call("buildah", "run", it, "cat", stdin="through\n").out, "through\n")
        shell = Terminal("buildah", "run", "--tty", it, "sh", rows=33, columns=111)
        shell.expect("# ")
        shell.send("tty; until [ \"$(stty size)\" = '33 111' ]; do sleep 0.05; done; echo si''zed\r")
        shell.expect(r"/dev/(pts/0|console)\n")
        shell.expect("sized")
        shell.send("exit 5\r")
        equal(shell.end(), 5)


@case("run: volumes, and a user namespace")
def _():
    os.makedirs("/run/bound", exist_ok=True)
    with working() as it:
        equal(run(it, "sh", "-c", "echo text >/b/file; cat /b/file", flags=["--volume", "/run/bound:/b"]).out, "text\n")
    made = succeed("buildah", "from", "--pull-never", "--userns-uid-map", "0:500000:65536", "--userns-gid-map",
                   "0:600000:65536", BUSYBOX)
    try:
        result = run(made, "sh", "-c", "awk '{print $1, $2}' /proc/self/uid_map /proc/self/gid_map; stat -c %u:%g /bin/busybox")
        equal(result.out, "0 500000\n0 600000\n0:0\n", repr(result))
    finally:
        succeed("buildah", "rm", made)


@case("run: interrupted, nothing of the container stays")
def _():
    with working() as it:
        shell = Terminal("buildah", "run", "--tty", it, "sh", "-c", "trap 'exit 3' INT; echo ready; sleep 4321; :")
        shell.expect("ready")
        # Before that, the shell's child may have lost the signal to the shell's trap.
        eventually("it sleeps", lambda: "sleep 4321" in isolated_host.processes().values())
        shell.send("\x03")
        equal(shell.end(), 3)
        eventually("its process is gone", lambda: "sleep 4321" not in str(isolated_host.processes()))


@case("nothing is left: containers, mounts, processes, cgroups, state of the runtime")
def _():
    equal(succeed("buildah", "containers", "--quiet"), "")
    equal(left_since(before), [])
    for root in ("/run/runcxx", "/run/runc", "/run/crun"):
        equal(glob.glob(root + "/*"), [])


run_all(lambda: "")
