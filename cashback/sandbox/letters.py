"""Letters to the product: what a person writes in the sandbox's mail, and what a mail server reports."""

import logging
import mimetypes
import os
from collections.abc import Sequence
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, localtime, make_msgid

import requests

from cashback.sandbox import config

logger = logging.getLogger("cashback.sandbox")

_PATIENCE = (3, 20)
_QUOTED_LINES = 60
_REPORT = """\
From: Mail Delivery System <mailer-daemon@bounces.test>
Subject: Undelivered Mail Returned to Sender
Date: %(date)s
Message-ID: %(id)s
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="=_report"

--=_report
Content-Type: text/plain; charset=utf-8

Your letter to <%(to)s> could not be delivered: nobody of this name here.

--=_report
Content-Type: message/delivery-status

Reporting-MTA: dns; bounces.test

Final-Recipient: rfc822; %(to)s
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 nobody of this name here

--=_report
Content-Type: text/rfc822-headers

"""


class NotTaken(Exception):
    """The product did not take the letter; the message says what it answered."""


def write(
    *,
    sender: str,
    to: str,
    subject: str,
    text: str,
    files: Sequence[tuple[str, bytes]] = (),
    answers: EmailMessage | None = None,
) -> EmailMessage:
    """A letter as a mail program writes it; one that answers has the other's words below its own. Raises ValueError
    for an address that is none."""
    letter = EmailMessage()
    letter["From"], letter["To"] = Address(addr_spec=sender), Address(addr_spec=to)
    letter["Subject"] = " ".join(subject.split())
    letter["Date"] = format_datetime(localtime())
    letter["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2])
    letter["X-Sandbox-Written"] = "yes"
    if answers is not None and (known := str(answers["message-id"] or "").strip()):
        letter["In-Reply-To"] = known
        letter["References"] = f"{answers['references'] or ''} {known}".strip()
        text = f"{text}\n\n{_quotation(answers)}"
    letter.set_content(text)
    for name, content in files:
        kind = (mimetypes.guess_type(name)[0] or "application/octet-stream").split("/")
        letter.add_attachment(content, maintype=kind[0], subtype=kind[1], filename=name)
    return letter


def bounce(content: bytes, *, to: str) -> bytes:
    """What a mail server writes when nobody has the name that a letter was sent to (RFC 3464)."""
    head = content.replace(b"\r\n", b"\n").partition(b"\n\n")[0].replace(b"\n", b"\r\n")
    own = {"id": make_msgid(domain="bounces.test"), "date": format_datetime(localtime()), "to": to}
    return (_REPORT % own).replace("\n", "\r\n").encode() + head + b"\r\n\r\n--=_report--\r\n"


def send_back(*, content: bytes, to: str, sender: str) -> None:
    """Who sent the letter hears that it could not be delivered, if they take letters."""
    try:
        hand_on(bounce(content, to=to), [sender], sender="")
    except NotTaken as error:
        logger.warning("A report of %s was not taken: %s", to, error)


def hand_on(content: bytes, recipients: Sequence[str], *, sender: str) -> None:
    """The product has the letter. Raises NotTaken."""
    token = os.environ.get("SUPPORT_MAIL_TOKEN", "")
    if not token:
        raise NotTaken("The service takes no letters: SUPPORT_MAIL_TOKEN is not set.")
    try:
        answer = requests.post(
            f"{config.current().web}/support/mail/{token}/",
            data={"recipient": ",".join(recipients), "sender": sender},
            files={"message": ("letter.eml", content, "message/rfc822")},
            timeout=_PATIENCE,
        )
    except requests.RequestException as error:
        logger.warning("A letter could not be handed on: %s", type(error).__name__)
        raise NotTaken("The service cannot be reached.") from error
    if answer.status_code != 200:
        raise NotTaken(f"The service answered {answer.status_code}: {answer.text.strip()[:200]}")


def _quotation(answered: EmailMessage) -> str:
    part = answered.get_body(preferencelist=("plain",))
    lines = str(part.get_content()).splitlines() if part is not None else []
    quoted = "\n".join(f"> {line}".rstrip() for line in lines[:_QUOTED_LINES])
    return f"{answered['date'] or ''}, {answered['from'] or ''}:\n\n{quoted}"
