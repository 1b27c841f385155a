# SPDX-License-Identifier: Apache-2.0
"""What is measured and what is to be reached: the rows of the table, in its order, and how a row is judged."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Times:
    """At most `factor` times the figure of `whom`."""
    whom: str
    factor: float

    def judge(self, figures, _):
        return self.ratio(figures) <= self.factor

    def ratio(self, figures):
        return figures["ours"]["median"] / figures[self.whom]["median"]

    def can_judge(self, figures, _):
        return self.whom in figures

    def text(self, figures, _):
        return f"{self.ratio(figures):.2f} x {self.whom}"

    def limit(self):
        return f"<= {self.factor:g} x {self.whom}"


@dataclass(frozen=True)
class AtMost:
    value: float
    unit: str = ""

    def judge(self, figures, _):
        return figures["ours"]["median"] <= self.value

    def can_judge(self, figures, _):
        return True

    def text(self, figures, _):
        return ""

    def limit(self):
        return f"<= {self.value:g}{self.unit}"


@dataclass(frozen=True)
class Flat:
    """What is ours above the floor does not grow: the kernel's own growth (it copies the host's mounts) is not ours."""
    base: str
    growth = 1.25

    def judge(self, figures, rows):
        return self.ratio(figures, rows) <= self.growth

    def ratio(self, figures, rows):
        above = lambda row: row["ours"]["median"] - row["floor"]["median"]
        return above(figures) / above(rows[self.base])

    def can_judge(self, figures, rows):
        return self.base in rows

    def text(self, figures, rows):
        return f"{self.ratio(figures, rows):.2f} x itself above the floor"

    def limit(self):
        return f"flat (<= {self.growth:g} x)"


@dataclass(frozen=True)
class Row:
    name: str
    title: str
    targets: tuple = ()
    unit: str = "ms"
    vm: bool = False      # needs a machine with systemd and controllers on cgroup v2


CRUN = lambda factor: Times("crun", factor)

ROWS = (
    Row("run", "run of true, back to back", (CRUN(0.4), Times("runc", 0.15), Times("floor", 1.6))),
    Row("processor", "processor time of run, all processes"),
    Row("spawn", "true itself, without a container"),
    Row("run-gap", "run, 100 ms apart, cgroup namespace", (CRUN(0.45),)),
    Row("run-gap-no-cgroupns", "run, 100 ms apart, none", (CRUN(0.25),)),
    Row("pod-warm", "run, Kubernetes-like, warm caches", (CRUN(0.5),)),
    Row("pod-cold", "run, Kubernetes-like, cold caches", (CRUN(0.2),)),
    Row("create", "create", (CRUN(0.4),)),
    Row("start", "start", (CRUN(0.4),)),
    Row("kill", "kill", (CRUN(0.4),)),
    Row("delete", "delete", (CRUN(0.4),)),
    Row("exec", "exec of true", (CRUN(0.5),)),
    Row("exec-16", "exec, 16 at a time", (CRUN(0.5),)),
    Row("exec-gap", "exec, 100 ms apart", (CRUN(0.5),)),
    Row("state", "state", (CRUN(0.35),)),
    Row("list", "list with 500 containers", (CRUN(0.35),)),
    Row("features", "features", (CRUN(0.35),)),
    Row("version", "--version", (CRUN(0.35),)),
    Row("delete-live", "delete -f of a live container", (CRUN(0.5), Times("runc", 0.1))),
    Row("runs-16", "100 runs, 16 at a time", (CRUN(0.6),)),
    Row("peak-rss", "peak resident memory of run, MB", (CRUN(0.5),), unit="MB"),
    Row("syscalls", "system calls of run, all processes", (AtMost(250),), unit="calls"),
    Row("memory-minimum", "least memory.max to run and exec, KiB", (CRUN(1.0),), unit="KiB", vm=True),
    Row("live-5", "run beside 5 live containers"),
    Row("mounts-2000", "run beside 5, 2,000 mounts on the host", (Flat("live-5"),)),
    Row("live-100", "run beside 100 live containers", (Flat("live-5"),)),
    Row("live-500", "run beside 500 live containers", (Flat("live-5"),)),
    Row("systemd", "run, systemd driver", (CRUN(0.6),), vm=True),
    Row("cgroupfs-vm", "run, cgroupfs driver, same machine", vm=True),
    Row("binary", "binary, MB", (AtMost(2.5, " MB"),), unit="MB"),
    Row("pause", "pause"),
    Row("resume", "resume"),
    Row("ps", "ps"),
)


# Where the time of a run goes (phases.py): from one moment to the next one. An indented line is a part of the line above,
# for those that have it.
PHASES = (
    ("start", "program, config, state, cgroup", "begin", "clone"),
    ("again", "  the program starts once more", "begin", "again"),
    ("rootfs", "namespaces, mounts, devices, pivot_root", "clone", "pivot"),
    ("init", "  init's program starts", "clone", "unshare"),
    ("process", "masks, capabilities, the last word, exec", "pivot", "payload"),
    ("payload", "exec and life of true", "payload", "payload-exit"),
    ("end", "namespaces end, cgroup and state removed", "payload-exit", "exit"),
    ("all", "all", "begin", "exit"),
)


@dataclass(frozen=True)
class Verdict:
    text: str      # the ratio, in words
    limit: str
    met: object    # True, False, or None where nothing could be compared


def verdicts(row, rows):
    """Of one row of `rows` ({name: {who: figures}})."""
    figures = rows[row.name]
    found = []
    for target in row.targets:
        if target.can_judge(figures, rows):
            found.append(Verdict(target.text(figures, rows), target.limit(), target.judge(figures, rows)))
        else:
            found.append(Verdict("nothing to compare with", target.limit(), None))
    return found
