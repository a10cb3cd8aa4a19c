"""A mailbox that is polled by IMAP. A letter leaves its folder, or is marked as read, after our commit and never
before: a poll that breaks off finds it again, and stores it once."""

import imaplib
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import parse_qs, unquote, urlsplit

from django.conf import settings
from imap_tools import BaseMailBox, MailBox, MailBoxStartTls, MailBoxUnencrypted, MailMessageFlags
from imap_tools.errors import ImapToolsError

from cashback.lib.errors import DomainError
from support.mail import inbound
from support.mail.models import Source

_PATIENCE = 20.0
_MOST_AT_A_TIME = 50
_SIZE = re.compile(rb"RFC822\.SIZE (\d+)")
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_DOORS: dict[str, Callable[..., BaseMailBox]] = {
    "imap+ssl": MailBox,
    "imap+tls": MailBoxStartTls,
    "imap": MailBoxUnencrypted,
}
_PORTS = {"imap+ssl": 993, "imap+tls": 143, "imap": 143}


class MailboxRefused(DomainError):
    """The mailbox cannot be read; the message says why, without the password."""

    code = "mailbox_refused"


@dataclass(frozen=True, slots=True)
class _Place:
    door: Callable[..., BaseMailBox]
    host: str
    port: int
    user: str
    password: str
    folder: str
    # Where letters go that we have; "": they stay, marked as read.
    taken: str


def poll(*, at: datetime) -> int:
    """The letters in the mailbox are stored, some at a time; tells how many. Raises MailboxRefused."""
    if not settings.SUPPORT_IMAP_URL:
        return 0
    place = _place(settings.SUPPORT_IMAP_URL)
    count, refusals = 0, []
    with _opened(place) as box:
        uids = box.uids("ALL" if place.taken else "UNSEEN", charset=None)
        for uid in uids:
            if count == _MOST_AT_A_TIME:
                break
            try:
                _take(box, place, uid, at=at)
                count += 1
            except MailboxRefused as refusal:
                # One letter that the server cannot give keeps no other out.
                refusals.append(str(refusal))
    if refusals:
        raise MailboxRefused(f"{len(refusals)} letters stay in the mailbox: {refusals[0]}")
    return count


def _take(box: BaseMailBox, place: _Place, uid: str, *, at: datetime) -> None:
    size = _size(box, uid)
    wanted = f"BODY.PEEK[]<0.{inbound.KEPT_OF_TOO_LARGE}>" if size > inbound.LARGEST else "BODY.PEEK[]"
    raw = _literal(_fetch(box, uid, wanted))
    # `receive` commits before it returns: nothing of ours is open around a poll.
    inbound.receive(raw=raw, size=max(size, len(raw)), source=Source.MAILBOX, at=at)
    if place.taken:
        box.move(uid, place.taken)
    else:
        box.flag(uid, MailMessageFlags.SEEN, True)


def _size(box: BaseMailBox, uid: str) -> int:
    answer = _fetch(box, uid, "RFC822.SIZE")
    text = b" ".join(part for part in answer if isinstance(part, bytes))
    found = _SIZE.search(text)
    return int(found[1]) if found else 0


def _fetch(box: BaseMailBox, uid: str, what: str) -> list[object]:
    status, answer = box.client.uid("FETCH", uid, f"({what})")
    if status != "OK" or not isinstance(answer, list):
        raise MailboxRefused(f"The mailbox does not give letter {uid}: {status}.")
    return list(answer)


def _literal(answer: list[object]) -> bytes:
    for part in answer:
        if isinstance(part, tuple) and len(part) == 2:
            return bytes(part[1])
    raise MailboxRefused("The mailbox gave a letter without its content.")


@contextmanager
def _opened(place: _Place) -> Iterator[BaseMailBox]:
    try:
        box = place.door(place.host, place.port, timeout=_PATIENCE)
        with box.login(place.user, place.password, initial_folder=place.folder) as opened:
            yield opened
    except (ImapToolsError, imaplib.IMAP4.error, OSError) as error:
        said = str(error).replace(place.password, "…") if place.password else str(error)
        raise MailboxRefused(f"{place.host} refuses: {type(error).__name__}: {said[:200]}") from None


def _place(url: str) -> _Place:
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme not in _DOORS or not host:
        raise MailboxRefused("SUPPORT_IMAP_URL is imap+ssl://user:password@host:993/INBOX.")
    if parts.scheme == "imap" and host not in _LOOPBACK:
        raise MailboxRefused(
            "SUPPORT_IMAP_URL would send its password in the clear: use imap+ssl or imap+tls."
        )
    return _Place(
        door=_DOORS[parts.scheme],
        host=host,
        port=parts.port or _PORTS[parts.scheme],
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        folder=unquote(parts.path.strip("/")) or "INBOX",
        taken=next(iter(parse_qs(parts.query).get("taken", [])), ""),
    )
