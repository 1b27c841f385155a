# SPDX-License-Identifier: Apache-2.0
"""A background process of an engine: its output in a file, stopped by its pid."""
import re
import signal
import subprocess

from .cases import Failure, eventually


class Daemon:
    def __init__(self, argv, log, ready, env=None, noise="level=(info|debug)"):
        """`ready()` says whether it serves already. Output goes to the file `log`; lines with `noise` tell nothing."""
        self._argv, self._log, self._ready, self._env, self._noise = argv, log, ready, env, re.compile(noise)
        self._process, self._told = None, 0

    def start(self):
        with open(self._log, "ab") as log:
            self._process = subprocess.Popen(self._argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=self._env)
        eventually(f"{self._argv[0]} is ready", self._is_ready, seconds=30)

    def _is_ready(self):
        if self._process.poll() is not None:
            raise Failure(f"{self._argv[0]} ended with status {self._process.returncode}\n{self.last_words()}")
        return self._ready()

    @property
    def pid(self):
        return self._process.pid

    def stop(self, seconds=20):
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            raise Failure(f"{self._argv[0]} did not end after SIGTERM\n{self.last_words()}") from None

    def last_words(self, lines=6):
        """The end of its log since the last time this was asked, without noise."""
        with open(self._log, errors="replace") as log:
            log.seek(self._told)
            new = [f"    | {line}" for line in log.read().splitlines(keepends=True) if not self._noise.search(line)]
            self._told = log.tell()
        return "".join(new[-lines:])
