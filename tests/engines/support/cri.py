# SPDX-License-Identifier: Apache-2.0
"""A client of the Container Runtime Interface: what the kubelet is to containerd.

Calls go over gRPC with messages made from cri.proto; exec and attach over the WebSocket stream of which the answer gives
the address.
"""
import base64
import importlib
import json
import os
import pathlib
import re
import select
import socket
import struct
import subprocess
import sys
import time
import urllib.parse

os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "0")  # programs are started while calls are under way
import grpc  # noqa: E402

from .cases import Failure  # noqa: E402


def _messages():
    here = pathlib.Path(__file__).parent
    out = pathlib.Path(os.environ["TMPDIR"], "cri")
    out.mkdir()
    subprocess.run(["protoc", f"--proto_path={here}", f"--python_out={out}", "cri.proto"], check=True)
    sys.path.insert(0, str(out))
    return importlib.import_module("cri_pb2")


class Client:
    """client.RunPodSandbox(config=...) sends that request and returns the response. `messages` has their types."""

    def __init__(self, socket_path):
        self.messages = _messages()
        self._channel = grpc.insecure_channel(f"unix://{socket_path}")

    def __getattr__(self, method):
        messages = self.messages
        response = getattr(messages, method + "Response", messages.Empty)
        send = self._channel.unary_unary(f"/runtime.v1.RuntimeService/{method}",
                                         request_serializer=lambda request: request.SerializeToString(),
                                         response_deserializer=response.FromString)

        def call(seconds=60, **fields):
            try:
                return send(getattr(messages, method + "Request")(**fields), timeout=seconds)
            except grpc.RpcError as error:
                raise CallFailed(method, error.code().name, error.details()) from None
        return call


class CallFailed(Failure):
    def __init__(self, method, code, details):
        super().__init__(f"{method}: {code}: {details}")
        self.code, self.details = code, details


STDIN, STDOUT, STDERR, STATUS, RESIZE = range(5)


class Stream:
    """Exec and attach: a WebSocket on which each message begins with the number of its channel."""

    def __init__(self, url):
        address = urllib.parse.urlparse(url)
        self._socket = socket.create_connection((address.hostname, address.port), timeout=15)
        self._received = b""
        self.output = {STDOUT: "", STDERR: ""}
        self.status = None  # what the server says at the end
        self._socket.sendall((
            f"GET {address.path} HTTP/1.1\r\nHost: {address.netloc}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}\r\nSec-WebSocket-Version: 13\r\n"
            f"Sec-WebSocket-Protocol: v4.channel.k8s.io\r\n\r\n").encode())
        while b"\r\n\r\n" not in self._received:
            self._receive()
        head, _, self._received = self._received.partition(b"\r\n\r\n")
        if b" 101 " not in head.split(b"\r\n")[0]:
            raise Failure(f"no stream at {url}: {head.decode()}")

    def _receive(self):
        data = self._socket.recv(65536)
        self._received += data
        return bool(data)

    def _frame(self):
        """The payload of the next complete frame, None if it is not all there."""
        if len(self._received) < 2:
            return None
        size, start = self._received[1] & 127, 2
        if size >= 126:
            start = 4 if size == 126 else 10
            if len(self._received) < start:
                return None
            size = int.from_bytes(self._received[2:start], "big")
        if len(self._received) < start + size:
            return None
        opcode, payload = self._received[0] & 15, self._received[start:start + size]
        self._received = self._received[start + size:]
        return payload if opcode in (1, 2) else b""

    def send(self, text, channel=STDIN):
        """A client masks its frames, RFC 6455 section 5.3; with zeroes that changes nothing."""
        payload = bytes([channel]) + text.encode()
        size = bytes([0x80 | len(payload)]) if len(payload) < 126 else bytes([0xfe]) + struct.pack(">H", len(payload))
        self._socket.sendall(b"\x82" + size + b"\0\0\0\0" + payload)

    def resize(self, rows, columns):
        self.send(json.dumps({"Width": columns, "Height": rows}), RESIZE)

    def _advance(self, deadline):
        """Takes in the next frame, and waits for it if need be; False at the end of the stream."""
        while (payload := self._frame()) is None:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self._socket], [], [], left)[0]:
                raise Failure(f"nothing more came; so far: {self.output}, status {self.status}")
            if not self._receive():
                return False
        if payload and payload[0] in self.output:
            self.output[payload[0]] += re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|\r", "", payload[1:].decode(errors="replace"))
        elif payload and payload[0] == STATUS:
            self.status = json.loads(payload[1:])
        return True

    def expect(self, pattern, channel=STDOUT, seconds=15):
        """Waits until the pattern is in the output behind what was expected before."""
        deadline = time.monotonic() + seconds
        while not (match := re.search(pattern, self.output[channel])):
            if not self._advance(deadline):
                raise Failure(f"expected {pattern!r}, found {self.output}")
        self.output[channel] = self.output[channel][match.end():]

    def end(self, seconds=15):
        """Waits for the end; returns the exit status of the program."""
        deadline = time.monotonic() + seconds
        while self._advance(deadline):
            pass
        self.close()
        if (self.status or {}).get("status") == "Success":
            return 0
        causes = ((self.status or {}).get("details") or {}).get("causes", [])
        return next((int(cause["message"]) for cause in causes if cause.get("reason") == "ExitCode"), self.status)

    def close(self):
        self._socket.close()
