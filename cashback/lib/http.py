"""The one egress client: whatever leaves this house over HTTP leaves here.

Private and loopback addresses are refused after name resolution, and the checked address is the one that is
called; redirects are not followed; bodies are capped; and the exchange ends by a wall-clock deadline however
slowly the other side talks. Failures are two: `Unavailable` may heal by waiting, `Refused` needs a person.
"""

import contextlib
import copy
import ipaddress
import json
import logging
import random
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from email.utils import parsedate_to_datetime
from functools import partial
from typing import Any, TypeVar
from urllib.parse import urlsplit

import requests
import urllib3
from requests_hardened import Config, HTTPSession, ip_filter
from requests_hardened.ip_filter import InvalidIPAddress, filter_host
from requests_hardened.ip_filter_adapter import IPFilterAdapter

from cashback.lib import deadlines

VERSION = "0.1.0"
USER_AGENT = f"Vitrina/{VERSION}"

_CHUNK = 64 * 1024
_KEPT_OF_AN_ANSWER = 2048
_SLOW_DOWN = (429, 503)
_Read = TypeVar("_Read")

# What the library's own list leaves out: IPv6 written over IPv4, and the former addresses of one site.
ip_filter.EXTRA_BLOCKED_NET_RANGES += (
    ipaddress.ip_network("::/96"),
    ipaddress.ip_network("::ffff:0:0:0/96"),
    ipaddress.ip_network("fec0::/10"),
)

# Its debug lines and its header warnings print whole URLs, with the secrets in their queries.
logging.getLogger("urllib3").setLevel(logging.ERROR)


class Unavailable(Exception):
    """The other side cannot answer now; ask again later, after `retry_after` seconds if it said so."""

    def __init__(self, message: str, *, status: int | None = None, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.retry_after = retry_after


class Refused(Exception):
    """The other side, or our own guard, said no, and will again. `body` is the answer's first 2 KB."""

    def __init__(self, message: str, *, status: int | None = None, body: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.body = body


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that goes out with a form. `name` is what the other side is told, and never what somebody typed."""

    name: str
    content_type: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back, whatever its status says: of its body the first 2 KB."""

    status: int
    body: str


@dataclass(frozen=True, slots=True)
class _Answer:
    content_type: str
    body: bytes


class Client:
    """Asks other people's servers. Safe to share between threads; keeps no connection open, save by `kept_open`.

    Times are in seconds. `read_timeout` is the longest silence, `total_timeout` the longest exchange with its
    repeats. A GET that met `Unavailable` is asked again after each of `pauses`, unless the other side asked
    us to slow down (429 and 503).
    """

    def __init__(
        self,
        *,
        allow_loopback: bool = False,
        connect_timeout: float = 3,
        read_timeout: float = 15,
        total_timeout: float = 60,
        max_bytes: int = 32 * 1024 * 1024,
        pauses: Sequence[float] = (0.5,),
    ) -> None:
        self._allow_loopback = allow_loopback
        self._timeouts = (connect_timeout, read_timeout)
        self._total_timeout = total_timeout
        self._max_bytes = max_bytes
        self._whole = partial(_whole, max_bytes=max_bytes)
        self._pauses = pauses
        self._kept: _Line | None = None

    @contextlib.contextmanager
    def kept_open(self, url: str) -> Iterator["Client"]:
        """A client for several calls to one server, one after another by one thread: their connection stays open. The
        address is the one that was checked when it was made."""
        kept = copy.copy(self)
        with self._line(url) as kept._kept:
            yield kept

    def get_json(
        self, url: str, *, params: Sequence[tuple[str, str]] = (), headers: Mapping[str, str] | None = None
    ) -> Any:
        """The JSON at `url`. Numbers with a point are Decimal."""
        return self._patiently(lambda ends: self._json("GET", url, ends, params=params, headers=headers))

    def post_json(
        self,
        url: str,
        *,
        data: Mapping[str, str],
        headers: Mapping[str, str] | None = None,
        files: Mapping[str, Upload] | None = None,
    ) -> Any:
        """The JSON that answers a form, with its files where there are any. Never asked twice."""
        what: dict[str, Any] = {"data": data, "headers": headers}
        if files:
            what["files"] = {
                field: (file.name, file.content, file.content_type) for field, file in files.items()
            }
        return self._json("POST", url, self._deadline(), **what)

    def delete(self, url: str, *, headers: Mapping[str, str] | None = None) -> None:
        """The thing at `url` is gone, says its owner; whatever else it says is not read. Never asked twice."""
        self._ask("DELETE", url, self._deadline(), self._whole, headers=headers)

    def get_bytes(self, url: str, *, max_bytes: int | None = None) -> tuple[str, bytes]:
        """The content type ("image/png", without parameters) and the body at `url`."""
        read = self._whole if max_bytes is None else partial(_whole, max_bytes=max_bytes)
        answer = self._patiently(lambda ends: self._ask("GET", url, ends, read))
        return answer.content_type, answer.body

    def post_bytes(self, url: str, *, body: bytes, headers: Mapping[str, str]) -> Reply:
        """What answers these bytes, be it an error or a redirect, which is not followed. Of a flood no more than
        `max_bytes` are read. Never asked twice."""
        read = partial(_first_part, max_bytes=self._max_bytes)
        return self._ask("POST", url, self._deadline(), read, data=body, headers=headers)

    def check(self, url: str) -> None:
        """Raises Refused for what would never be called, and Unavailable where its host has no address now."""
        shown = _shown(url)
        self._check_scheme(url, shown)
        try:
            # As it will be called: two readers of one URL may find two hosts in it.
            parts = urlsplit(str(requests.Request("POST", url).prepare().url))
            filter_host(parts.hostname or "", parts.port or 443, allow_loopback=self._allow_loopback)
        except InvalidIPAddress:
            raise Refused(f"{shown} leads to an address that is never called.") from None
        except ValueError:
            raise Refused(f"{shown} is not a URL that can be called.") from None
        except OSError:
            raise Unavailable(f"The host of {shown} is not to be found.") from None

    def _deadline(self) -> float:
        return time.monotonic() + self._total_timeout

    def _patiently(self, ask: Callable[[float], Any]) -> Any:
        ends = self._deadline()
        for pause in self._pauses:
            try:
                return ask(ends)
            except Unavailable as error:
                wait = pause * random.uniform(0.75, 1.25)  # noqa: S311 - it spreads callers and guards nothing
                if error.status in _SLOW_DOWN or time.monotonic() + wait >= ends:
                    raise
            time.sleep(wait)
        return ask(ends)

    def _json(self, method: str, url: str, ends: float, **what: Any) -> Any:
        what["headers"] = {"Accept": "application/json", **(what["headers"] or {})}
        answer = self._ask(method, url, ends, self._whole, **what)
        try:
            return json.loads(answer.body, parse_float=Decimal, parse_constant=_refuse_constant)
        except (ValueError, RecursionError) as error:
            kind = answer.content_type or "something without a type"
            raise Unavailable(
                f"{method} {_shown(url)} answered {kind} of {len(answer.body)} bytes that is not whole JSON."
            ) from error

    def _ask(
        self, method: str, url: str, ends: float, read: Callable[[requests.Response, str], _Read], **what: Any
    ) -> _Read:
        # `from None` below: the library's own messages hold the whole URL, which may hold secrets.
        shown = f"{method} {_shown(url)}"
        self._check_scheme(url, shown)
        with self._line(url) as (session, adapter), adapter.cut_at(ends) as cut:
            try:
                # Closed, so that a body of which we leave the rest is not taken for the next answer.
                with session.request(method, url, timeout=self._timeouts, stream=True, **what) as response:
                    answer = read(response, shown)
            except InvalidIPAddress:
                raise Refused(f"{shown} leads to an address that is never called.") from None
            except ValueError:  # requests' InvalidURL and its kin are ValueErrors, and so is a bad host name
                raise Refused(f"{shown} is not a URL that can be called.") from None
            except (OSError, urllib3.exceptions.HTTPError) as error:
                if cut.is_set():
                    raise self._too_slow(shown) from None
                raise Unavailable(f"{shown} failed: {_reason(error)}.") from None
            if cut.is_set():  # a body of unknown length that was cut looks whole
                raise self._too_slow(shown)
            return answer

    @contextlib.contextmanager
    def _line(self, url: str) -> Iterator["_Line"]:
        if self._kept is not None:
            yield self._kept
            return
        adapter = _CuttableAdapter(url.startswith("https:"), self._allow_loopback)
        with self._session(adapter) as session:
            yield session, adapter

    def _session(self, adapter: "_CuttableAdapter") -> HTTPSession:
        session = HTTPSession(
            Config(
                ip_filter_enable=True,
                ip_filter_allow_loopback_ips=self._allow_loopback,
                never_redirect=True,
                default_timeout=self._timeouts,
                user_agent_override=USER_AGENT,
            )
        )
        session.trust_env = False  # neither a proxy nor a .netrc of the machine
        # requests would read the whole body of a redirect, however long, to prepare for what we never do.
        session.get_redirect_target = lambda _response: None
        session.mount("http://", adapter)
        session.mount("https://", adapter)
        return session

    def _check_scheme(self, url: str, shown: str) -> None:
        if not url.startswith(("https://", "http://") if self._allow_loopback else "https://"):
            raise Refused(f"{shown} is not an https URL.")

    def _too_slow(self, shown: str) -> Unavailable:
        return Unavailable(f"{shown} took longer than {self._total_timeout:g} seconds.")


class _CuttableAdapter(IPFilterAdapter):
    """Remembers its sockets, so that a deadline can cut them, be it in the headers or in the body."""

    def __init__(self, is_https: bool, allow_loopback: bool) -> None:
        super().__init__(is_https_proto=is_https, allow_loopback=allow_loopback)
        self._sockets: list[socket.socket] = []

    def get_connection_with_tls_context(self, *args: Any, **options: Any) -> Any:
        pool = super().get_connection_with_tls_context(*args, **options)
        make = pool.ConnectionCls

        def make_remembered(**how: Any) -> Any:
            connection = make(**how)
            connect = connection.connect

            def connect_and_remember() -> None:
                connect()
                # The socket, not the connection: that lets go of it where the body ends with the connection.
                self._sockets.append(connection.sock)

            connection.connect = connect_and_remember
            return connection

        pool.ConnectionCls = make_remembered
        return pool

    @contextlib.contextmanager
    def cut_at(self, ends: float) -> Iterator[threading.Event]:
        """Cuts every connection once the monotonic clock passes `ends`; the event tells that it did."""
        cut = threading.Event()

        def cut_all() -> None:
            cut.set()
            for sock in list(self._sockets):
                with contextlib.suppress(OSError):  # closed meanwhile, which is what we want
                    socket.socket.shutdown(sock, socket.SHUT_RDWR)

        with deadlines.watchman.watching(ends, cut_all):
            yield cut


_Line = tuple[HTTPSession, _CuttableAdapter]


def client(**options: Any) -> Client:
    """A client that follows the settings: loopback only where EGRESS_LOOPBACK allows it."""
    from django.conf import settings

    return Client(allow_loopback=settings.EGRESS_LOOPBACK, **options)


def _whole(response: requests.Response, shown: str, *, max_bytes: int) -> _Answer:
    status = response.status_code
    if status >= 500 or status == 429:
        raise Unavailable(f"{shown} answered {status}.", status=status, retry_after=_retry_after(response))
    if not 200 <= status < 300:
        body = _as_text(b"".join(_read(response, _KEPT_OF_AN_ANSWER)))
        raise Refused(f"{shown} answered {status}.", status=status, body=body)
    body = b"".join(_read(response, max_bytes))
    if len(body) > max_bytes:
        raise Refused(f"{shown} answered more than {max_bytes} bytes.", status=status)
    return _Answer(response.headers.get("Content-Type", "").partition(";")[0].strip().lower(), body)


def _first_part(response: requests.Response, shown: str, *, max_bytes: int) -> Reply:
    return Reply(response.status_code, _as_text(b"".join(_read(response, max_bytes))))


def _as_text(body: bytes) -> str:
    return body[:_KEPT_OF_AN_ANSWER].decode("utf-8", "replace")


def _read(response: requests.Response, max_bytes: int) -> Iterator[bytes]:
    """What arrives, as it arrives, until just beyond `max_bytes`: read1 returns after each packet."""
    received = 0
    while received <= max_bytes:
        chunk = response.raw.read1(_CHUNK, decode_content=True)
        if not chunk:
            return
        received += len(chunk)
        yield chunk


def _refuse_constant(word: str) -> None:
    raise ValueError(f"{word} is not JSON.")


def _shown(url: str) -> str:
    """The URL without what may be secret: credentials, query and fragment."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        return f"{parts.scheme}://{host}{f':{parts.port}' if parts.port else ''}{parts.path}"
    except ValueError:
        return "an unreadable URL"


def _reason(error: Exception) -> str:
    """Words for a library's exception; its own message is not used, for it holds the whole URL."""
    if isinstance(error, requests.Timeout | urllib3.exceptions.TimeoutError | TimeoutError):
        return "no answer in time"
    if isinstance(error, urllib3.exceptions.IncompleteRead | urllib3.exceptions.ProtocolError):
        return "the answer broke off"
    return f"the connection failed ({type(error).__name__})"


def _retry_after(response: requests.Response) -> float | None:
    """Seconds from a Retry-After of either form (RFC 9110 §10.2.3); None without one that can be read."""
    value = response.headers.get("Retry-After", "").strip()
    if value.isascii() and value.isdigit() and len(value) < 10:
        return float(value)
    try:
        at = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    return max(0.0, ((at if at.tzinfo else at.replace(tzinfo=UTC)) - datetime.now(UTC)).total_seconds())
