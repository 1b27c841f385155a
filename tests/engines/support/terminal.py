# SPDX-License-Identifier: Apache-2.0
"""A program on a pseudo-terminal, the way a person has it: keys go in, what would be on the screen comes out."""
import errno
import fcntl
import os
import re
import select
import struct
import subprocess
import termios
import time

from .cases import Failure, eventually, patience


class Terminal:
    def __init__(self, *argv, rows=40, columns=100):
        self.argv = [str(argument) for argument in argv]
        self._master, slave = os.openpty()
        self._set_size(rows, columns)
        self.screen, self._carry = "", ""
        self._process = subprocess.Popen(self.argv, stdin=slave, stdout=slave, stderr=slave, start_new_session=True,
                                         preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
        os.close(slave)

    def resize(self, rows, columns):
        """The kernel tells the program, as when somebody drags a window's corner."""
        time.sleep(patience(0.3))  # clients begin to listen a moment after the container's start, and do not say when
        self._set_size(rows, columns)

    def _set_size(self, rows, columns):
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def send(self, text):
        """Types it, once the client has made its terminal raw: before that, ^C would be meant for the client itself."""
        eventually("the terminal is raw", lambda: not termios.tcgetattr(self._master)[3] & termios.ICANON)
        os.write(self._master, text.encode())

    def _read(self, seconds):
        """False at the end: nobody has the other side open any more."""
        if not select.select([self._master], [], [], seconds)[0]:
            return True
        try:
            data = os.read(self._master, 65536)
        except OSError as error:
            if error.errno != errno.EIO:
                raise
            data = b""
        text = self._carry + data.decode(errors="replace")
        # Without control sequences (busybox asks for the cursor) and carriage returns (two terminals in a row double them).
        text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|\r", "", text)
        self._carry = re.search(r"(?:\x1b[^A-Za-z]*)?\Z", text)[0]
        self.screen += text.removesuffix(self._carry)
        return bool(data)

    def expect(self, pattern, seconds=15):
        """Waits until the pattern is on the screen behind what was expected before; returns the match."""
        deadline, more = time.monotonic() + patience(seconds), True
        while not (match := re.search(pattern, self.screen)):
            if not more or time.monotonic() > deadline:
                self.close()
                raise Failure(f"{' '.join(self.argv)}: expected {pattern!r} on the screen, found {self.screen!r}")
            more = self._read(0.1)
        self.screen = self.screen[match.end():]
        return match

    def end(self, seconds=15):
        """Waits for the program's end; returns its exit status."""
        deadline = time.monotonic() + patience(seconds)
        while self._process.poll() is None:
            if time.monotonic() > deadline:
                self.close()
                raise Failure(f"{' '.join(self.argv)}: did not end; on the screen: {self.screen!r}")
            self._read(0.05)
        self.close()
        return self._process.returncode

    def close(self):
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        if self._master >= 0:
            os.close(self._master)
            self._master = -1
