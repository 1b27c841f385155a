#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""containerd and its shim drive the runtime, through ctr.

RUNTIME=/usr/sbin/runc tests/engines/containerd_test.py [PART_OF_A_CASE'S_NAME...]
"""
import contextlib
import json
import os
import re
import signal
import time

from support import cgroups, containerd, criu, isolated_host
from support.cases import Failure, call, case, contains, equal, eventually, run_all, succeed, true
from support.image import BUSYBOX
from support.isolated_host import Snapshot, left_since
from support.terminal import Terminal

isolated_host.enter()
daemon = containerd.prepare()
daemon.start()
containerd.load_images("default")
before = Snapshot(daemon)
count = 0


def run_arguments(*arguments):
    return ["ctr", "run", "--runc-binary", isolated_host.runtime(), *arguments]


def new_id():
    global count
    count += 1
    return f"c{count}"


def foreground(*flags, command):
    """`ctr run --rm` to its end."""
    return call(*run_arguments("--rm", *flags, BUSYBOX, new_id(), *command))


def inside(*flags, script):
    """What a shell script printed in a new container."""
    result = foreground(*flags, command=["sh", "-c", script])
    if result.status != 0:
        raise Failure(repr(result))
    return result.out.rstrip("\n")


def task_status(name):
    """RUNNING, PAUSED, STOPPED, or nothing if there is no task."""
    for line in succeed("ctr", "task", "ls").splitlines()[1:]:
        if line.split()[0] == name:
            return line.split()[2]
    return None


class Container:
    """A detached one."""

    def __init__(self, *flags, command=("sleep", "1000")):
        self.name = new_id()
        succeed(*run_arguments("--detach", "--pid-file", f"/run/{self.name}.pid", *flags, BUSYBOX, self.name, *command))
        with open(f"/run/{self.name}.pid") as file:
            self.pid = int(file.read())

    def exec(self, *command, flags=()):
        return call("ctr", "task", "exec", "--exec-id", new_id(), *flags, self.name, *command)

    def kill(self, number, *flags):
        return call("ctr", "task", "kill", "--signal", number, *flags, self.name)

    def wait_for(self, status):
        eventually(f"{self.name} is {status}", lambda: task_status(self.name) == status)

    def host_path(self, path):
        return f"/proc/{self.pid}/root{path}"

    def exit_status(self):
        """Waits for its end, deletes the task, and says how it ended."""
        self.wait_for("STOPPED")
        warned = re.search(r"exit with non-zero exit code (\d+)", call("ctr", "task", "delete", self.name).err)
        return int(warned[1]) if warned else 0

    def remove(self):
        call("ctr", "task", "kill", "--signal", "KILL", "--all", self.name)
        call("ctr", "task", "delete", "--force", self.name)
        succeed("ctr", "container", "delete", self.name)


@contextlib.contextmanager
def container(*flags, **options):
    made = Container(*flags, **options)
    try:
        yield made
    finally:
        made.remove()


@contextlib.contextmanager
def terminal(**size):
    """A shell in a new container, on a terminal, at its prompt."""
    name = new_id()
    shell = Terminal(*run_arguments("--rm", "--tty", BUSYBOX, name, "sh"), **size)
    try:
        shell.expect("# ")
        yield shell
    finally:
        shell.close()
        call("ctr", "task", "delete", "--force", name)
        call("ctr", "container", "delete", name)


@contextlib.contextmanager
def events():
    """containerd's events, as a function that returns those seen so far."""
    log = f"/run/events.{new_id()}"
    with open(log, "w") as file:
        listener = os.posix_spawn("/usr/bin/ctr", ["ctr", "events"], os.environ,
                                  file_actions=[(os.POSIX_SPAWN_DUP2, file.fileno(), 1)])
    time.sleep(0.3)  # until it has subscribed, which it does not tell
    try:
        yield lambda: open(log).read()
    finally:
        os.kill(listener, signal.SIGTERM)
        os.waitpid(listener, 0)


@case("run: output, error output and exit status come back")
def _():
    result = foreground(command=["sh", "-c", "echo out; echo err >&2; exit 7"])
    equal((result.status, result.out, result.err), (7, "out\n", "err\n"))


@case("run: a program that is not there is an error that names it, and nothing stays")
def _():
    result = foreground(command=["/no/such/program"])
    true(result.status != 0, repr(result))
    contains(result.err, "/no/such/program")
    contains(result.err, "no such file or directory")
    equal(succeed("ctr", "container", "ls", "-q"), "")


@case("run: environment of image and caller, working directory, read-only root, bind mount")
def _():
    os.makedirs("/run/shared", exist_ok=True)
    with open("/run/shared/file", "w") as file:
        file.write("from the host")
    equal(inside("--env", "ASKED=yes", "--cwd", "/tmp", "--read-only",
                 "--mount", "type=bind,src=/run/shared,dst=/tmp,options=rbind:ro",
                 script="echo $FROM_IMAGE $ASKED $PWD; cat file; echo; touch /x 2>&1; touch /tmp/x 2>&1; true"),
          "yes yes /tmp\nfrom the host\ntouch: /x: Read-only file system\ntouch: /tmp/x: Read-only file system")


@case("run: namespaces are new ones, process 1 is the program")
def _():
    kinds = ("mnt", "pid", "net", "ipc", "uts")
    script = "".join(f"readlink /proc/self/ns/{kind}; " for kind in kinds) + "echo $$"
    *found, pid = inside(script=script).split()
    equal(pid, "1")
    for kind, namespace in zip(kinds, found):
        true(namespace != os.readlink(f"/proc/self/ns/{kind}"), f"{kind} is the host's namespace")


@case("detached: runs, is listed, ends by a signal, and the exit status is kept for delete")
def _():
    with container(command=["sh", "-c", "trap 'exit 9' TERM; while :; do sleep 0.1; done"]) as it:
        equal(task_status(it.name), "RUNNING")
        equal(it.kill("TERM").status, 0)
        equal(it.exit_status(), 9)
        equal(task_status(it.name), None)


@case("tty: the program has the terminal, its size, and its keys")
def _():
    with terminal(rows=33, columns=111) as it:
        it.send("tty; stty size; echo $((20+3))\r")
        it.expect(r"/dev/pts/0\n33 111\n23\n")
        it.send("sh -c 'echo rea\"\"dy; exec sleep 1000'\r")
        it.expect("ready")
        it.send("\x03")
        it.expect("# ")
        it.send("exit 5\r")
        equal(it.end(), 5)


@case("tty: a change of size reaches the program")
def _():
    with terminal(rows=24, columns=80) as it:
        it.resize(50, 132)
        it.send("until [ \"$(stty size)\" = '50 132' ]; do sleep 0.05; done; echo resi''zed\r")
        it.expect("resized")
        it.send("exit\r")
        equal(it.end(), 0)


@case("with-ns: the network namespace is the pinned one")
def _():
    succeed("ip", "netns", "add", "x")
    try:
        expected = os.stat("/run/netns/x").st_ino
        equal(inside("--with-ns", "network:/run/netns/x", script="readlink /proc/self/ns/net"), f"net:[{expected}]")
    finally:
        succeed("ip", "netns", "delete", "x")


@case("with-ns: in the host's pid namespace, kill ends every process of the container")
def _():
    with container("--with-ns", f"pid:/proc/{os.getpid()}/ns/pid", command=["sh", "-c", "sleep 1000 & sleep 1000"]) as it:
        children = eventually("the second process", lambda: len(
            (pids := cgroups.pids_of(it.pid))) > 1 and pids)
        equal(it.kill("KILL").status, 0)
        equal(it.exit_status(), 137)
        eventually("all processes are gone", lambda: not any(os.path.exists(f"/proc/{pid}") for pid in children))


@case("seccomp: with the profile a filter is in force and forbids, without it none is")
def _():
    script = "grep ^Seccomp: /proc/self/status; unshare -U true 2>&1; true"
    equal(inside(script=script).split("\n")[0].split(), ["Seccomp:", "0"])
    status, refused = inside("--seccomp", script=script).split("\n")
    equal(status.split(), ["Seccomp:", "2"])
    contains(refused, "Operation not permitted")


@case("privileged: all capabilities, a writable /sys, the host's devices")
def _():
    script = "awk '/^CapEff/ {print $2}' /proc/self/status; awk '$2 == \"/sys\" {print substr($4, 1, 2)}' /proc/mounts"
    ours = f"{isolated_host.bounding_set():016x}"
    equal(inside("--privileged", script=script).split(), [ours, "rw"])
    equal(inside(script=script).split()[1], "ro")


@case("capabilities: added and dropped ones, and no new privileges")
def _():
    script = "awk '/^(CapEff|NoNewPrivs)/ {print $2}' /proc/self/status"
    plain, with_added, without = (int(inside(*flags, script=script).split()[0], 16) for flags in (
        [], ["--cap-add", "CAP_SYS_TIME"], ["--cap-drop", "CAP_CHOWN"]))
    equal(with_added, plain | 1 << 25)
    equal(without, plain & ~1)
    equal(inside(script=script).split()[1], "1")
    equal(inside("--allow-new-privs", script=script).split()[1], "0")


@case("limits: memory and cpus are those of the cgroup")
def _():
    with container("--memory-limit", str(64 << 20), "--cpus", "0.5") as it:
        equal(cgroups.limit(it.pid, "memory.max"), str(64 << 20))
        equal(cgroups.limit(it.pid, "cpu.max"), "50000 100000")


@case("user namespace: ids are mapped, and files of the image belong to root inside")
def _():
    script = "cat /proc/self/uid_map /proc/self/gid_map; id -u; stat -c %u:%g /bin/busybox; touch /new && stat -c %u /new"
    flags = ["--uidmap", "0:100000:65536", "--gidmap", "0:200000:65536"]
    with isolated_host.as_runc():  # ctr 1.6 loses --runc-binary when it has mappings
        lines = inside(*flags, script=script).split("\n")
    equal([line.split() for line in lines], [["0", "100000", "65536"], ["0", "200000", "65536"], ["0"], ["0:0"], ["0"]])


@case("exec: output, exit status, user, working directory, process of the same namespaces")
def _():
    with container() as it:
        result = it.exec("sh", "-c", "echo out; echo err >&2; exit 4")
        equal((result.status, result.out, result.err), (4, "out\n", "err\n"))
        equal(it.exec("sh", "-c", "id -u; id -g; pwd", flags=["--user", "app", "--cwd", "/var"]).out, "1000\n1000\n/var\n")
        equal(it.exec("readlink", "/proc/self/ns/pid").out.strip(), os.readlink(f"/proc/{it.pid}/ns/pid"))
        equal(it.exec("sh", "-c", "echo $FROM_IMAGE").out, "yes\n")


@case("exec: a program that is not there fails, the container goes on")
def _():
    with container() as it:
        result = it.exec("/no/such/program")
        true(result.status != 0, repr(result))
        contains(result.err, "/no/such/program")
        equal(it.exec("true").status, 0)
        equal(task_status(it.name), "RUNNING")


@case("exec: with a terminal")
def _():
    with container() as it:
        shell = Terminal("ctr", "task", "exec", "--tty", "--exec-id", "shell", it.name, "sh", rows=21, columns=90)
        shell.expect("# ")
        shell.send("stty size; tty\r")
        shell.expect(r"21 90\n/dev/pts/0\n")
        shell.send("exit 6\r")
        equal(shell.end(), 6)


@case("exec: detached; the process is listed by ps and ends with the container")
def _():
    with container() as it:
        succeed("ctr", "task", "exec", "--detach", "--exec-id", "extra", it.name, "sleep", "999")
        listed = {int(line.split()[0]) for line in succeed("ctr", "task", "ps", it.name).splitlines()[1:]}
        true(it.pid in listed and len(listed) == 2, f"{it.pid} and one more in {listed}")
        extra = (listed - {it.pid}).pop()
        with open(f"/proc/{extra}/cmdline") as file:
            equal(file.read(), "sleep\x00999\x00")
        equal(cgroups.paths_of(extra), cgroups.paths_of(it.pid))
        it.kill("KILL")
        it.wait_for("STOPPED")
        eventually("the second process is gone", lambda: not os.path.exists(f"/proc/{extra}"))


@case("pause, resume: frozen, listed as such, no exec meanwhile, and on again")
def _():
    with container(command=["sh", "-c", "while :; do echo x >>/tmp/ticks; sleep 0.02; done"]) as it:
        ticks = it.host_path("/tmp/ticks")
        eventually("it runs", lambda: os.path.exists(ticks) and os.path.getsize(ticks) > 2)
        succeed("ctr", "task", "pause", it.name)
        equal(task_status(it.name), "PAUSED")
        equal(cgroups.limit(it.pid, "cgroup.freeze"), "1")
        size = os.path.getsize(ticks)
        time.sleep(0.2)
        equal(os.path.getsize(ticks), size, "size while paused")
        true(it.exec("true").status != 0, "exec in a paused container succeeded")
        succeed("ctr", "task", "resume", it.name)
        equal(task_status(it.name), "RUNNING")
        eventually("it goes on", lambda: os.path.getsize(ticks) > size)
        equal(it.exec("true").status, 0)


@case("checkpoint of a task: the images are there, and it runs on, or ends with --exit", missing=criu.missing)
def _():
    with container(command=["sh", "-c", criu.COUNTING]) as it:
        eventually("it counts", lambda: criu.count(it.exec) > 10)
        for flags, status in ((), "RUNNING"), (("--exit",), "STOPPED"):
            directory = f"/run/{new_id()}.images"
            before = criu.count(it.exec)
            succeed("ctr", "task", "checkpoint", *flags, "--image-path", directory, "--work-path", f"{directory}.work", it.name)
            true(os.path.exists(f"{directory}/inventory.img"), "no images")
            true(os.path.exists(f"{directory}.work/dump.log"), "no log of CRIU's")
            it.wait_for(status)
            if status == "RUNNING":
                criu.counts_on(it.exec, before)


@case("checkpoint of a container as an image: others are restored from it, with what the first had written", missing=criu.missing)
def _():
    reference = "example.com/checkpoint:1"
    with container("--memory-limit", str(64 << 20), "--seccomp",
                   command=["sh", "-c", f"echo text >/written; {criu.COUNTING}"]) as it:
        eventually("it counts", lambda: criu.count(it.exec) > 10)
        before = criu.count(it.exec)
        succeed("ctr", "container", "checkpoint", "--task", "--image", "--rw", it.name, reference)
        criu.counts_on(it.exec, before)
    for _ in range(2):
        name = new_id()

        def execute(*command):
            return call("ctr", "task", "exec", "--exec-id", new_id(), name, *command)
        succeed("ctr", "container", "restore", "--rw", "--live", name, reference)
        try:
            equal(task_status(name), "RUNNING")
            criu.counts_on(execute, before)
            equal(execute("sh", "-c", "cat /written; awk '/^Seccomp:/ {print $2}' /proc/1/status").out, "text\n2\n")
            pid = next(int(line.split()[1]) for line in succeed("ctr", "task", "ls").splitlines() if line.split()[0] == name)
            equal(cgroups.limit(pid, "memory.max"), str(64 << 20))
            succeed("ctr", "task", "kill", "--signal", "TERM", name)
            eventually(f"{name} ends", lambda: task_status(name) == "STOPPED")
            contains(call("ctr", "task", "delete", name).err, "exit with non-zero exit code 6")
        finally:
            call("ctr", "task", "delete", "--force", name)
            succeed("ctr", "container", "delete", name)
    succeed("ctr", "images", "rm", reference)


@case("kill: signals reach the program, and a paused container can be killed")
def _():
    with container(command=["sh", "-c", "trap 'touch /tmp/usr1' USR1; while :; do sleep 0.05; done"]) as it:
        # Before the trap is set, USR1 would be ignored by process 1.
        caught = it.host_path("/tmp/usr1")
        eventually("USR1 is handled", lambda: it.kill("USR1").status == 0 and os.path.exists(caught))
        succeed("ctr", "task", "pause", it.name)
        equal(it.kill("KILL").status, 0)
        equal(it.exit_status(), 137)


@case("kill: a stopped container and an unknown one give errors that ctr understands")
def _():
    with container(command=["true"]) as it:
        it.wait_for("STOPPED")
        contains(it.kill("TERM").err, "process already finished")
    contains(it.kill("TERM").err, "not found")


@case("metrics: memory and processes of the container")
def _():
    with container("--memory-limit", str(64 << 20)) as it:
        metrics = json.loads(succeed("ctr", "task", "metrics", "--format", "json", it.name))
        memory = metrics["memory"]
        used = memory["usage"]["usage"] if "usage" in memory and isinstance(memory["usage"], dict) else memory["usage"]
        limit = memory["usage"]["limit"] if isinstance(memory["usage"], dict) else memory["usage_limit"]
        equal(int(limit), 64 << 20)
        true(0 < int(used) < 64 << 20, f"memory in use: {used}")
        equal(int(metrics["pids"]["current"]), 1)


@case("init crashes: the signal is in the exit status, delete works")
def _():
    equal(foreground(command=["crash"]).status, 128 + signal.SIGSEGV)
    with container(command=["crash"]) as it:
        equal(it.exit_status(), 128 + signal.SIGSEGV)


@case("init is killed for want of memory: exit status 137 and an OOM event")
def _():
    with events() as seen:
        with container("--memory-limit", str(16 << 20), command=["tail", "/dev/zero"]) as it:
            equal(it.exit_status(), 137)
            eventually("an OOM event", lambda: re.search(rf"/tasks/oom .*{it.name}", seen()))


@case("init ignores SIGTERM: it stays, until SIGKILL")
def _():
    with container(command=["sh", "-c", "trap '' TERM; touch /tmp/ready; while :; do sleep 0.1; done"]) as it:
        eventually("the trap is set", lambda: os.path.exists(it.host_path("/tmp/ready")))
        equal(it.kill("TERM").status, 0)
        time.sleep(0.3)
        equal(task_status(it.name), "RUNNING")
        equal(it.kill("KILL").status, 0)
        equal(it.exit_status(), 137)


@case("delete: a running task is refused, with --force it is removed")
def _():
    with container() as it:
        true(call("ctr", "task", "delete", it.name).status != 0, "deleted a running task")
        equal(task_status(it.name), "RUNNING")
        call("ctr", "task", "delete", "--force", it.name)
        equal(task_status(it.name), None)
        true(not os.path.exists(f"/proc/{it.pid}"), "its process is still there")


@case("containerd restarts: the container goes on, and exec, kill and delete work")
def _():
    with container() as it:
        daemon.stop()
        daemon.start()
        equal(task_status(it.name), "RUNNING")
        eventually("exec works", lambda: it.exec("echo", "still here").out == "still here\n")
        it.kill("KILL")
        equal(it.exit_status(), 137)


@case("the shim is killed: containerd cleans the container up through the runtime")
def _():
    with container() as it:
        with open(f"/proc/{it.pid}/status") as status:
            shim = int(re.search(r"PPid:\s*(\d+)", status.read())[1])
        os.kill(shim, signal.SIGKILL)
        eventually("its process is gone", lambda: not os.path.exists(f"/proc/{it.pid}"))
        eventually("its task is gone", lambda: task_status(it.name) in (None, "STOPPED", "UNKNOWN"))


@case("nothing is left: mounts, processes, cgroups, state of the runtime")
def _():
    equal(left_since(before, daemon), [])
    state = "/run/containerd/runc/default"
    equal(os.listdir(state) if os.path.isdir(state) else [], [])
    equal(succeed("ctr", "snapshot", "ls").splitlines()[1:] and succeed("ctr", "container", "ls", "-q"), "")


run_all(daemon.last_words)
