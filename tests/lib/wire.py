"""A server that says exactly these bytes, at exactly this speed, and the client that meets it."""

import contextlib
import re
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from cashback.lib.http import Client

Answer = Callable[[socket.socket], None]


@dataclass
class Server:
    """Listens on a free port of this machine and lets `answer` talk to whoever connects."""

    answer: Answer
    requests: list[str] = field(default_factory=list)

    def __post_init__(self):
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        with connection, contextlib.suppress(OSError):
            with connection.makefile("rb") as sent:
                head = b"".join(iter(sent.readline, b"\r\n"))
                length = re.search(rb"Content-Length: (\d+)", head)
                body = sent.read(int(length[1])) if length else b""
            self.requests.append((head + b"\r\n" + body).decode())
            self.answer(connection)

    def close(self):
        self._listener.close()


def answering(body: bytes | str, *, status: str = "200 OK", **headers: str) -> Answer:
    content = body.encode() if isinstance(body, str) else body
    lines = {"Content-Type": "application/json", "Content-Length": str(len(content)), "Connection": "close"}
    lines |= {name.replace("_", "-"): value for name, value in headers.items()}
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return lambda connection: connection.sendall(f"HTTP/1.1 {status}\r\n{head}\r\n".encode() + content)


def dripping(head: bytes, drop: bytes, *, every: float) -> Answer:
    def drip(connection):
        connection.sendall(head)
        while True:
            connection.sendall(drop)
            time.sleep(every)

    return drip


def local(**options) -> Client:
    quick = {"connect_timeout": 1, "read_timeout": 1, "total_timeout": 5, "pauses": ()}
    return Client(allow_loopback=True, **(quick | options))
