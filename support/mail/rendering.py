"""A message of ours as mail: text and HTML, in the storefront's name, colours and language, in its thread."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from email.utils import formataddr
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template import Context, engines
from django.urls import get_resolver
from django.utils import timezone, translation
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from partners.brand import texts
from partners.brand.prose import linked
from partners.notices import links
from partners.notices.rendering import look, one_line
from support.desk.models import Author, Channel, Direction, Message, StoredFile, Ticket
from support.mail import addresses, footers, senders

_LONGEST_SUBJECT = 150
_MOST_REFERENCES = 20
# With what base64 adds, still less than mail servers take.
_MOST_ATTACHED_BYTES = 7_000_000
_LONGEST_QUOTE = 1500
# More than one empty line: what templates leave behind.
_GAPS = re.compile(r"\n\s*\n")


@dataclass(frozen=True, slots=True)
class _Files:
    attached: Sequence[StoredFile]
    # Too large together: they are in the conversation, the letter names them.
    left: Sequence[StoredFile]


def letter_of(message: Message, *, to: str) -> EmailMultiAlternatives:
    """The mail as it goes to the server. The same message has the same Message-ID however often it is tried."""
    ticket = message.ticket
    earlier = _earlier(message)
    files = _files(message)
    with (
        translation.override(ticket.language),
        timezone.override(ZoneInfo(ticket.storefront.time_zone)),
    ):
        said = Context(_said(message, files, earlier), autoescape=False)
        text = _GAPS.sub("\n\n", _rendered("body.txt", said)).strip() + "\n"
        said.autoescape = True
        html = _rendered("body.html", said)
        sender = senders.name_of(ticket.storefront, ticket.language)
    own = addresses.of_ticket(ticket)
    mail = EmailMultiAlternatives(
        subject=_subject(ticket, is_first=not any(each.message_id for each in earlier)),
        body=text,
        from_email=formataddr((one_line(sender), own)),
        to=[to],
        reply_to=[own],
        headers=_headers(message, earlier),
    )
    mail.attach_alternative(html, "text/html")
    for file in files.attached:
        mail.attach(one_line(file.name) or "file", bytes(file.content), file.content_type)
    return mail


def case_address(ticket: Ticket) -> str:
    """The conversation's page in the storefront; "" for somebody who cannot open it."""
    if ticket.shopper_id is None:
        return ""
    path = get_resolver(settings.STOREFRONT_URLCONF).reverse("claim", ticket.public_number)
    return links.page(ticket.storefront, "shops").rstrip("/") + "/" + path


def _said(message: Message, files: _Files, earlier: list[Message]) -> dict[str, Any]:
    ticket, storefront = message.ticket, message.ticket.storefront
    name = texts.said(storefront, "name", ticket.language)
    colours = look(storefront)
    ink = colours["brand_ink"]
    return {
        "storefront": storefront,
        "partner": storefront.partner,
        "name": name,
        "language": ticket.language,
        "look": colours,
        "home": links.page(storefront, "shops"),
        "case": case_address(ticket),
        "number": ticket.public_number,
        "subject": ticket.subject,
        "text": message.text,
        "paragraphs": _paragraphs(message.text, ink),
        "agent": _agent(message),
        "signature": senders.signature_of(storefront, ticket.language),
        "footers": [{"text": each, "html": _linked(each, ink)} for each in footers.of(message)],
        "attached": [file.name for file in files.attached],
        "left": [file.name for file in files.left],
        "quoted": _quoted(message, earlier),
        "is_by_itself": message.author == Author.SYSTEM,
    }


def _agent(message: Message) -> str:
    """Who signs, unless they have: a ready answer may end with their name."""
    name = message.agent.name if message.agent else ""
    return "" if name in message.text[-200:] else name


def _paragraphs(text: str, ink: str) -> list[list[SafeString]]:
    blocks = text.strip().split("\n\n")
    return [[_linked(line, ink) for line in block.split("\n")] for block in blocks if block.strip()]


def _linked(text: str, ink: str) -> SafeString:
    """With links in the storefront's colour: a mail program's own blue cannot be read on a dark ground."""
    coloured = format_html('<a class="cb-link" style="color:{}" href=', ink)
    # Every other angle bracket has been escaped.
    return mark_safe(linked(text).replace("<a href=", coloured))  # noqa: S308


def _quoted(message: Message, earlier: list[Message]) -> str:
    """The shopper's last words below a person's answer. Below what the service says by itself there are none: it may
    answer a letter whose sender was made up, and carries nobody's words to a stranger."""
    if message.author != Author.AGENT:
        return ""
    last = next((each for each in reversed(earlier) if each.direction == Direction.IN), None)
    if last is None:
        return ""
    words = last.text.strip()
    return words if len(words) <= _LONGEST_QUOTE else words[:_LONGEST_QUOTE].rstrip() + "…"


def _earlier(message: Message) -> list[Message]:
    """The conversation's public words before this one, oldest first."""
    told = message.ticket.messages.public().filter(pk__lt=message.pk).in_order()
    return list(told.only("pk", "text", "direction", "message_id", "ticket_id"))


def _subject(ticket: Ticket, *, is_first: bool) -> str:
    """Under the subject that the conversation has at the reader's, or their program starts another for each answer."""
    subject = one_line(ticket.subject)[:_LONGEST_SUBJECT]
    if ticket.channel != Channel.EMAIL:
        subject = f"{subject} [{ticket.public_number}]"
    return subject if is_first else f"Re: {subject}"


def _headers(message: Message, earlier: list[Message]) -> dict[str, str]:
    known = [each.message_id for each in earlier if each.message_id]
    headers = {
        "Message-ID": message.message_id,
        "Content-Language": message.ticket.language,
        "X-Auto-Response-Suppress": "OOF, AutoReply",
    }
    if known:
        headers["References"] = " ".join(known[:1] + known[1:][-_MOST_REFERENCES:])
    if message.in_reply_to:
        headers["In-Reply-To"] = message.in_reply_to
    if message.author == Author.SYSTEM:
        headers |= {"Auto-Submitted": "auto-replied", "X-Auto-Response-Suppress": "All"}
    return headers


def _files(message: Message) -> _Files:
    attached: list[StoredFile] = []
    left: list[StoredFile] = []
    size = 0
    for each in message.attachments.select_related("file").order_by("pk"):
        size += each.file.size
        (attached if size <= _MOST_ATTACHED_BYTES else left).append(each.file)
    return _Files(attached, left)


def _rendered(part: str, said: Context) -> str:
    engine: Any = engines["django"]
    return str(engine.engine.get_template(f"emails/support_answer/{part}").render(said))
