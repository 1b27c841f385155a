#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The chain of a Kubernetes node: CRI client -> containerd -> CNI bridge -> pause -> containers that join the sandbox.

RUNTIME=/usr/sbin/runc tests/engines/cri_test.py [PART_OF_A_CASE'S_NAME...]
CRIO=DIRECTORY: CRI-O instead of containerd (support/crio.py)
"""
import concurrent.futures
import contextlib
import glob
import http.server
import json
import os
import re
import threading
import time

from support import cgroups, containerd, crio, criu, isolated_host
from support.cases import Failure, Result, case, contains, equal, eventually, run_all, succeed, true
from support.image import BUSYBOX
from support.isolated_host import Snapshot, left_since

isolated_host.enter()
engine = crio if crio.PROGRAMS else containerd
daemon = engine.prepare()
daemon.start()
engine.load_images("k8s.io")

from support.cri import STDERR, CallFailed, Client, Stream  # noqa: E402  (makes its messages in the isolated host)

cri = Client(engine.SOCKET)
types = cri.messages
before = Snapshot(daemon)
HANDLER = "runcxx"  # what a Kubernetes RuntimeClass would name
PODS_AT_ONCE = 50
count = 0


class Pod:
    """A sandbox. Namespaces are given by CRI's words: network="NODE", pid="POD"."""

    def __init__(self, name=None, **namespaces):
        global count
        count += 1
        self.name = name or f"pod-{count}"
        self.logs = f"/run/logs/{self.name}"
        os.makedirs(self.logs, exist_ok=True)
        # Containers have a pid namespace of their own unless the pod is to share one, as the kubelet asks for it.
        self.namespaces = types.NamespaceOption(**{"pid": "CONTAINER", **namespaces})
        private = self.namespaces.network != types.NODE  # else hostname and sysctls would be the node's
        self.config = types.PodSandboxConfig(
            metadata=types.PodSandboxMetadata(name=self.name, uid=self.name, namespace="tests"),
            hostname=f"{self.name}-host" if private else "",
            log_directory=self.logs, dns_config=types.DNSConfig(servers=["192.0.2.53"], searches=["pods.test"]),
            linux=types.LinuxPodSandboxConfig(
                cgroup_parent="/pods", sysctls={"net.ipv4.ip_unprivileged_port_start": "80"} if private else {},
                security_context=types.LinuxSandboxSecurityContext(namespace_options=self.namespaces)))
        self.id = cri.RunPodSandbox(config=self.config, runtime_handler=HANDLER).pod_sandbox_id
        self.containers = []

    def status(self):
        return cri.PodSandboxStatus(pod_sandbox_id=self.id).status

    def info(self):
        return json.loads(cri.PodSandboxStatus(pod_sandbox_id=self.id, verbose=True).info["info"])

    @property
    def ip(self):
        return self.status().network.ip

    def run(self, *command, name="app", **options):
        self.containers.append(Container(self, name, command, **options))
        return self.containers[-1]

    def remove(self):
        """As the kubelet does it: the containers first."""
        for container in self.containers:
            cri.StopContainer(container_id=container.id, timeout=0)
        cri.StopPodSandbox(pod_sandbox_id=self.id)
        cri.RemovePodSandbox(pod_sandbox_id=self.id)


class Container:
    """Created and started. `security` and `resources` are fields of these messages; the rest are the config's. The image
    can be a checkpoint."""

    def __init__(self, pod, name, command, security=None, resources=None, image=BUSYBOX, **fields):
        self.pod, self.log = pod, f"{pod.logs}/{name}.log"
        config = types.ContainerConfig(
            metadata=types.ContainerMetadata(name=name), image=types.ImageSpec(image=image), command=command,
            log_path=f"{name}.log", **fields,
            linux=types.LinuxContainerConfig(
                resources=types.LinuxContainerResources(**(resources or {})),
                security_context=types.LinuxContainerSecurityContext(
                    **{"namespace_options": pod.namespaces, **(security or {})})))
        self.id = cri.CreateContainer(pod_sandbox_id=pod.id, config=config, sandbox_config=pod.config).container_id
        cri.StartContainer(container_id=self.id)

    def status(self):
        return cri.ContainerStatus(container_id=self.id).status

    @property
    def pid(self):
        return json.loads(cri.ContainerStatus(container_id=self.id, verbose=True).info["info"])["pid"]

    def host_path(self, path):
        return f"/proc/{self.pid}/root{path}"

    def exec(self, *command, seconds=0):
        """(exit status, output, error output)."""
        done = cri.ExecSync(container_id=self.id, cmd=command, timeout=seconds)
        return done.exit_code, done.stdout.decode(), done.stderr.decode()

    def inside(self, script):
        """What a shell script prints in the container."""
        status, out, err = self.exec("sh", "-c", script)
        equal((status, err), (0, ""), script)
        return out.rstrip("\n")

    def log_lines(self):
        """(stream, F for full or P for partial, text) of each line."""
        with open(self.log) as lines:
            return [tuple(line.rstrip("\n").split(" ", 3)[1:]) for line in lines]

    def wait_for_end(self):
        eventually("the container has ended", lambda: self.status().state == types.CONTAINER_EXITED, seconds=20)
        return self.status()


@contextlib.contextmanager
def pod(**namespaces):
    made = Pod(**namespaces)
    try:
        yield made
    finally:
        made.remove()


def namespace(pid, kind):
    return os.readlink(f"/proc/{pid}/ns/{kind}")


def answers():
    try:
        return cri.Status(seconds=5)
    except CallFailed:
        return None


def wait_for_server(container, address="127.0.0.1"):
    eventually("the server answers", lambda: container.exec("wget", "-q", "-O", "-", f"http://{address}:8080/")[0] == 0)


SERVE = ("sh", "-c", "mkdir /tmp/www; hostname >/tmp/www/index.html; exec httpd -f -p 8080 -h /tmp/www")
FOREVER = ("sleep", "10000")


@case("status: the runtime and the network are ready")
def _():
    def ready():
        return {condition.type for condition in cri.Status().status.conditions if condition.status}
    eventually("both are ready", lambda: ready() >= {"RuntimeReady", "NetworkReady"})


@case("runtime handler: one that is not configured is refused")
def _():
    try:
        cri.RunPodSandbox(config=types.PodSandboxConfig(metadata=types.PodSandboxMetadata(name="x", uid="x", namespace="x")),
                          runtime_handler="nonesuch")
        raise Failure("an unknown handler was taken")
    except CallFailed as error:
        contains(error.details, engine.REFUSED_HANDLER)


@case("pod: its containers run in a network namespace that CNI has made, with an address on the bridge")
def _():
    with pod() as it:
        info, app = it.info(), it.run(*FOREVER)
        path = next(space["path"] for space in info["runtimeSpec"]["linux"]["namespaces"] if space["type"] == "network")
        true(re.fullmatch(r"(/var)?/run/netns/[0-9a-z-]+", path), f"unexpected place of the namespace: {path}")
        equal(namespace(app.pid, "net"), f"net:[{os.stat(path).st_ino}]")
        true(re.fullmatch(r"10\.88\.\d+\.\d+", it.ip), f"unexpected address: {it.ip}")
        contains(str(cgroups.paths_of(app.pid)), "/pods/")
        port = [link["ifname"] for link in json.loads(succeed("ip", "-json", "link", "show", "master", "cni0"))]
        equal(len(port), 1, "ports of the bridge")
        if engine.ALWAYS_PAUSE:
            # Starting means to let init go; it becomes the program a moment later.
            eventually("pause runs", lambda: open(f"/proc/{info['pid']}/cmdline").read() == "/pause\0-P\0")
            equal(namespace(info["pid"], "net"), namespace(app.pid, "net"))
            contains(str(cgroups.paths_of(info["pid"])), f"/pods/{it.id}")


@case("pod: its containers see one network stack, its hostname, its IPC, and their own processes")
def _():
    with pod() as it:
        server, client = it.run(*SERVE, name="server"), it.run(*FOREVER, name="client")
        everyone = [server.pid, client.pid] + ([it.info()["pid"]] if engine.ALWAYS_PAUSE else [])
        for kind in ("net", "ipc", "uts"):
            equal(len({namespace(process, kind) for process in everyone}), 1, kind)
            true(namespace(server.pid, kind) != os.readlink(f"/proc/self/ns/{kind}"), f"{kind} is the node's namespace")
        for kind in ("mnt", "pid"):
            equal(len({namespace(process, kind) for process in everyone}), len(everyone), kind)
        wait_for_server(client)
        equal(client.inside("wget -q -O - http://127.0.0.1:8080/"), f"{it.name}-host")
        equal(client.inside("ip -4 -o addr show eth0 | awk '{print $4}'"), server.inside(
            "ip -4 -o addr show eth0 | awk '{print $4}'"))
        server.inside("echo shared >/dev/shm/file")
        equal(client.inside("cat /dev/shm/file"), "shared")
        equal(client.inside("cat /etc/resolv.conf"), "search pods.test\nnameserver 192.0.2.53")
        equal(client.inside("cat /proc/sys/net/ipv4/ip_unprivileged_port_start"), "80")


@case("pods: two reach each other by address through the bridge")
def _():
    with pod() as first, pod() as second:
        server, client = first.run(*SERVE), second.run(*FOREVER)
        true(namespace(server.pid, "net") != namespace(client.pid, "net"), "both are in one network namespace")
        true(first.ip != second.ip, "both have one address")
        wait_for_server(client, first.ip)
        equal(client.inside(f"wget -q -O - http://{first.ip}:8080/"), f"{first.name}-host")


@case("pod with one pid namespace: containers see each other's processes")
def _():
    if engine.NEEDS_EVERY_CAPABILITY and not isolated_host.has_every_capability():
        try:
            Pod(pid="POD")
            raise Failure("the pause program has an oom_score_adj that it can't have")
        except CallFailed as error:
            contains(error.details, "oom_score_adj")
            return
    with pod(pid="POD") as it:
        one, two = it.run("sleep", "4321", name="one"), it.run(*FOREVER, name="two")
        equal(namespace(one.pid, "pid"), namespace(it.info()["pid"], "pid"))
        contains(two.inside("ps -o args"), "sleep 4321")
        contains(two.inside("ps -o args"), "/pause -P")
        cri.StopContainer(container_id=one.id, timeout=0)
        equal(one.wait_for_end().exit_code, 137)
        equal(two.inside("echo alive"), "alive")


@case("pod in the node's network and pid namespaces")
def _():
    with pod(network="NODE", pid="NODE", ipc="NODE") as it:
        app = it.run(*FOREVER)
        for kind in ("net", "pid", "ipc"):
            equal(namespace(app.pid, kind), os.readlink(f"/proc/self/ns/{kind}"), kind)
        helper = it.run("sh", "-c", "sleep 10000 & sleep 10000 & wait", name="family")
        pids = eventually("its children run", lambda: len(found := cgroups.pids_of(helper.pid)) == 3 and found)
        cri.StopContainer(container_id=helper.id, timeout=0)
        helper.wait_for_end()
        eventually("its children are gone", lambda: not any(os.path.exists(f"/proc/{pid}") for pid in pids))


@case("container: command, environment, working directory, volume, device")
def _():
    os.makedirs("/run/volume", exist_ok=True)
    with pod() as it:
        app = it.run("sh", "-c", "echo $FROM_IMAGE $ASKED $PWD >/volume/said; exec sleep 1000", working_dir="/var",
                     envs=[types.KeyValue(key="ASKED", value=b"yes")],
                     mounts=[types.Mount(container_path="/volume", host_path="/run/volume"),
                             types.Mount(container_path="/fixed", host_path="/run/volume", readonly=True)],
                     devices=[types.Device(container_path="/dev/naught", host_path="/dev/null", permissions="rwm")])
        eventually("it has said it", lambda: os.path.exists("/run/volume/said"))
        with open("/run/volume/said") as file:
            equal(file.read(), "yes yes /var\n")
        contains(app.exec("touch", "/fixed/x")[2], "Read-only file system")
        equal(app.inside("stat -c %t:%T /dev/naught; echo x >/dev/naught"), "1:3")


@case("container: mounts that the node makes later appear, with the propagation HostToContainer")
def _():
    os.makedirs("/run/later/sub", exist_ok=True)
    succeed("mount", "--bind", "/run/later", "/run/later")
    succeed("mount", "--make-shared", "/run/later")
    try:
        with pod() as it:
            app = it.run(*FOREVER, mounts=[types.Mount(container_path="/later", host_path="/run/later",
                                                       propagation="PROPAGATION_HOST_TO_CONTAINER")])
            succeed("mount", "-t", "tmpfs", "new", "/run/later/sub")
            equal(app.inside("awk '$2 == \"/later/sub\" {print $1}' /proc/mounts"), "new")
    finally:
        succeed("umount", "--recursive", "/run/later")


@case("container: user, groups, capabilities, no new privileges, read-only root, seccomp, masked paths")
def _():
    with pod() as it:
        app = it.run(*FOREVER, security=dict(
            run_as_user=types.Int64Value(value=1000), run_as_group=types.Int64Value(value=1000), supplemental_groups=[2000],
            capabilities=types.Capability(drop_capabilities=["ALL"]), no_new_privs=True, readonly_rootfs=True,
            seccomp=types.SecurityProfile(profile_type="RuntimeDefault"), masked_paths=["/proc/uptime"],
            readonly_paths=["/proc/sys"]))
        facts = dict(line.split(":\t", 1) for line in app.inside(
            "grep -E '^(Uid|Gid|Groups|CapBnd|CapEff|NoNewPrivs|Seccomp):' /proc/1/status").split("\n"))
        equal((facts["Uid"].split()[0], facts["Gid"].split()[0]), ("1000", "1000"))
        true("2000" in facts["Groups"].split(), f"groups: {facts['Groups']}")
        equal((int(facts["CapBnd"], 16), int(facts["CapEff"], 16), facts["NoNewPrivs"], facts["Seccomp"]), (0, 0, "1", "2"))
        # The same for a second process.
        equal(app.inside("grep -E '^(CapEff|NoNewPrivs|Seccomp):' /proc/self/status; id -u; cat /proc/uptime").split(),
              ["CapEff:", "0" * 16, "NoNewPrivs:", "1", "Seccomp:", "2", "1000"])
        contains(app.exec("touch", "/x")[2], "Read-only file system")


@case("container: privileged")
def _():
    ours = f"{isolated_host.bounding_set():016x}"
    it = Pod()
    try:
        it.config.linux.security_context.privileged = True
        cri.StopPodSandbox(pod_sandbox_id=it.id)
        cri.RemovePodSandbox(pod_sandbox_id=it.id)
        it.id = cri.RunPodSandbox(config=it.config, runtime_handler=HANDLER).pod_sandbox_id
        if engine.NEEDS_EVERY_CAPABILITY and not isolated_host.has_every_capability():
            try:
                it.run(*FOREVER, security={"privileged": True})
                raise Failure("it has capabilities that it can't have")
            except CallFailed as error:
                contains(error.details, "unable to apply caps")
                return
        app = it.run(*FOREVER, security={"privileged": True})
        equal(app.inside("awk '/^CapEff/ {print $2}' /proc/self/status; mount -t tmpfs none /tmp && echo mounted"),
              f"{ours}\nmounted")
    finally:
        it.remove()


@case("exec: output, error output and exit status; a missing program; the time limit")
def _():
    with pod() as it:
        app = it.run(*FOREVER)
        equal(app.exec("sh", "-c", "echo out; echo err >&2; exit 3"), (3, "out\n", "err\n"))
        try:
            app.exec("/no/such/program")
            raise Failure("a missing program was run")
        except CallFailed as error:
            contains(error.details, "/no/such/program")
        try:
            late = app.exec("sleep", "777", seconds=1)[0]
        except CallFailed as error:
            late = error.code
        equal(late, engine.EXEC_TIMED_OUT)
        eventually("its process is killed", lambda: "sleep 777" not in app.inside("ps -o args"))


@case("exec: with a terminal, over the stream")
def _():
    with pod() as it:
        app = it.run(*FOREVER)
        stream = Stream(cri.Exec(container_id=app.id, cmd=["sh"], tty=True, stdin=True, stdout=True).url)
        stream.expect("# ")
        stream.resize(35, 123)
        stream.send("until [ \"$(stty size)\" = '35 123' ]; do sleep 0.05; done; tty; echo resi''zed\n")
        stream.expect("/dev/pts/0\nresized")
        stream.send("exit 8\n")
        equal(stream.end(), 8)


@case("exec: without a terminal, over the stream; streams stay apart")
def _():
    with pod() as it:
        app = it.run(*FOREVER)
        stream = Stream(cri.Exec(container_id=app.id, stdin=True, stdout=True, stderr=True,
                                 cmd=["sh", "-c", "read line; echo got $line; echo complaint >&2; exit 2"]).url)
        stream.send("a line\n")
        stream.expect("got a line\n")
        stream.expect("complaint\n", channel=STDERR)
        equal(stream.end(), 2)


@case("attach: to a terminal, keys and screen of the container's own program")
def _():
    with pod() as it:
        app = it.run("sh", "-c", "echo began; while read line; do echo you said $line; done", tty=True, stdin=True)
        stream = Stream(cri.Attach(container_id=app.id, stdin=True, tty=True, stdout=True).url)
        stream.send("hello\n")
        stream.expect("you said hello\n")
        stream.close()
        again = Stream(cri.Attach(container_id=app.id, stdin=True, tty=True, stdout=True).url)
        again.send("again\n")
        again.expect("you said again\n")
        again.close()


@case("attach: without a terminal; the end of input ends the program")
def _():
    with pod() as it:
        app = it.run("cat", stdin=True, stdin_once=True)
        stream = Stream(cri.Attach(container_id=app.id, stdin=True, stdout=True, stderr=True).url)
        stream.send("through cat\n")
        stream.expect("through cat\n")
        stream.close()
        equal(app.wait_for_end().exit_code, 0)


@case("logs: streams are told apart, long lines are cut, and the file can be rotated")
def _():
    with pod() as it:
        app = it.run("sh", "-c", "echo out; echo err >&2; head -c 20000 /dev/zero | tr '\\0' x; echo; "
                                 "until [ -e /tmp/go ]; do sleep 0.05; done; echo more; exec sleep 1000")

        def long_line():
            """What the pieces of it are marked as, and how long they are together."""
            pieces = [line for line in app.log_lines() if line[0] == "stdout" and line[2] != "out"]
            return "".join(kind for _, kind, _ in pieces), sum(len(text) for _, _, text in pieces)
        eventually("all is logged", lambda: re.fullmatch("P+F", long_line()[0]))
        equal(long_line()[1], 20000)
        lines = app.log_lines()
        true(("stdout", "F", "out") in lines and ("stderr", "F", "err") in lines, f"{lines[:2]}")
        os.rename(app.log, app.log + ".1")
        cri.ReopenContainerLog(container_id=app.id)
        app.inside("touch /tmp/go")
        eventually("the new file has the rest", lambda: app.log_lines() == [("stdout", "F", "more")])


@case("resources: limits of creation, and those of an update")
def _():
    with pod() as it:
        app = it.run(*FOREVER, resources=dict(memory_limit_in_bytes=64 << 20, cpu_period=100000, cpu_quota=50000))
        equal((cgroups.limit(app.pid, "memory.max"), cgroups.limit(app.pid, "cpu.max")), (str(64 << 20), "50000 100000"))
        cri.UpdateContainerResources(container_id=app.id, linux=types.LinuxContainerResources(
            memory_limit_in_bytes=96 << 20, cpu_period=50000, cpu_quota=10000, cpuset_cpus="0"))
        equal([cgroups.limit(app.pid, name) for name in ("memory.max", "cpu.max", "cpuset.cpus")],
              [str(96 << 20), "10000 50000", "0"])
        equal(app.exec("true")[0], 0)


@case("stats: processor time and memory")
def _():
    with pod() as it:
        app = it.run("sh", "-c", "i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done; exec sleep 1000")

        def stats():
            found = cri.ContainerStats(container_id=app.id).stats
            return found.cpu.usage_core_nano_seconds.value, found.memory.working_set_bytes.value
        eventually("both are measured", lambda: all(stats()))


@case("stop: a program that handles SIGTERM ends by itself, one that ignores it is killed in time")
def _():
    with pod() as it:
        polite = it.run("sh", "-c", "trap 'exit 5' TERM; touch /tmp/ready; while :; do sleep 0.05; done", name="polite")
        deaf = it.run("sh", "-c", "trap '' TERM; touch /tmp/ready; while :; do sleep 0.05; done", name="deaf")
        for app in (polite, deaf):
            eventually("its trap is set", lambda app=app: os.path.exists(app.host_path("/tmp/ready")))
        started = time.monotonic()
        cri.StopContainer(container_id=polite.id, timeout=20)
        equal(polite.status().exit_code, 5)
        true(time.monotonic() - started < 10, "it waited for the time limit")
        cri.StopContainer(container_id=deaf.id, timeout=1)
        equal(deaf.status().exit_code, 137)


@case("stop: of the pod ends what runs in it")
def _():
    with pod() as it:
        app = it.run(*FOREVER)
        cri.StopPodSandbox(pod_sandbox_id=it.id, seconds=10)  # CRI-O waits nearly as long for a program that ignores SIGTERM
        equal((app.wait_for_end().exit_code, it.status().state), (137, types.SANDBOX_NOTREADY))


@case("a container that crashes, one that is OOM-killed, one whose program is missing")
def _():
    with pod() as it:
        crashed = it.run("crash", name="crash").wait_for_end()
        equal((crashed.exit_code, crashed.reason), (139, "Error"))
        greedy = it.run("tail", "/dev/zero", name="greedy", resources={"memory_limit_in_bytes": 16 << 20}).wait_for_end()
        equal((greedy.exit_code, greedy.reason), (137, "OOMKilled"))
        try:
            it.run("/no/such/program", name="missing")
            raise Failure("a missing program was started")
        except CallFailed as error:
            contains(error.details, "/no/such/program")


@case("the engine restarts: pods and containers go on")
def _():
    with pod() as it:
        app = it.run(*FOREVER)
        address = it.ip
        daemon.stop()
        daemon.start()
        eventually("CRI answers", answers, seconds=20)
        equal((it.status().state, it.ip, app.status().state), (types.SANDBOX_READY, address, types.CONTAINER_RUNNING))
        equal(app.inside("echo still here"), "still here")


@case(f"{PODS_AT_ONCE} pods at once: all come up, all can be removed", seconds=240)
def _():
    def bring_up(number):
        it = Pod(name=f"many-{number}")
        try:
            app = it.run("sh", "-c", "hostname; exec sleep 10000")
            return it, app, None
        except Failure as error:
            return it, None, error

    with concurrent.futures.ThreadPoolExecutor(PODS_AT_ONCE) as pool:
        started = time.monotonic()
        pods = list(pool.map(bring_up, range(PODS_AT_ONCE)))
        up = time.monotonic() - started
        try:
            equal([str(error) for _, _, error in pods if error], [])
            equal(len({it.ip for it, _, _ in pods}), PODS_AT_ONCE, "addresses")
            equal([app.status().state for _, app, _ in pods], [types.CONTAINER_RUNNING] * PODS_AT_ONCE)
            for it, app, _ in pods:
                eventually("its log is there", lambda app=app: app.log_lines())
                equal(app.log_lines(), [("stdout", "F", f"{it.name}-host")])
        finally:
            started = time.monotonic()
            list(pool.map(lambda entry: entry[0].remove(), pods))
        print(f"     {PODS_AT_ONCE} pods up in {up:.1f} s, gone in {time.monotonic() - started:.1f} s")


def missing_checkpoints():
    if engine is crio:
        return "not written for CRI-O"
    try:
        cri.CheckpointContainer(container_id="nonesuch")
    except CallFailed as error:
        if error.code == "UNIMPLEMENTED":  # containerd 1.x
            return "this CRI has no CheckpointContainer"
    return criu.missing()


def images():
    """Lines of name, type, digest, ..., labels."""
    return [line.split() for line in succeed("ctr", "--namespace", "k8s.io", "images", "ls").splitlines()]


@contextlib.contextmanager
def registry_with(name):
    """What containerd 2.1 wants for a restore: it asks a registry for the image of the checkpoint, even if it has all of it."""
    _, kind, digest = next(line for line in images() if line[0] == name)[:3]
    size = len(succeed("ctr", "--namespace", "k8s.io", "content", "get", digest))

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_HEAD(self):
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(size))
            self.send_header("Docker-Content-Digest", digest)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    reference = f"localhost:{server.server_port}/{name.split('/')[-1].split(':')[0]}@{digest}"
    succeed("ctr", "--namespace", "k8s.io", "images", "tag", name, reference)
    try:
        eventually("CRI knows it by that name", lambda: any(
            line[0] == reference and "io.cri-containerd.image=managed" in line[-1] for line in images()))
        yield
    finally:
        server.shutdown()
        server.server_close()
        succeed("ctr", "--namespace", "k8s.io", "images", "rm", reference)


@case("checkpoint: the container runs on, and another pod's goes on from there, with that pod's address and its own limits",
      missing=missing_checkpoints)
def _():
    def executed(container):
        return lambda *command: Result(command, *container.exec(*command))

    archive = "/run/checkpoint.tar"
    with registry_with(BUSYBOX), pod() as first, pod() as second:
        it = first.run("sh", "-c", f"echo text >/written; {criu.COUNTING}", resources={"memory_limit_in_bytes": 64 << 20})
        eventually("it counts", lambda: criu.count(executed(it)) > 10)
        before = criu.count(executed(it))
        cri.CheckpointContainer(container_id=it.id, location=archive)
        criu.counts_on(executed(it), before)
        other = second.run(image=archive, resources={"memory_limit_in_bytes": 96 << 20})
        equal(other.status().state, types.CONTAINER_RUNNING)
        criu.counts_on(executed(other), before)
        equal(other.exec("cat", "/written")[1], "text\n")
        contains(other.exec("ip", "-4", "addr", "show", "eth0")[1], f" {second.ip}/")
        equal(namespace(other.pid, "net"), namespace(second.info()["pid"], "net"))
        equal(cgroups.limit(other.pid, "memory.max"), str(96 << 20))
        cri.StopContainer(container_id=other.id, timeout=20)
        equal(other.status().exit_code, 6)
    os.remove(archive)


@case("nothing is left: pods, namespaces, addresses, mounts, processes, cgroups, state of the runtime")
def _():
    equal((list(cri.ListPodSandbox().items), list(cri.ListContainers().containers)), ([], []))
    equal(left_since(before, daemon, but=engine.KEPT), [])
    equal(glob.glob(engine.RECORDS), [])
    equal(glob.glob("/var/lib/cni/networks/pods/10.*"), [], "address leases")
    equal(json.loads(succeed("ip", "-json", "link", "show", "master", "cni0")), [], "ports of the bridge")


run_all(daemon.last_words)
