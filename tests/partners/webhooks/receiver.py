"""A partner's server: it listens to a real port, notes all that comes, and answers as it is told."""

import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from standardwebhooks import Webhook


@dataclass(frozen=True)
class Heard:
    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    def verified(self, secret: str) -> dict[str, Any]:
        """The message, if the `standardwebhooks` package vouches for its signature."""
        return Webhook(secret).verify(self.body, self.headers)

    def is_signed_with(self, secret: str) -> bool:
        """Whether the package would have signed it so at its moment, however long ago that is."""
        moment = datetime.fromtimestamp(int(self.headers["webhook-timestamp"]), tz=UTC)
        signature = Webhook(secret).sign(self.id, moment, self.body.decode())
        return self.headers["webhook-signature"] == signature


@dataclass
class Receiver:
    """`answer` gives the status for each call, by its number from 0."""

    answer: Callable[[int], int] = lambda _number: 200
    heard: list[Heard] = field(default_factory=list)
    accepted: list[Heard] = field(default_factory=list)
    most_at_once: int = 0
    tls: ssl.SSLContext | None = None
    _now: int = 0
    _lock: Any = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                body = self.rfile.read(length)
                if len(body) < length:
                    return  # Torn: its sender died between the head and the end of the body.
                status = receiver._note(Heard({k.lower(): v for k, v in self.headers.items()}, body))
                self.send_response(status)
                self.end_headers()
                self.wfile.write(f"answer {status}".encode())

            def log_message(self, *_said: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        if self.tls:
            self._server.socket = self.tls.wrap_socket(self._server.socket, server_side=True)
        self.url = f"http{'s' if self.tls else ''}://127.0.0.1:{self._server.server_port}/hooks"
        threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        ).start()

    def _note(self, heard: Heard) -> int:
        with self._lock:
            number = len(self.heard)
            self.heard.append(heard)
            self._now += 1
            self.most_at_once = max(self.most_at_once, self._now)
        status = self.answer(number)
        with self._lock:
            self._now -= 1
            if 200 <= status < 300:
                self.accepted.append(heard)
        return status

    def ids(self) -> list[str]:
        return [each.id for each in self.accepted]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
