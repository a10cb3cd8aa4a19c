"""A network's server for tests: a real HTTP server on this machine that answers what it is told to."""

import json
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from email import message_from_bytes
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True)
class Reply:
    """An answer with everything that may be odd about it; `cut` bytes are missing at its end."""

    body: str = ""
    status: int = 200
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)
    cut: int = 0
    delay: float = 0


@dataclass(frozen=True)
class Asked:
    method: str
    path: str
    query: dict[str, str]
    form: dict[str, str]
    authorization: str
    # By field: the name that was told, the type, and the bytes.
    files: dict[str, tuple[str, str, bytes]] = field(default_factory=dict)


Answer = Any | Reply | Callable[[Asked], Any]


def _read_form(kind: str, body: bytes) -> tuple[dict[str, str], dict[str, tuple[str, str, bytes]]]:
    if not kind.startswith("multipart/"):
        return dict(parse_qsl(body.decode(), keep_blank_values=True)), {}
    form, files = {}, {}
    for part in message_from_bytes(f"Content-Type: {kind}\r\n\r\n".encode() + body).get_payload():
        name = part.get_param("name", header="content-disposition")
        content = part.get_payload(decode=True)
        if part.get_filename() is None:
            form[name] = content.decode()
        else:
            files[name] = (part.get_filename(), part.get_content_type(), content)
    return form, files


class NetworkServer:
    """`answers` by path: JSON, a Reply, or a function of what was asked that gives one of them. `asked` is
    the log."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {}
        self.asked: list[Asked] = []
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._http.server_port}"
        Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()

    def asked_at(self, path: str) -> list[Asked]:
        return [asked for asked in self.asked if asked.path == path]

    def _reply_to(self, asked: Asked) -> Reply:
        self.asked.append(asked)
        answer = self.answers.get(asked.path, Reply('{"error": "not found"}', status=404))
        if callable(answer):
            answer = answer(asked)
        return answer if isinstance(answer, Reply) else Reply(json.dumps(answer, ensure_ascii=False))

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                form, files = _read_form(self.headers.get("Content-Type", ""), body)
                reply = server._reply_to(
                    Asked(
                        method=self.command,
                        path=parts.path,
                        query=dict(parse_qsl(parts.query, keep_blank_values=True)),
                        form=form,
                        authorization=self.headers.get("Authorization", ""),
                        files=files,
                    )
                )
                time.sleep(reply.delay)
                self._send(reply)

            do_POST = do_DELETE = do_GET

            def _send(self, reply: Reply) -> None:
                body = reply.body.encode()
                self.send_response(reply.status)
                self.send_header("Content-Type", reply.content_type)
                self.send_header("Content-Length", str(len(body)))
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                with suppress(ConnectionError):  # who was tired of waiting has hung up
                    self.wfile.write(body[: len(body) - reply.cut])

            def log_message(self, *args: Any) -> None:
                """The tests' output stays theirs."""

        return Handler
