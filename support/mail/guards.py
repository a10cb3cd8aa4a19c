"""Whose letter is it: a person's, or a machine's? Two machines that answer each other never stop by themselves."""

from datetime import datetime, timedelta
from enum import Enum

from partners import limits
from support.desk.models import Ticket
from support.mail import addresses
from support.mail.models import InboundMail
from support.mail.parsing import Letter

MOST_AN_HOUR, MOST_A_DAY, MOST_STRANGERS_AN_HOUR = 10, 40, 200
_SPANS = ((MOST_AN_HOUR, timedelta(hours=1), "an hour"), (MOST_A_DAY, timedelta(days=1), "a day"))
_DAEMONS = ("mailer-daemon", "postmaster", "mail-daemon", "maildaemon")
_NOBODY = ("noreply", "no-reply", "donotreply", "do-not-reply", "bounce", "bounces", *_DAEMONS)


class Writer(Enum):
    PERSON = "person"
    # Perhaps a person, but nothing may answer it by itself.
    SHY = "shy"
    # "I am on holiday": about a letter of ours.
    AUTO_REPLY = "auto reply"
    # To many at once: news, a list, an advertisement.
    BULK = "bulk"
    # Some other program's letter.
    MACHINE = "machine"
    # A mail server, about a letter of ours.
    POSTMAN = "postman"


def writer_of(letter: Letter, *, return_path: str | None) -> Writer:
    """Who wrote it, as far as the letter says; a letter that says nothing is a person's."""
    headers = letter.headers
    local = letter.sender.partition("@")[0].partition("+")[0]
    is_null = return_path in ("", "<>") or headers.get("return-path", "").replace(" ", "") == "<>"
    if letter.is_report and letter.report:
        return Writer.POSTMAN
    if local in _DAEMONS:
        return Writer.POSTMAN
    submitted = headers.get("auto-submitted", "no").partition(";")[0].strip().lower()
    precedence = headers.get("precedence", "").strip().lower()
    if submitted.startswith("auto-replied") or precedence in ("auto_reply", "auto-reply"):
        return Writer.AUTO_REPLY
    if {"x-autoreply", "x-autorespond", "x-autoresponder", "x-auto-reply"} & headers.keys():
        return Writer.AUTO_REPLY
    if precedence in ("bulk", "list", "junk") or {"list-id", "list-unsubscribe"} & headers.keys():
        return Writer.BULK
    if submitted not in ("no", "") or is_null or "x-loop" in headers or letter.is_report:
        return Writer.MACHINE
    if headers.get("x-auto-response-suppress", "none").strip().lower() != "none" or local in _NOBODY:
        return Writer.SHY
    return Writer.PERSON


def why_not_read(letter: Letter, *, mail: InboundMail, at: datetime) -> str:
    """What keeps a letter from being acted upon before a person has looked; "" for nothing."""
    if not letter.sender:
        return "It does not say from which address it is."
    if addresses.is_ours(letter.sender):
        return "It comes from an address of our own."
    before = InboundMail.objects.filter(sender=letter.sender, received_at__lte=at).exclude(pk=mail.pk)
    for most, span, name in _SPANS:
        if before.filter(received_at__gt=at - span).count() >= most:
            return f"More than {most} letters in {name} came from this address."
    return ""


def is_flood(ticket: Ticket, *, at: datetime) -> bool:
    """Whether so many strangers have written that they are hardly people: their addresses are made up, and who has one
    of them would get a letter from us for each. A shopper's own address is none of these."""
    if ticket.shopper_id is not None:
        return False
    by, an_hour = str(ticket.storefront_id), 3600
    try:
        limits.count("support-strangers", by=by, most=MOST_STRANGERS_AN_HOUR, seconds=an_hour, at=at)
    except limits.TooOften:
        return True
    return False
