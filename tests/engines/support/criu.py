# SPDX-License-Identifier: Apache-2.0
"""For the cases that checkpoint containers: whether CRIU works here, and a program whose memory can be told from a new one's.

They are @case(..., missing=criu.missing). CRIU has to know the kernel: Debian 12's does not work on that of every machine.
"""
import functools
import os
import re
import shutil

from .cases import call, equal, eventually, succeed

# What was counted so far is in the shell's memory alone; /tmp/starts has a line for each time that it began. It starts no
# programs: who waits in vfork(2) while the v1 freezer holds the child cannot be seized by CRIU, which gives up after 10 s.
COUNTING = ("echo x >>/tmp/starts; n=0; trap 'exit 6' TERM; busybox mkfifo /tmp/wait; exec 3<>/tmp/wait;"
            "while :; do n=$((n+1)); echo $n; echo $n >/tmp/n; read -t 0.02 nothing <&3; done")


@functools.cache
def missing():
    if not shutil.which("criu"):
        return "no criu is installed"
    checked = call("criu", "check")
    return "" if checked.status == 0 else f"criu check fails: {checked.err.strip().partition(chr(10))[0]}"


@functools.cache
def missing_sockets():
    """For programs that have sockets of the network."""
    if reason := missing():
        return reason
    criu, kernel = (tuple(int(number) for number in re.search(r"(\d+)\.(\d+)", text).groups())
                    for text in (succeed("criu", "--version"), os.uname().release))
    return "CRIU before 4.2 fails at sockets on Linux 6.16 and newer (checkpoint-restore/criu#2705)" if (
        criu < (4, 2) and kernel >= (6, 16)) else ""


def count(execute):
    """How far COUNTING is. `execute(*command)` runs a program in its container."""
    return int(execute("cat", "/tmp/n").out.strip() or 0)  # empty: while it is written


def counts_on(execute, before):
    """It does, from there, and has not begun anew."""
    eventually(f"it counts beyond {before}", lambda: count(execute) > before)
    equal(execute("wc", "-l", "/tmp/starts").out.split()[0], "1", "starts")
