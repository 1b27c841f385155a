#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""podman drives the runtime through conmon: as root with cgroupfs, on a host of its own within this one; as a user
rootless, with his systemd, on a machine for tests (make test-engines-vm).

RUNTIME=/usr/bin/crun tests/engines/podman_test.py [PART_OF_A_CASE'S_NAME...]
"""
import contextlib
import glob
import json
import os
import signal
import time

from support import cgroups, criu, image, isolated_host, podman, user_host
from support.cases import call, case, contains, equal, eventually, patience, run_all, succeed, true
from support.image import BUSYBOX
from support.podman import ROOTLESS
from support.terminal import Terminal

host = user_host if ROOTLESS else isolated_host
host.enter()
WORK = os.environ["TMPDIR"]
podman.prepare()
image.write_busybox(f"{WORK}/busybox.tar")
succeed("podman", "load", "--quiet", "--input", f"{WORK}/busybox.tar")
# What podman sets up once and keeps is there from now on.
succeed("podman", "run", "--rm", "--network", "podman", BUSYBOX, "true")
before = host.Snapshot()


def foreground(*flags, command):
    """`podman run --rm` to its end."""
    return call("podman", "run", "--rm", *flags, BUSYBOX, *command)


def inside(*flags, script):
    """What a shell script printed in a new container."""
    return succeed("podman", "run", "--rm", *flags, BUSYBOX, "sh", "-c", script)


class Container:
    """A detached one."""

    def __init__(self, *flags, command=("sleep", "1000")):
        self.id = succeed("podman", "run", "--detach", *flags, BUSYBOX, *command)

    def inspect(self, template):
        return succeed("podman", "inspect", "--format", template, self.id)

    @property
    def pid(self):
        return int(self.inspect("{{.State.Pid}}"))

    def exec(self, *command, flags=()):
        return call("podman", "exec", *flags, self.id, *command)

    def wait(self):
        """Its exit status."""
        return int(succeed("podman", "wait", self.id))

    def host_path(self, path):
        return f"/proc/{self.pid}/root{path}"


@contextlib.contextmanager
def container(*flags, **options):
    made = Container(*flags, **options)
    try:
        yield made
    finally:
        succeed("podman", "rm", "--force", "--volumes", "--time", "0", made.id)


def namespace(pid, kind):
    return os.readlink(f"/proc/{pid}/ns/{kind}")


@case("podman uses the runtime under test, with this cgroup manager")
def _():
    equal(succeed("podman", "info", "--format", "{{.Host.OCIRuntime.Path}} {{.Host.CgroupManager}} {{.Host.Security.Rootless}}"),
          f"{host.runtime()} {podman.CGROUP_MANAGER} {str(ROOTLESS).lower()}")


@case("run: output, error output and exit status come back")
def _():
    result = foreground(command=["sh", "-c", "echo out; echo err >&2; exit 7"])
    equal((result.status, result.out, result.err), (7, "out\n", "err\n"))
    equal(call("podman", "run", "--rm", "--interactive", BUSYBOX, "cat", stdin="through\n").out, "through\n")


@case("run: a missing program is 127, one that can't be executed is 126, and both are named")
def _():
    for command, status, cause in (("no-such-program", 127, "not found in $PATH"),
                                   ("/no/such/program", 127, "no such file or directory"),
                                   ("/etc/passwd", 126, "permission denied")):
        result = foreground(command=[command])
        equal(result.status, status, repr(result))
        contains(result.err.lower(), cause.lower())
        true(status == 126 or command in result.err, repr(result))
    equal(succeed("podman", "ps", "--all", "--quiet"), "")


@case("run: environment, directory, user, host name, read-only root, tmpfs, limits of processes")
def _():
    equal(inside("--env", "ASKED=yes", "--workdir", "/var", "--user", "app", "--hostname", "named", "--read-only",
                 "--tmpfs", "/scratch:size=1m", "--ulimit", "nofile=123:456", "--ulimit", "nproc=1000:1000",
                 "--sysctl", "net.ipv4.ip_forward=1",
                 script="echo $FROM_IMAGE $ASKED $PWD; id -u; hostname; awk '$2 == \"/scratch\" {print $1, $3}' /proc/mounts;"
                        "awk '/^Max open files/ {print $4, $5}' /proc/self/limits; cat /proc/sys/net/ipv4/ip_forward;"
                        "touch /var/x 2>&1"
                        "; true").split("\n"),
          ["yes yes /var", "1000", "named", "tmpfs tmpfs", "123 456", "1", "touch: /var/x: Read-only file system"])


@case("run: capabilities, no new privileges, privileged")
def _():
    script = "awk '/^(CapEff|NoNewPrivs)/ {print $2}' /proc/self/status"
    plain = int(inside(script=script).split()[0], 16)
    equal(inside("--cap-add", "SYS_TIME", "--cap-drop", "CHOWN", "--security-opt", "no-new-privileges", script=script),
          f"{(plain | 1 << 25) & ~1:016x}\n1")
    equal(int(inside("--cap-drop", "all", script=script).split()[0], 16), 0)
    equal(inside("--privileged", script="mount -t tmpfs none /mnt 2>&1 || mkdir /mnt && mount -t tmpfs none /mnt && echo yes"
                 ).split("\n")[-1], "yes")


@case("detached: logs, wait, and the exit status")
def _():
    with container(command=["sh", "-c", "echo said; echo complained >&2; sleep 0.3; exit 9"]) as it:
        equal(it.wait(), 9)
        result = call("podman", "logs", it.id)
        equal((result.out, result.err), ("said\n", "complained\n"))


@case("tty: the program has the terminal, its size, changes of it, and its keys")
def _():
    shell = Terminal("podman", "run", "--rm", "-it", BUSYBOX, "sh", rows=33, columns=111)
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


def leave_shell_with_x(it):
    """Sets x=kept in the container's shell and detaches with the keys."""
    shell = Terminal("podman", "attach", it.id)
    shell.send("x=kept; echo se''t\r")
    shell.expect("set")
    for key in "\x10\x11":
        shell.send(key)
        time.sleep(0.2)  # podman looks for the keys one by one
    equal(shell.end(), 0)


@case("tty: detach with the keys, attach again")
def _():
    with container("-it", command=["sh"]) as it:
        leave_shell_with_x(it)
        shell = Terminal("podman", "attach", it.id)
        shell.send("echo $x\r")
        shell.expect(r"kept\n")
        shell.send("exit 4\r")
        shell.end()
        equal(it.wait(), 4)


@case("exec: output, exit status, user, directory, environment; missing programs")
def _():
    with container() as it:
        result = it.exec("sh", "-c", "echo out; echo err >&2; exit 4")
        equal((result.status, result.out, result.err), (4, "out\n", "err\n"))
        equal(it.exec("sh", "-c", "id -u; pwd; echo $FROM_IMAGE $ASKED",
                      flags=["--user", "app", "--workdir", "/var", "--env", "ASKED=yes"]).out, "1000\n/var\nyes yes\n")
        equal(call("podman", "exec", "--interactive", it.id, "cat", stdin="through\n").out, "through\n")
        for kind in ("pid", "net", "mnt", "ipc", "uts"):
            equal(it.exec("readlink", f"/proc/self/ns/{kind}").out.strip(), namespace(it.pid, kind))
        equal(it.exec("no-such-program").status, 127)
        equal(it.exec("/etc/passwd").status, 126)
        equal(it.exec("sh", "-c", "grep -c . /proc/self/cgroup >/dev/null && echo alive").out, "alive\n")


@case("exec: with a terminal; detached; of a privileged process")
def _():
    with container() as it:
        shell = Terminal("podman", "exec", "-it", it.id, "sh", rows=21, columns=90)
        shell.expect("# ")
        shell.send("until [ \"$(stty size)\" = '21 90' ]; do sleep 0.05; done; tty\r")
        shell.expect(r"\n/dev/pts/0\n")
        shell.send("exit 6\r")
        equal(shell.end(), 6)
        succeed("podman", "exec", "--detach", it.id, "sleep", "4321")
        eventually("it is listed", lambda: "sleep 4321" in succeed("podman", "top", it.id, "args"))
        plain, privileged = (it.exec("awk", "/^CapEff/ {print $2}", "/proc/self/status", flags=flags).out.strip()
                             for flags in ([], ["--privileged"]))
        true(int(plain, 16) < int(privileged, 16), f"capabilities {plain}, privileged {privileged}")


@case("pod: containers share network, IPC and host name; its removal takes them along")
def _():
    pod = succeed("podman", "pod", "create", "--name", "shared", "--hostname", "podhost")
    try:
        serve = "mkdir /tmp/www; hostname >/tmp/www/index.html; exec httpd -f -p 8080 -h /tmp/www"
        server = succeed("podman", "run", "--detach", "--pod", pod, BUSYBOX, "sh", "-c", serve)
        client = succeed("podman", "run", "--detach", "--pod", pod, BUSYBOX, "sleep", "1000")
        pids = [int(succeed("podman", "inspect", "--format", "{{.State.Pid}}", name)) for name in (server, client)]
        for kind in ("net", "ipc", "uts"):
            equal(*(namespace(pid, kind) for pid in pids), kind)
        true(namespace(pids[0], "pid") != namespace(pids[1], "pid"), "they share processes")
        eventually("the server answers", lambda: call(
            "podman", "exec", client, "wget", "-q", "-O", "-", "http://127.0.0.1:8080/").out == "podhost\n")
        succeed("podman", "pod", "pause", pod)
        equal([cgroups.limit(pid, "cgroup.freeze") for pid in pids], ["1", "1"])
        succeed("podman", "pod", "unpause", pod)
        equal(succeed("podman", "pod", "inspect", "--format", "{{.State}}", pod), "Running")
        contains(succeed("podman", "pod", "top", pod), "httpd")
    finally:
        succeed("podman", "pod", "rm", "--force", "--time", "0", pod)
    equal(succeed("podman", "ps", "--all", "--quiet"), "")


@case("pod: with a shared pid namespace")
def _():
    pod = succeed("podman", "pod", "create", "--share", "pid,net,ipc")
    try:
        first = succeed("podman", "run", "--detach", "--pod", pod, BUSYBOX, "sleep", "4321")
        contains(succeed("podman", "run", "--rm", "--pod", pod, BUSYBOX, "ps", "-o", "args"), "sleep 4321")
        succeed("podman", "kill", first)
        equal(succeed("podman", "wait", first), "137")
    finally:
        succeed("podman", "pod", "rm", "--force", "--time", "0", pod)


@case("network: containers on a bridge reach each other, and one that has none sees none")
def _():
    bridge = ("--network", "podman")  # not the default of a user
    serve = "mkdir /tmp/www; echo served >/tmp/www/index.html; httpd -f -p 80 -h /tmp/www"
    with container(*bridge, command=["sh", "-c", serve]) as it:
        address = it.inspect("{{.NetworkSettings.Networks.podman.IPAddress}}")
        eventually("the server answers", lambda: foreground(*bridge, command=["wget", "-q", "-O", "-", f"http://{address}/"]
                                                            ).out == "served\n")
        equal(inside("--network", f"container:{it.id}", script="readlink /proc/self/ns/net"), namespace(it.pid, "net"))
    equal(inside("--network", "none", script="ls /sys/class/net | grep -v -e bond -e ifb -e dummy"), "lo")
    equal(inside("--network", "host", script="readlink /proc/self/ns/net"), os.readlink("/proc/self/ns/net"))


@case("init: process 1 is catatonit, which reaps")
def _():
    with container("--init", command=["sleep", "1000"]) as it:
        contains(it.exec("sh", "-c", "tr '\\0' ' ' </proc/1/cmdline").out, "init")
        it.exec("sh", "-c", "sleep 0.05 & :")
        time.sleep(0.2)
        equal(it.exec("sh", "-c", "grep -l '^State:.Z' /proc/[0-9]*/status").out, "")


@case("healthcheck: healthy, then not any more")
def _():
    with container("--health-cmd", "test -e /tmp/well", "--health-interval", "disable", "--health-retries", "1",
                   command=["sh", "-c", "touch /tmp/well; exec sleep 1000"]) as it:
        eventually("it is well", lambda: call("podman", "healthcheck", "run", it.id).status == 0)
        it.exec("rm", "/tmp/well")
        true(call("podman", "healthcheck", "run", it.id).status != 0, "still healthy")
        contains(it.inspect("{{.State.Health.Status}}"), "unhealthy")


if ROOTLESS:
    @case("healthcheck: a timer of the user's systemd runs it")
    def _():
        with container("--health-cmd", "touch /tmp/looked", "--health-interval", "1s") as it:
            eventually("it was looked at", lambda: it.exec("test", "-e", "/tmp/looked").status == 0)
            eventually("it is well", lambda: it.inspect("{{.State.Health.Status}}") == "healthy")


@case("limits: memory, cpus, processes; update changes them")
def _():
    with container("--memory", "64m", "--cpus", "0.5", "--pids-limit", "77") as it:
        equal([cgroups.limit(it.pid, name) for name in ("memory.max", "cpu.max", "pids.max")],
              [str(64 << 20), "50000 100000", "77"])
        if ROOTLESS:
            equal(cgroups.paths_of(it.pid)[""].relative_to(user_host.manager()).parts[:2], ("user.slice", f"libpod-{it.id}.scope"))
            equal(succeed("systemctl", "--user", "show", "--property=MemoryMax,CPUQuotaPerSecUSec,TasksMax", f"libpod-{it.id}.scope"),
                  f"CPUQuotaPerSecUSec=500ms\nMemoryMax={64 << 20}\nTasksMax=77")
        if call("podman", "update", "--help").status == 0:
            succeed("podman", "update", "--memory", "96m", "--cpus", "0.25", it.id)
            equal([cgroups.limit(it.pid, name) for name in ("memory.max", "cpu.max")], [str(96 << 20), "25000 100000"])
        equal(it.exec("sh", "-c", "echo alive").out, "alive\n")


@case("limits: a fork bomb is stopped by the limit of processes")
def _():
    bomb = f"for i in $(seq 12); do sleep {patience(0.2)} & done"
    contains(foreground("--pids-limit", "10", command=["sh", "-c", bomb]).err, "can't fork")


@case("seccomp: a profile of one's own forbids what it says; the default one is in force; unconfined has none")
def _():
    with open(f"{WORK}/no-mkdir.json", "w") as file:
        json.dump({"defaultAction": "SCMP_ACT_ALLOW",
                   "syscalls": [{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 28}]}, file)
    contains(foreground("--security-opt", f"seccomp={WORK}/no-mkdir.json", command=["mkdir", "/x"]).err, "No space left on device")
    script = "awk '/^Seccomp:/ {print $2}' /proc/self/status"
    equal(inside(script=script), "2")
    equal(inside("--security-opt", "seccomp=unconfined", script=script), "0")


@case("user namespace: ids chosen by podman, and given ones; the image's files belong to root inside")
def _():
    script = "awk '{print $1, $2}' /proc/self/uid_map; stat -c %u:%g /bin/busybox; touch /x && stat -c %u /x"
    (first, host_id), owner, made = (line.split() for line in inside("--userns", "auto", script=script).split("\n"))
    # A user's are those of podman's own user namespace, where he is 0 and his subordinate ids begin at 1.
    chosen = range(1, 65537) if ROOTLESS else range(1000000, 2000000)
    true(first == "0" and int(host_id) in chosen, f"mapped to {host_id}")
    equal((owner, made), (["0:0"], ["0"]))
    uid, gid, size = (10, 20, 2000) if ROOTLESS else (500000, 600000, 65536)
    equal(inside("--uidmap", f"0:{uid}:{size}", "--gidmap", f"0:{gid}:{size}", script=script), f"0 {uid}\n0:0\n0")


if ROOTLESS:
    @case("user namespace: keep-id gives the user his own id inside, and his files their owner")
    def _():
        os.makedirs(f"{WORK}/own", exist_ok=True)
        volume = ("--userns", "keep-id", "--volume", f"{WORK}/own:/own")
        equal(inside(*volume, script="id -u; id -g; stat -c %u:%g /own /bin/busybox; touch /own/mine"),
              f"{os.getuid()}\n{os.getgid()}\n{os.getuid()}:{os.getgid()}\n0:0")
        inside(*volume, "--user", "0", script="touch /own/of-root; chmod 666 /own/mine")
        equal(os.stat("own/mine").st_uid, os.getuid())
        with open("/etc/subuid") as ranges:
            first = next(int(line.split(":")[1]) for line in ranges if line.startswith("tester:"))
        equal(os.stat("own/of-root").st_uid, first)
        equal(inside("--userns", "keep-id:uid=7,gid=8", script="id -u; id -g"), "7\n8")


@case("volume: named ones are filled from the image and kept; bind mounts, read-only ones, propagation")
def _():
    os.makedirs(f"{WORK}/bound", exist_ok=True)
    inside("--volume", "kept:/etc", script="echo more >/etc/more")
    equal(inside("--volume", "kept:/there", script="cd /there && ls group more passwd").split(), ["group", "more", "passwd"])
    succeed("podman", "volume", "rm", "kept")
    contains(foreground("--volume", f"{WORK}/bound:/b:ro", command=["touch", "/b/x"]).err, "Read-only file system")
    inside("--volume", f"{WORK}/bound:/b:rw,z", script="echo text >/b/file")
    with open(f"{WORK}/bound/file") as file:
        equal(file.read(), "text\n")
    contains(inside("--volume", f"{WORK}/bound:/b:rslave", script="cat /proc/self/mountinfo | grep ' /b '"), " - ")


@case("volume: an id-mapped one shows the host's owner as the container's")
def _():
    os.makedirs(f"{WORK}/mapped", exist_ok=True)
    with open(f"{WORK}/mapped/file", "w"):
        pass
    if ROOTLESS:  # for the owner of the file system alone
        contains(foreground("--uidmap", "0:1:2000", "--gidmap", "0:1:2000", "--volume", f"{WORK}/mapped:/m:idmap",
                            command=["true"]).err, "operation not permitted")
        return
    os.chown(f"{WORK}/mapped/file", 1000, 1000)
    equal(inside("--uidmap", "0:500000:65536", "--gidmap", "0:500000:65536", "--volume", f"{WORK}/mapped:/m:idmap",
                 script="stat -c %u:%g /m/file; touch /m/new; chown 1000:1000 /m/new"), "1000:1000")
    equal(os.stat(f"{WORK}/mapped/new").st_uid, 1000)


@case("pause, unpause: frozen, and on again")
def _():
    with container(command=["sh", "-c", "while :; do echo x >>/tmp/ticks; sleep 0.02; done"]) as it:
        ticks = it.host_path("/tmp/ticks")
        eventually("it runs", lambda: os.path.exists(ticks) and os.path.getsize(ticks) > 2)
        succeed("podman", "pause", it.id)
        equal((it.inspect("{{.State.Status}}"), cgroups.limit(it.pid, "cgroup.freeze")), ("paused", "1"))
        size = os.path.getsize(ticks)
        time.sleep(0.2)
        equal(os.path.getsize(ticks), size, "size while paused")
        true(it.exec("true").status != 0, "exec in a paused container succeeded")
        succeed("podman", "unpause", it.id)
        eventually("it goes on", lambda: os.path.getsize(ticks) > size)
        equal(it.exec("true").status, 0)


if not ROOTLESS:  # podman checkpoints for root alone
    def counted(container):
        """The lines of its log, which are the numbers from 1 on if nothing was lost, said twice, or begun anew."""
        lines = succeed("podman", "logs", container.id).split()
        equal(lines, [str(number) for number in range(1, len(lines) + 1)])
        return len(lines)

    @case("checkpoint, restore: the program goes on where it stood, with its limits, its filter and its address",
          missing=criu.missing)
    def _():
        flags = ("--memory", "64m", "--pids-limit", "77", "--cap-drop", "CHOWN", "--network", "podman", "--tmpfs", "/scratch")
        facts = ("sh", "-c", "awk '/^(CapEff|NoNewPrivs|Seccomp):/ {print $2}' /proc/1/status; cat /scratch/kept /etc/hostname;"
                             "ip -4 -o addr show eth0 | awk '{print $4}'")
        with container(*flags, command=["sh", "-c", f"echo text >/scratch/kept; {criu.COUNTING}"]) as it:
            eventually("it counts", lambda: criu.count(it.exec) > 10)
            known = it.exec(*facts).out
            contains(known, "text\n")
            succeed("podman", "container", "checkpoint", it.id)
            equal(it.inspect("{{.State.Status}} {{.State.Checkpointed}}"), "exited true")
            before = counted(it)
            succeed("podman", "container", "restore", it.id)
            equal(it.inspect("{{.State.Status}} {{.State.Restored}}"), "running true")
            criu.counts_on(it.exec, before)
            true(counted(it) > before, "its output is lost")
            equal(it.exec(*facts).out, known)
            equal([cgroups.limit(it.pid, name) for name in ("memory.max", "pids.max")], [str(64 << 20), "77"])
            succeed("podman", "stop", "--time", "20", it.id)
            equal(it.wait(), 6)

    @case("checkpoint --leave-running: it runs on, and can be set back to then", missing=criu.missing)
    def _():
        with container(command=["sh", "-c", criu.COUNTING]) as it:
            eventually("it counts", lambda: criu.count(it.exec) > 10)
            succeed("podman", "container", "checkpoint", "--leave-running", it.id)
            equal(it.inspect("{{.State.Status}}"), "running")
            then = criu.count(it.exec)
            criu.counts_on(it.exec, then + 50)
            succeed("podman", "kill", it.id)
            it.wait()
            succeed("podman", "container", "restore", it.id)
            eventually("it counts again", lambda: 0 < criu.count(it.exec) < then + 50)
            criu.counts_on(it.exec, then)

    @case("checkpoint --export: other containers are restored from the file, with what the first had written",
          missing=criu.missing)
    def _():
        export = f"{WORK}/checkpoint.tar.gz"
        with container("--env", "ASKED=yes", command=["sh", "-c", f"echo text >/written; {criu.COUNTING}"]) as it:
            eventually("it counts", lambda: criu.count(it.exec) > 10)
            succeed("podman", "container", "checkpoint", "--export", export, it.id)
            before = counted(it)
        for name in ("second", "third"):
            succeed("podman", "container", "restore", "--import", export, "--name", name)
        try:
            for name in ("second", "third"):
                def execute(*command):
                    return call("podman", "exec", name, *command)
                criu.counts_on(execute, before)
                equal(execute("sh", "-c", "cat /written; echo $ASKED").out, "text\nyes\n")
                equal(succeed("podman", "inspect", "--format", "{{.OCIRuntime}}", name), "runcxx")
        finally:
            succeed("podman", "rm", "--force", "--time", "0", "second", "third")

    @case("checkpoint of a program on a terminal: attach finds it where it was", missing=criu.missing)
    def _():
        with container("-it", command=["sh"]) as it:
            leave_shell_with_x(it)
            succeed("podman", "container", "checkpoint", it.id)
            succeed("podman", "container", "restore", it.id)
            shell = Terminal("podman", "attach", it.id)
            shell.send("echo $x $(tty)\r")
            shell.expect(r"kept /dev/pts/0\n")
            shell.send("exit 4\r")
            shell.end()
            equal(it.wait(), 4)

    @case("checkpoint with a connection: refused, and it runs on; with --tcp-established it is kept",
          missing=criu.missing_sockets)
    def _():
        talk = ("busybox mkfifo /tmp/in /tmp/idle; nc -l -p 5000 <>/tmp/idle >/tmp/heard & sleep 0.2;"
                "(echo first; cat) <>/tmp/in | nc 127.0.0.1 5000")
        with container(command=["sh", "-c", talk]) as it:
            eventually("they talk", lambda: it.exec("cat", "/tmp/heard").out == "first\n")
            refused = call("podman", "container", "checkpoint", it.id)
            true(refused.status != 0, repr(refused))
            equal(it.inspect("{{.State.Status}}"), "running")
            succeed("podman", "container", "checkpoint", "--tcp-established", it.id)
            succeed("podman", "container", "restore", "--tcp-established", it.id)
            it.exec("sh", "-c", "echo second >/tmp/in")
            eventually("they talk on", lambda: it.exec("cat", "/tmp/heard").out == "first\nsecond\n")


@case("kill and stop: signals reach the program; who ignores SIGTERM is killed in time")
def _():
    loop = "touch /tmp/ready; while :; do sleep 0.05; done"
    with container(command=["sh", "-c", f"trap 'exit 3' USR1; {loop}"]) as it:
        eventually("the trap is set", lambda: os.path.exists(it.host_path("/tmp/ready")))
        succeed("podman", "kill", "--signal", "USR1", it.id)
        equal(it.wait(), 3)
        true(call("podman", "kill", it.id).status != 0, "a stopped container was killed")
    with container(command=["sh", "-c", f"trap 'exit 5' TERM; {loop}"]) as it:
        eventually("the trap is set", lambda: os.path.exists(it.host_path("/tmp/ready")))
        succeed("podman", "stop", "--time", "20", it.id)
        equal(it.wait(), 5)
    with container(command=["sh", "-c", f"trap '' TERM; {loop}"]) as it:
        eventually("the trap is set", lambda: os.path.exists(it.host_path("/tmp/ready")))
        call("podman", "stop", "--time", "1", it.id)
        equal(it.wait(), 137)


@case("start again, restart, restart policy")
def _():
    with container(command=["sh", "-c", "echo x >>/runs; exec sleep 1000"]) as it:
        runs = "wc -l </runs"
        eventually("it runs", lambda: it.exec("sh", "-c", runs).out == "1\n")
        succeed("podman", "stop", "--time", "0", it.id)
        succeed("podman", "start", it.id)
        eventually("it runs again", lambda: it.exec("sh", "-c", runs).out == "2\n")
        succeed("podman", "restart", "--time", "0", it.id)
        eventually("and again", lambda: it.exec("sh", "-c", runs).out == "3\n")
    with container("--restart", "on-failure:2", command=["sh", "-c", "echo run; exit 1"]) as it:
        eventually("it has run three times", lambda: succeed("podman", "logs", it.id).split() == ["run"] * 3)


@case("stats and top: numbers and processes of the container")
def _():
    with container("--memory", "64m") as it:
        stats = json.loads(succeed("podman", "stats", "--no-stream", "--format", "json", it.id))[0]
        equal((stats["pids"], "67.11MB" in stats["mem_usage"]), ("1", True), str(stats))
        contains(succeed("podman", "top", it.id, "pid", "args"), "sleep 1000")
        contains(succeed("podman", "top", it.id, "-o", "pid,args"), "sleep 1000")


@case("a container that crashes, one that is OOM-killed")
def _():
    with container(command=["crash"]) as it:
        equal(it.wait(), 128 + signal.SIGSEGV)
    with container("--memory", "16m", command=["tail", "/dev/zero"]) as it:
        equal(it.wait(), 137)


@case("hooks of the engine: run with the state of the container")
def _():
    os.makedirs(f"{WORK}/hooks", exist_ok=True)
    with open(f"{WORK}/hook", "w") as file:
        file.write(f"#!/bin/sh\ncat >{WORK}/hook-$1.json\n")
    os.chmod(f"{WORK}/hook", 0o755)
    for stage in ("createRuntime", "poststop"):
        with open(f"{WORK}/hooks/{stage}.json", "w") as file:
            json.dump({"version": "1.0.0", "hook": {"path": f"{WORK}/hook", "args": ["hook", stage]}, "when": {"always": True},
                       "stages": [stage]}, file)
    name = succeed("podman", "--hooks-dir", f"{WORK}/hooks", "create", BUSYBOX, "true")
    succeed("podman", "--hooks-dir", f"{WORK}/hooks", "start", "--attach", name)
    succeed("podman", "--hooks-dir", f"{WORK}/hooks", "rm", "--force", name)
    for stage, status in (("createRuntime", "creat"), ("poststop", "stopped")):
        with open(f"{WORK}/hook-{stage}.json") as file:
            state = json.load(file)
        equal((state["id"], state["status"].startswith(status)), (name, True), str(state))


POD_YAML = f"""
apiVersion: v1
kind: Pod
metadata: {{name: played}}
spec:
  hostname: played-host
  containers:
  - name: server
    image: {BUSYBOX}
    imagePullPolicy: Never
    command: [sh, -c, "mkdir /tmp/www; echo $GREETING >/tmp/www/index.html; exec httpd -f -p 8080 -h /tmp/www"]
    env: [{{name: GREETING, value: hello}}]
    resources: {{limits: {{memory: 64Mi, cpu: 500m}}}}
    securityContext: {{capabilities: {{drop: [ALL]}}, allowPrivilegeEscalation: false}}
    volumeMounts: [{{name: shared, mountPath: /shared}}]
  - name: client
    image: {BUSYBOX}
    imagePullPolicy: Never
    command: [sleep, "1000"]
    volumeMounts: [{{name: shared, mountPath: /shared}}]
  volumes: [{{name: shared, emptyDir: {{}}}}]
"""


@case("play kube: a pod of two containers, its limits and its volume")
def _():
    with open(f"{WORK}/pod.yaml", "w") as file:
        file.write(POD_YAML)
    succeed("podman", "play", "kube", f"{WORK}/pod.yaml")
    try:
        eventually("the server answers", lambda: call("podman", "exec", "played-client", "wget", "-q", "-O", "-",
                                                      "http://127.0.0.1:8080/").out == "hello\n")
        server = int(succeed("podman", "inspect", "--format", "{{.State.Pid}}", "played-server"))
        equal((cgroups.limit(server, "memory.max"), cgroups.limit(server, "cpu.max")), (str(64 << 20), "50000 100000"))
        succeed("podman", "exec", "played-server", "touch", "/shared/here")
        equal(succeed("podman", "exec", "played-client", "ls", "/shared"), "here")
        contains(succeed("podman", "exec", "played-server", "cat", "/proc/self/status"), "CapEff:\t" + "0" * 16)
    finally:
        succeed("podman", "play", "kube", "--down", f"{WORK}/pod.yaml")
        call("podman", "volume", "prune", "--force")


@case("20 containers at once (5 of a user)")
def _():
    number = 5 if ROOTLESS else 20
    script = f"for i in $(seq {number}); do podman run --rm --network none $0 sh -c \"echo $i\" & done; wait"
    result = call("sh", "-c", script, BUSYBOX)
    equal((sorted(result.out.split()), result.err), (sorted(str(one) for one in range(1, number + 1)), ""))


@case("nothing is left: containers, mounts, processes, cgroups, state of the runtime")
def _():
    equal(succeed("podman", "ps", "--all", "--quiet"), "")
    # podman forgets the cgroups of its pods in hierarchies without a controller.
    equal(host.left_since(before, but=r"cgroups: /sys/fs/cgroup/(systemd|unified)/libpod_parent/[0-9a-f]{64}"), [])
    for runtime in ("runcxx", "runc", "crun"):
        equal(glob.glob(f"{host.state_directory()}/{runtime}/*"), [])


run_all(lambda: "")
