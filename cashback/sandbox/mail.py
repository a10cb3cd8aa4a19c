"""A mail server that delivers to nobody: what the product sends is kept as `.eml` files, to be read in a browser.

An address at `refuses.test` is refused for good, one at `busy.test` for now, as real servers do; mail to `bounces.test`
is taken, and a report says later that it could not be delivered. What a person writes here goes the other way: to the
product's door for letters, as a mail provider hands them on.
"""

import os
import re
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from threading import Thread
from typing import Any

from cashback.sandbox import config, letters

LARGEST_BYTES = 12_000_000
MOST_LETTERS = 2_000
_NAME = re.compile(r"\d{19}")
_CODE = re.compile(r"(?<!\d)\d{6}(?!\d)")


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail as it was received: `recipients` are the envelope's, whatever its headers say."""

    id: str
    message: EmailMessage
    recipients: tuple[str, ...]

    @property
    def received_at(self) -> float:
        """Seconds since 1970."""
        return int(self.id) / 1e9

    @property
    def subject(self) -> str:
        return str(self.message["subject"] or "").strip()

    @property
    def sender(self) -> str:
        return str(self.message["from"] or "")

    @property
    def text(self) -> str:
        return self._part("plain")

    @property
    def html(self) -> str:
        return self._part("html")

    @property
    def headers(self) -> list[tuple[str, str]]:
        return [(name, str(value)) for name, value in self.message.items()]

    @property
    def files(self) -> list[str]:
        return [part.get_filename() or "file" for part in self.message.iter_attachments()]

    @property
    def code(self) -> str:
        """The one-time code in it, if there is one: neither a notice nor a word of a conversation has any."""
        if "List-Unsubscribe" in self.message or self.is_of_a_conversation:
            return ""
        found = _CODE.search(self.text)
        return found[0] if found else ""

    @property
    def is_of_a_conversation(self) -> bool:
        """It can be answered, or is an answer."""
        return "+" in str(self.message["reply-to"] or "") or "X-Sandbox-Written" in self.message

    def _part(self, subtype: str) -> str:
        part = self.message.get_body(preferencelist=(subtype,))
        return str(part.get_content()) if part is not None else ""


class Mailbox:
    """The kept mail, newest first, in a directory of its own."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        directory.mkdir(parents=True, exist_ok=True)

    def keep(self, content: bytes, recipients: Iterable[str]) -> str:
        """The mail is in the box, whole or not at all; tells its name there."""
        envelope = "".join(f"X-Envelope-To: {recipient}\r\n" for recipient in recipients).encode()
        name = f"{time.time_ns():019d}"
        unfinished = self._directory / f"{name}.part"
        unfinished.write_bytes(envelope + content)
        unfinished.rename(self._directory / f"{name}.eml")
        for stale in sorted(self._directory.glob("*.eml"))[:-MOST_LETTERS]:
            stale.unlink(missing_ok=True)
        return name

    def letters(self, *, to: str = "") -> Iterator[Letter]:
        for path in sorted(self._directory.glob("*.eml"), reverse=True):
            letter = self.find(path.stem)
            if letter and to.lower() in " ".join(letter.recipients).lower():
                yield letter

    def find(self, name: str) -> Letter | None:
        path = self._directory / f"{name}.eml"
        if not _NAME.fullmatch(name) or not path.exists():
            return None
        message: Any = message_from_bytes(path.read_bytes(), policy=policy.default)
        recipients = tuple(str(recipient) for recipient in message.get_all("X-Envelope-To", []))
        del message["X-Envelope-To"]
        return Letter(name, message, recipients)

    def empty(self) -> None:
        for path in self._directory.glob("*.eml"):
            path.unlink(missing_ok=True)


class _Door:
    """What the SMTP server asks (aiosmtpd's handler)."""

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        domain = address.lower().rpartition("@")[2]
        if domain == "refuses.test":
            return f"550 5.1.1 <{address}>: nobody of this name here"
        if domain == "busy.test":
            return "451 4.3.2 come back later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self._mailbox.keep(envelope.content, envelope.rcpt_tos)
        for address in envelope.rcpt_tos:
            if address.lower().endswith("@bounces.test"):
                about = {"content": envelope.content, "to": address, "sender": envelope.mail_from}
                Thread(target=letters.send_back, kwargs=about, daemon=True).start()
        return "250 OK"


def mailbox() -> Mailbox:
    """This sandbox's own, beside its other state."""
    return Mailbox(config.current().state.parent / "mail")


def listen(port: int, box: Mailbox) -> Any:
    """A server thread on the loopback address; `.stop()` ends it."""
    from aiosmtpd.controller import Controller

    controller = Controller(_Door(box), hostname="127.0.0.1", port=port, data_size_limit=LARGEST_BYTES)
    controller.start()
    return controller


def listen_if_asked() -> None:
    """SANDBOX_SMTP_PORT says where; without it there is no mail server."""
    if port := os.environ.get("SANDBOX_SMTP_PORT"):
        listen(int(port), mailbox())
