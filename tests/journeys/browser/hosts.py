"""The world's other sites, over TLS: partners' own pages with the storefront in them, and those that may not have it.

One server on one port plays them all; the browser is told that every *.test is on this machine.
"""

import http.server
import ipaddress
import json
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

# An answer: status, headers, body.
Answer = tuple[int, dict[str, str], str]


def certify(folder: Path, *names: str) -> tuple[Path, Path]:
    """A certificate of a day for these host names and the loopback address, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    now = datetime.now(tz=UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "the tests' own")])
    alternatives = [
        *map(x509.DNSName, [*names, "localhost"]),
        x509.IPAddress(ipaddress.ip_address("127.0.0.1")),
    ]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        # The clocks of some tests run ahead.
        .not_valid_after(now + timedelta(days=30))
        .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate_file, key_file = folder / "tls.pem", folder / "tls.key"
    certificate_file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    key_file.touch(mode=0o600)
    key_file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return certificate_file, key_file


class Sites:
    """What each host answers. A page is put up by `put`; `heard` keeps every request as (host, path, cookies)."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.heard: list[tuple[str, str, str]] = []
        self._answers: dict[tuple[str, str], Callable[[dict[str, str]], Answer]] = {}

    def origin(self, host: str) -> str:
        return f"https://{host}:{self.port}"

    def put(self, host: str, path: str, page: str, **headers: str) -> str:
        """The page is at the address that is returned."""
        kept = {"Content-Type": "text/html; charset=utf-8"} | {
            name.replace("_", "-"): value for name, value in headers.items()
        }
        self.answer(host, path, lambda _asked: (200, kept, page))
        return f"{self.origin(host)}{path}"

    def answer(self, host: str, path: str, answer: Callable[[dict[str, str]], Answer]) -> None:
        self._answers[(host, path)] = answer

    def respond(self, host: str, address: str, cookies: str) -> Answer:
        parts = urlsplit(address)
        self.heard.append((host, parts.path, cookies))
        answer = self._answers.get((host, parts.path))
        if answer is None:
            return 404, {"Content-Type": "text/plain"}, "nothing here"
        return answer({name: values[0] for name, values in parse_qs(parts.query).items()})


def as_json(body: object, status: int = 200) -> Answer:
    return status, {"Content-Type": "application/json"}, json.dumps(body)


class _Door(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    sites: Sites

    def do_GET(self) -> None:
        host = self.headers.get("Host", "").partition(":")[0]
        status, headers, body = self.sites.respond(host, self.path, self.headers.get("Cookie", ""))
        content = body.encode()
        self.send_response(status)
        for name, value in ({"Cache-Control": "no-store"} | headers).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_words: object) -> None:
        """Silence: what was asked is in Sites.heard."""


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A browser that hangs up is no event."""


@contextmanager
def serve(certificate: Path, key: Path, *, port: int) -> Iterator[Sites]:
    sites = Sites(port)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server = _Server(("127.0.0.1", port), type("Door", (_Door,), {"sites": sites}))
    # The handshake belongs to the connection's own thread: a browser's idle connection holds nobody up.
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield sites
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
