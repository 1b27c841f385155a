#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""dockerd, with the runtime added by --add-runtime and made the default, drives it through containerd.

RUNTIME=/usr/sbin/runc tests/engines/docker_test.py [PART_OF_A_CASE'S_NAME...]
"""
import contextlib
import glob
import json
import os
import shutil
import signal
import time

from support import cgroups, criu, image, isolated_host
from support.cases import call, case, contains, equal, eventually, run_all, succeed, true
from support.daemon import Daemon
from support.image import BUSYBOX
from support.isolated_host import Snapshot, left_since
from support.terminal import Terminal

isolated_host.enter()
# Before version 25 it wishes -500 for itself, which needs CAP_SYS_RESOURCE.
modest = ["--oom-score-adjust", "0"] if "--oom-score-adjust" in succeed("dockerd", "--help") else []
daemon = Daemon([shutil.which("dockerd"), "--add-runtime", f"runcxx={isolated_host.runtime()}", "--default-runtime", "runcxx",
                 *modest, *([] if criu.missing() else ["--experimental"])], "/run/dockerd.log", lambda: call("docker", "info").status == 0)
daemon.start()
image.write_busybox("/run/busybox.tar")
succeed("docker", "load", "--input", "/run/busybox.tar")
for network in ("bridge", "host"):  # what docker sets up once and keeps is there from now on
    succeed("docker", "run", "--rm", "--network", network, BUSYBOX, "true")
before = Snapshot(daemon)
VERSION = int(succeed("docker", "version", "--format", "{{.Server.Version}}").split(".")[0])


def foreground(*flags, command):
    """`docker run --rm` to its end."""
    return call("docker", "run", "--rm", *flags, BUSYBOX, *command)


def inside(*flags, script):
    """What a shell script printed in a new container."""
    return succeed("docker", "run", "--rm", *flags, BUSYBOX, "sh", "-c", script)


class Container:
    """A detached one."""

    def __init__(self, *flags, command=("sleep", "1000")):
        self.id = succeed("docker", "run", "--detach", *flags, BUSYBOX, *command)

    def inspect(self, template):
        return succeed("docker", "inspect", "--format", template, self.id)

    @property
    def pid(self):
        return int(self.inspect("{{.State.Pid}}"))

    def exec(self, *command, flags=()):
        return call("docker", "exec", *flags, self.id, *command)

    def wait(self):
        """Its exit status."""
        return int(succeed("docker", "wait", self.id))

    def host_path(self, path):
        return f"/proc/{self.pid}/root{path}"


@contextlib.contextmanager
def container(*flags, **options):
    made = Container(*flags, **options)
    try:
        yield made
    finally:
        succeed("docker", "rm", "--force", "--volumes", made.id)


@case("the runtime is the configured one")
def _():
    with container() as it:
        equal(it.inspect("{{.HostConfig.Runtime}}"), "runcxx")
    with open("/run/dockerd.log") as log:
        true("runcxx" not in "".join(line for line in log if "level=error" in line), "dockerd complains about it")


@case("run: output, error output, input and exit status")
def _():
    result = foreground(command=["sh", "-c", "echo out; echo err >&2; exit 7"])
    equal((result.status, result.out, result.err), (7, "out\n", "err\n"))
    equal(call("docker", "run", "--rm", "--interactive", BUSYBOX, "cat", stdin="through\n").out, "through\n")


@case("run: a missing program is 127, one that can't be executed is 126, and both are named")
def _():
    for command, status, cause in (("no-such-program", 127, "executable file not found in $PATH"),
                                   ("/no/such/program", 127, "no such file or directory"),
                                   ("/etc/passwd", 126, "permission denied")):
        result = call("docker", "run", "--rm", BUSYBOX, command)
        equal(result.status, status, repr(result))
        contains(result.err, cause)
        contains(result.err, command)
    equal(succeed("docker", "ps", "--all", "--quiet"), "")


@case("run: environment, directory, user, host name, read-only root, tmpfs, limits, sysctls, device")
def _():
    equal(inside("--env", "ASKED=yes", "--workdir", "/var", "--user", "app", "--hostname", "named", "--read-only",
                 "--tmpfs", "/scratch:size=1m", "--ulimit", "nofile=123:456", "--sysctl", "net.ipv4.ip_forward=1",
                 "--device", "/dev/null:/dev/naught", "--group-add", "2000",
                 script="echo $FROM_IMAGE $ASKED $PWD; id -u; id -G; hostname;"
                        "awk '$2 == \"/scratch\" {print $1}' /proc/mounts;"
                        "awk '/^Max open files/ {print $4, $5}' /proc/self/limits; cat /proc/sys/net/ipv4/ip_forward;"
                        "echo x >/dev/naught && echo written; touch /var/x 2>&1; true").split("\n"),
          ["yes yes /var", "1000", "1000 2000", "named", "tmpfs", "123 456", "1", "written",
           "touch: /var/x: Read-only file system"])


@case("run: capabilities, no new privileges, privileged, seccomp")
def _():
    script = "awk '/^(CapEff|NoNewPrivs|Seccomp):/ {print $2}' /proc/self/status"
    plain = int(inside(script=script).split()[0], 16)
    equal(inside("--cap-add", "SYS_TIME", "--cap-drop", "CHOWN", "--security-opt", "no-new-privileges", script=script).split(),
          [f"{(plain | 1 << 25) & ~1:016x}", "1", "2"])
    equal(inside("--security-opt", "seccomp=unconfined", script=script).split()[2], "0")
    with open("/run/no-mkdir.json", "w") as file:
        json.dump({"defaultAction": "SCMP_ACT_ALLOW",
                   "syscalls": [{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 28}]}, file)
    contains(foreground("--security-opt", "seccomp=/run/no-mkdir.json", command=["mkdir", "/x"]).err, "No space left on device")
    result = foreground("--privileged", "--name", "mighty",
                        command=["sh", "-c", f"{script}; mount -t tmpfs none /tmp && echo mounted"])
    if VERSION >= 26 or isolated_host.has_every_capability():
        equal(result.out.split(), [f"{isolated_host.bounding_set():016x}", "0", "0", "mounted"], repr(result))
    else:  # docker 20 asks for all that the kernel knows, and does not get them
        equal(result.status, 125)
        contains(result.err, "unable to apply caps")
        contains(result.err, "operation not permitted")
        succeed("docker", "rm", "--force", "mighty")


@case("run: network, pid and IPC of another container or of the host")
def _():
    script = "for kind in net pid ipc; do readlink /proc/self/ns/$kind; done"
    with container("--ipc", "shareable") as it:
        shared = [os.readlink(f"/proc/{it.pid}/ns/{kind}") for kind in ("net", "pid", "ipc")]
        of = f"container:{it.id}"
        equal(inside("--network", of, "--pid", of, "--ipc", of, script=script).split(), shared)
    equal(inside("--network", "host", "--pid", "host", "--ipc", "host", script=script).split(),
          [os.readlink(f"/proc/self/ns/{kind}") for kind in ("net", "pid", "ipc")])


@case("network: containers reach each other by name on a network of their own, and through a published port")
def _():
    succeed("docker", "network", "create", "ours")
    try:
        with container("--network", "ours", "--name", "server", "--publish", "127.0.0.1:8099:80", command=[
                "sh", "-c", "mkdir /tmp/www; echo served >/tmp/www/index.html; httpd -f -p 80 -h /tmp/www"]):
            eventually("the server answers", lambda: call("docker", "run", "--rm", "--network", "ours", BUSYBOX, "wget", "-q",
                                                          "-O", "-", "http://server/").out == "served\n")
            equal(succeed("busybox", "wget", "-q", "-O", "-", "http://127.0.0.1:8099/"), "served")
    finally:
        succeed("docker", "network", "rm", "ours")


@case("tty: the program has the terminal, its size, changes of it, and its keys")
def _():
    shell = Terminal("docker", "run", "--rm", "-it", BUSYBOX, "sh", rows=33, columns=111)
    shell.expect("# ")
    shell.send("until [ \"$(stty size)\" = '33 111' ]; do sleep 0.05; done; tty\r")
    shell.expect(r"\n/dev/pts/0\n")
    shell.resize(50, 132)
    shell.send("until [ \"$(stty size)\" = '50 132' ]; do sleep 0.05; done; echo resi''zed\r")
    shell.expect("resized")
    shell.send("sh -c 'echo rea\"\"dy; exec sleep 1000'\r")
    shell.expect("ready")
    shell.send("\x03")
    shell.expect("# ")
    shell.send("exit 5\r")
    equal(shell.end(), 5)


@case("tty: detach with the keys, attach again")
def _():
    with container("-it", command=["sh"]) as it:
        shell = Terminal("docker", "attach", it.id)
        shell.send("x=kept; echo se''t\r")
        shell.expect("set")
        for key in "\x10\x11":
            shell.send(key)
            time.sleep(0.1)
        shell.expect("read escape sequence")
        shell.end()
        shell = Terminal("docker", "attach", it.id)
        shell.send("echo $x\r")
        shell.expect(r"kept\n")
        shell.send("exit 4\r")
        equal(shell.end(), 4)


@case("exec: output, exit status, user, directory, environment, input, terminal; missing programs")
def _():
    with container() as it:
        result = it.exec("sh", "-c", "echo out; echo err >&2; exit 4")
        equal((result.status, result.out, result.err), (4, "out\n", "err\n"))
        equal(it.exec("sh", "-c", "id -u; pwd; echo $FROM_IMAGE $ASKED",
                      flags=["--user", "app", "--workdir", "/var", "--env", "ASKED=yes"]).out, "1000\n/var\nyes yes\n")
        equal(call("docker", "exec", "--interactive", it.id, "cat", stdin="through\n").out, "through\n")
        shell = Terminal("docker", "exec", "-it", it.id, "sh", rows=21, columns=90)
        shell.expect("# ")
        shell.send("until [ \"$(stty size)\" = '21 90' ]; do sleep 0.05; done; tty\r")
        shell.expect(r"\n/dev/pts/0\n")
        shell.send("exit 6\r")
        equal(shell.end(), 6)
        for command in ("no-such-program", "/etc/passwd"):
            result = it.exec(command)
            true(result.status in (126, 127), repr(result))
            contains(result.out + result.err, command)


@case("exec: detached; listed by top; ends with the container")
def _():
    with container() as it:
        succeed("docker", "exec", "--detach", it.id, "sleep", "4321")
        listed = eventually("it is listed", lambda: (top := succeed("docker", "top", it.id)) and "sleep 4321" in top and top)
        extra = next(int(line.split()[1]) for line in listed.splitlines() if "sleep 4321" in line)
        succeed("docker", "kill", it.id)
        eventually("it is gone", lambda: not os.path.exists(f"/proc/{extra}"))


@case("build: RUN, COPY, ENV, a failing RUN, limits")
def _():
    os.makedirs("/run/context", exist_ok=True)
    with open("/run/context/given", "w") as file:
        file.write("from the context\n")

    def build(text, *flags, buildkit="0"):
        with open("/run/context/Dockerfile", "w") as file:
            file.write(text)
        return call("docker", "build", "--no-cache", "--force-rm", "--tag", "built", *flags, "/run/context",
                    env={**os.environ, "DOCKER_BUILDKIT": buildkit})
    result = build(f"FROM {BUSYBOX}\nENV GREETING=hello\nCOPY given /given\nWORKDIR /work\nUSER app\n"
                   "RUN echo $GREETING >/tmp/said; id -u >>/tmp/said; cat /given >>/tmp/said\n", "--memory", "64m")
    equal(result.status, 0, repr(result))
    equal(succeed("docker", "run", "--rm", "built", "cat", "/tmp/said"), "hello\n1000\nfrom the context")
    result = build(f"FROM {BUSYBOX}\nRUN exit 42\n")
    equal((result.status != 0, "42" in result.err), (True, True), repr(result))
    with isolated_host.as_runc():  # BuildKit in dockerd runs "runc", whatever the default runtime is
        result = build(f"FROM {BUSYBOX}\nUSER app\nRUN echo kit >/tmp/said; id -u >>/tmp/said\n", buildkit="1")
    equal(result.status, 0, repr(result))
    equal(succeed("docker", "run", "--rm", "built", "cat", "/tmp/said"), "kit\n1000")


@case("restart policy: on failure as often as asked; always, until it is stopped")
def _():
    with container("--restart", "on-failure:2", command=["sh", "-c", "echo run; exit 1"]) as it:
        eventually("it has run three times", lambda: succeed("docker", "logs", it.id).split() == ["run"] * 3)
    with container("--restart", "always", command=["sh", "-c", "echo run; exec sleep 0.2"]) as it:
        eventually("it has run twice", lambda: len(succeed("docker", "logs", it.id).split()) >= 2)
        succeed("docker", "stop", "--time", "1", it.id)
        equal(it.inspect("{{.State.Status}}"), "exited")


@case("stop and kill: signals reach the program; who ignores SIGTERM is killed in time")
def _():
    loop = "touch /tmp/ready; while :; do sleep 0.05; done"
    with container(command=["sh", "-c", f"trap 'exit 3' USR1; {loop}"]) as it:
        eventually("the trap is set", lambda: os.path.exists(it.host_path("/tmp/ready")))
        succeed("docker", "kill", "--signal", "USR1", it.id)
        equal(it.wait(), 3)
        contains(call("docker", "kill", it.id).err, "is not running")
    with container("--stop-signal", "USR2", command=["sh", "-c", f"trap 'exit 5' USR2; {loop}"]) as it:
        eventually("the trap is set", lambda: os.path.exists(it.host_path("/tmp/ready")))
        succeed("docker", "stop", "--time", "20", it.id)
        equal(it.wait(), 5)
    with container(command=["sh", "-c", f"trap '' TERM; {loop}"]) as it:
        eventually("the trap is set", lambda: os.path.exists(it.host_path("/tmp/ready")))
        started = time.monotonic()
        succeed("docker", "stop", "--time", "1", it.id)
        equal(it.wait(), 137)
        true(1 <= time.monotonic() - started < 8, "killed at the wrong time")


@case("pause, unpause: frozen, and on again; a paused one can be removed")
def _():
    with container(command=["sh", "-c", "while :; do echo x >>/tmp/ticks; sleep 0.02; done"]) as it:
        ticks = it.host_path("/tmp/ticks")
        eventually("it runs", lambda: os.path.exists(ticks) and os.path.getsize(ticks) > 2)
        succeed("docker", "pause", it.id)
        equal((it.inspect("{{.State.Status}}"), cgroups.limit(it.pid, "cgroup.freeze")), ("paused", "1"))
        size = os.path.getsize(ticks)
        time.sleep(0.2)
        equal(os.path.getsize(ticks), size, "size while paused")
        true(it.exec("true").status != 0, "exec in a paused container succeeded")
        succeed("docker", "unpause", it.id)
        eventually("it goes on", lambda: os.path.getsize(ticks) > size)
        succeed("docker", "pause", it.id)


def forget_unused():
    """A checkpoint that containerd has not yet forgotten is in the way of the next ("already exists", moby/moby#42900)."""
    succeed("ctr", "--address", "/run/docker/containerd/containerd.sock", "--namespace", "moby", "content", "prune", "references")


@case("checkpoint, start from it: the program goes on where it stood, with its limits and its filter", missing=criu.missing)
def _():
    # docker 28 looks for a namespace of its own before it is there (containerd/containerd#12141).
    network = "host" if VERSION >= 28 else "bridge"
    facts = ("sh", "-c", "awk '/^(CapEff|NoNewPrivs|Seccomp):/ {print $2}' /proc/1/status; cat /scratch/kept")
    with container("--memory", "64m", "--network", network, "--tmpfs", "/scratch",
                   command=["sh", "-c", f"echo text >/scratch/kept; {criu.COUNTING}"]) as it:
        eventually("it counts", lambda: criu.count(it.exec) > 10)
        known = it.exec(*facts).out
        contains(known, "text\n")
        before = criu.count(it.exec)
        succeed("docker", "checkpoint", "create", "--leave-running", it.id, "first")
        criu.counts_on(it.exec, before)
        forget_unused()
        before = criu.count(it.exec)
        succeed("docker", "checkpoint", "create", it.id, "second")
        eventually("it has ended", lambda: it.inspect("{{.State.Status}}") == "exited")
        equal(succeed("docker", "checkpoint", "ls", it.id).split()[2:], ["first", "second"])
        forget_unused()
        succeed("docker", "start", "--checkpoint", "second", it.id)
        criu.counts_on(it.exec, before)
        equal(it.exec(*facts).out, known)
        equal(cgroups.limit(it.pid, "memory.max"), str(64 << 20))
        lines = succeed("docker", "logs", it.id).split()
        equal(lines, [str(number) for number in range(1, len(lines) + 1)])
        succeed("docker", "stop", "--time", "20", it.id)
        equal(it.wait(), 6)


@case("limits and update: memory, cpus, processes, cpuset")
def _():
    with container("--memory", "64m", "--cpus", "0.5", "--pids-limit", "77", "--cpuset-cpus", "0") as it:
        equal([cgroups.limit(it.pid, name) for name in ("memory.max", "cpu.max", "pids.max", "cpuset.cpus")],
              [str(64 << 20), "50000 100000", "77", "0"])
        succeed("docker", "update", "--memory", "96m", "--memory-swap", "96m", "--cpus", "0.25", "--pids-limit", "33", it.id)
        equal([cgroups.limit(it.pid, name) for name in ("memory.max", "cpu.max", "pids.max", "cpuset.cpus")],
              [str(96 << 20), "25000 100000", "33", "0"])


@case("stats: memory and processes of the container")
def _():
    with container("--memory", "64m") as it:
        stats = json.loads(succeed("docker", "stats", "--no-stream", "--format", "{{json .}}", it.id))
        equal((stats["PIDs"], stats["MemUsage"].split(" / ")[1]), ("1", "64MiB"), str(stats))


@case("a container that crashes, one that is OOM-killed")
def _():
    with container(command=["crash"]) as it:
        equal(it.wait(), 128 + signal.SIGSEGV)
    with container("--memory", "16m", command=["tail", "/dev/zero"]) as it:
        equal((it.wait(), it.inspect("{{.State.OOMKilled}}")), (137, "true"))


@case("init: process 1 is docker's, and reaps; health checks")
def _():
    with container("--init", "--health-cmd", "true", "--health-interval", "1s") as it:
        contains(it.exec("sh", "-c", "tr '\\0' ' ' </proc/1/cmdline").out, "docker-init")
        eventually("it is healthy", lambda: it.inspect("{{.State.Health.Status}}") == "healthy")


@case("volumes: named ones are filled from the image; bind mounts; copying in and out")
def _():
    inside("--volume", "kept:/etc", script="echo more >/etc/more")
    equal(inside("--volume", "kept:/there", script="cd /there && ls group more passwd").split(), ["group", "more", "passwd"])
    succeed("docker", "volume", "rm", "kept")
    os.makedirs("/run/bound", exist_ok=True)
    contains(foreground("--volume", "/run/bound:/b:ro", command=["touch", "/b/x"]).err, "Read-only file system")
    with container("--volume", "/run/bound:/b") as it:
        succeed("docker", "cp", "/run/context/given", f"{it.id}:/tmp/given")
        equal(it.exec("cp", "/tmp/given", "/b/").status, 0)
        with open("/run/bound/given") as file:
            equal(file.read(), "from the context\n")


@case("nothing is left: containers, mounts, processes, cgroups, state of the runtime")
def _():
    equal(succeed("docker", "ps", "--all", "--quiet"), "")
    equal(left_since(before, daemon, but="cgroups: .*/docker/buildkit"), [])  # the parent of BuildKit's cgroups
    for path in glob.glob("/run/docker/runtime-*/moby") + glob.glob("/run/docker/containerd/daemon/*runc*/moby"):
        equal(os.listdir(path), [])


run_all(daemon.last_words)
