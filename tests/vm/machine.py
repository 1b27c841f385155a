# SPDX-License-Identifier: Apache-2.0
"""A virtual machine with the image of build-image. It has no network; the host reaches it in three ways:

- a disk that is a tar archive, unpacked into /runcxx at boot and again by push() (vm-payload.service);
- a virtio port with a root shell behind it, for run() (vm-control.service);
- the serial console: a root shell for a person, or a file.

What it writes to its disk is forgotten, so every start finds the image as it was built.
"""
import ctypes
import os
import pathlib
import platform
import secrets
import select
import signal
import socket
import subprocess
import sys
import tarfile
import time

HERE = pathlib.Path(__file__).resolve().parent
PAYLOAD_BYTES = 128 << 20  # size of the payload disk, a sparse file
MEMORY = "1536M"
BOOT_SECONDS = 900  # under a minute where nothing else runs
KVM_TRIAL_SECONDS = 20
PR_SET_PDEATHSIG = 1

KVM = ["-accel", "kvm", "-cpu", "host"]
# With several TCG threads, or a processor with more features, the guest now and then dies patching its own code.
TCG = ["-accel", "tcg,thread=single", "-cpu", "Haswell-noTSX"]


class Failure(Exception):
    """The machine did not do what was asked; the text says what it said last."""


def image_for(kernel, equipment="plain"):
    """The folder with vmlinuz and root.img; builds it if there is none yet."""
    found = subprocess.run([HERE / "build-image", kernel, equipment], stdout=subprocess.PIPE, text=True)
    if found.returncode != 0:
        raise Failure("the image was not built (tests/vm/build-image)")
    return pathlib.Path(found.stdout.strip())


def qemu(image, acceleration, *more):
    return ["qemu-system-x86_64", *acceleration, "-machine", "q35,sata=off", "-m", MEMORY, "-smp", "1",
            "-nodefaults", "-no-user-config", "-no-reboot", "-display", "none",
            "-kernel", str(image / "vmlinuz"),
            "-drive", f"if=none,id=root,file={image}/root.img,format=raw,snapshot=on,cache=unsafe",
            "-device", "nvme,drive=root,serial=root", *more]


def kernel_line(**more):
    # The last row is speed for a processor in software: no hooks of security modules that nothing here uses, no
    # clearing of memory, no waiting for read-side ends that one processor has passed already.
    words = {"root": "/dev/nvme0n1", "rw": None, "console": "ttyS0", "panic": "-1",
             "lsm": "landlock,lockdown,yama,apparmor,bpf", "mitigations": "off", "init_on_alloc": 0,
             "rcupdate.rcu_expedited": 1, "audit": 0, **more}
    return " ".join(name if value is None else f"{name}={value}" for name, value in words.items())


def acceleration(image):
    """KVM where this image boots with it, which some clouds' nested KVM can't do; tried once per kernel of the host."""
    if not os.access("/dev/kvm", os.R_OK | os.W_OK):
        return TCG
    verdict = image / f"kvm-{platform.release()}"
    if not verdict.exists():
        trial = subprocess.Popen(qemu(image, KVM, "-append", kernel_line(), "-serial", "stdio"), stdin=subprocess.DEVNULL,
                                 stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        os.set_blocking(trial.stdout.fileno(), False)
        end, said = time.monotonic() + KVM_TRIAL_SECONDS, b""
        while time.monotonic() < end and trial.poll() is None and b"systemd[1]" not in said:
            time.sleep(0.2)
            said += trial.stdout.read() or b""
        trial.kill()
        trial.wait()
        verdict.write_text("boots" if b"systemd[1]" in said else "does not boot")
    return KVM if verdict.read_text() == "boots" else TCG


class Machine:
    def __init__(self, folder, kernel="trixie", equipment="plain"):
        """The machine whose files are in `folder`, running already or not."""
        self.folder = pathlib.Path(folder)
        self.kernel, self.equipment = kernel, equipment  # words of build-image
        self.connection = None
        self.process = None  # QEMU's, if we started it

    # ------------------------------------------------------------------ life

    def start(self, files, outlive_us=False):
        """Boots; `files` are {name in /runcxx: path here}. Without `outlive_us` the machine dies with this process."""
        command = self.prepare(files, "-serial", f"file:{self.folder}/console.log")
        libc = ctypes.CDLL(None)
        with open(self.folder / "qemu.log", "w") as log:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
                preexec_fn=None if outlive_us else lambda: libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL))
        self.run("true", timeout=BOOT_SECONDS)

    def become(self, files):
        """Boots with its console on our terminal, in the place of this process."""
        size = os.get_terminal_size() if sys.stdin.isatty() else os.terminal_size((80, 24))
        words = {"systemd.tty.rows.ttyS0": size.lines, "systemd.tty.columns.ttyS0": size.columns,
                 "systemd.tty.term.ttyS0": os.environ.get("TERM", "dumb"), "quiet": None}
        command = self.prepare(files, "-chardev", "stdio,id=console,signal=off", "-serial", "chardev:console", **words)
        os.execvp(command[0], command)

    def stop(self):
        """Switches it off. Nothing in it is worth an orderly end."""
        if self.connection:
            self.connection.close()
            self.connection = None
        if pid := self.running_pid():
            gone = os.pidfd_open(pid)
            os.kill(pid, signal.SIGKILL)
            select.select([gone], [], [])  # the next one locks its files
            os.close(gone)
        (self.folder / "pid").unlink(missing_ok=True)

    def prepare(self, files, *console, **kernel_words):
        self.folder.mkdir(parents=True, exist_ok=True)
        self.write_payload(files)
        (self.folder / "control").unlink(missing_ok=True)
        image = image_for(self.kernel, self.equipment)
        accelerator = acceleration(image)
        if accelerator is TCG:  # it translates a program again for every address that it is loaded at
            kernel_words["norandmaps"] = None
        return qemu(image, accelerator, "-append", kernel_line(**kernel_words), "-pidfile", f"{self.folder}/pid",
                    "-drive", f"if=none,id=payload,file={self.folder}/payload.tar,format=raw,read-only=on",
                    # Another kind of disk than the root's: of two NVMe controllers either may become nvme0.
                    "-device", "virtio-blk-pci,drive=payload,serial=payload",
                    "-device", "virtio-serial-pci",
                    "-chardev", f"socket,id=control,path={self.folder}/control,server=on,wait=off",
                    "-device", "virtserialport,chardev=control,name=control", *console)

    # ------------------------------------------------------------------ work

    def push(self, files):
        """Replaces the contents of /runcxx in the running machine."""
        self.write_payload(files)
        if self.run("systemctl restart vm-payload.service") != 0:
            raise Failure("the files were not unpacked: systemctl status vm-payload.service")

    def run(self, command, timeout=None, on_line=lambda line: None):
        """Runs a shell command as root; passes its output (both streams) line by line, returns its exit status."""
        mark = secrets.token_hex(8)
        end = time.monotonic() + timeout if timeout else None
        self.connect(end)
        # Quoted in two halves, so that an echo of the command is not taken for the mark.
        begin, done = f"printf 'begin-%s\\n' {mark}", f"printf 'end-%s %d\\n' {mark} $?"
        self.connection.sendall(f"{begin}; {{ {command}\n}} </dev/null; {done}\n".encode())
        ours = False
        while True:
            line = self.read_line(end)
            head, found, status = line.rpartition(f"end-{mark} ")
            if found:
                if head:
                    on_line(head)
                return int(status)
            if ours:
                on_line(line)
            ours = ours or line.endswith(f"begin-{mark}")

    # ------------------------------------------------------------------ parts

    def write_payload(self, files):
        # In place: QEMU has the file open.
        with open(self.folder / "payload.tar", "r+b" if (self.folder / "payload.tar").exists() else "wb") as file:
            with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as archive:
                for name, path in sorted(files.items()):
                    archive.add(path, name)
            if file.tell() > PAYLOAD_BYTES:
                raise Failure(f"more than {PAYLOAD_BYTES} bytes to copy")
            file.truncate(PAYLOAD_BYTES)

    def connect(self, end):
        while not self.connection:
            candidate = socket.socket(socket.AF_UNIX)
            try:
                candidate.connect(str(self.folder / "control"))
                self.connection, self.unread = candidate, b""
            except (FileNotFoundError, ConnectionRefusedError):
                candidate.close()
                self.check_alive(end)
                time.sleep(0.1)

    def read_line(self, end):
        while b"\n" not in self.unread:
            self.connection.settimeout(1)
            try:
                part = self.connection.recv(65536)
            except socket.timeout:
                self.check_alive(end)
                continue
            if not part:
                raise Failure("the machine stopped\n" + self.last_words())
            self.unread += part
        line, _, self.unread = self.unread.partition(b"\n")
        return line.decode(errors="replace")

    def check_alive(self, end):
        if self.process.poll() is not None if self.process else not self.running_pid():
            raise Failure("the machine is not running\n" + self.last_words())
        if end and time.monotonic() > end:
            raise Failure("out of time\n" + self.last_words())

    def running_pid(self):
        """QEMU's pid, None when there is none: the file of one that was killed may name whatever has its number now."""
        try:
            pid = int((self.folder / "pid").read_text())
            return pid if str(self.folder).encode() in pathlib.Path(f"/proc/{pid}/cmdline").read_bytes() else None
        except (FileNotFoundError, ValueError):
            return None

    def processor_seconds(self):
        """What QEMU has used of the host's processors: the figure that other load here does not change."""
        if not (pid := self.running_pid()):
            return 0.0
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def last_words(self):
        text = ""
        for name in ("qemu.log", "console.log"):
            if (self.folder / name).exists():
                text += "\n".join((self.folder / name).read_text(errors="replace").splitlines()[-30:]) + "\n"
        return text
