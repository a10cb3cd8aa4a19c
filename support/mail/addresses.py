"""Addresses of support: one for each storefront, one for each conversation, and whose mail a conversation's is.

The part after the plus is a storefront's slug, or a conversation's number and its seal, which have a full stop between
them: `support+acorn@…`, `support+10042.3f9a…@…`. No slug has a full stop. Who can write a seal is us alone.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac

from partners.sign_in.addresses import NotAnAddress, normal
from support.desk.models import Channel, Message, Ticket

_SEAL_LENGTH = 20
_TOKEN = re.compile(r"(\d{1,18})\.([0-9a-f]+)", re.ASCII)
_OURS = r"<msg_[0-9a-z]{26}\.[0-9a-f]{20}@[^<>@\s]{1,200}>"
_OUR_ID = re.compile(_OURS)
_RETURNED = re.compile(rf"^message-id:\s*({_OURS})", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Plus:
    """What stands after the plus in an address of ours; "" where nothing does."""

    text: str

    @property
    def is_token(self) -> bool:
        return "." in self.text


def of_ticket(ticket: Ticket) -> str:
    """Where the requester's answer comes back to this conversation."""
    local, _at, domain = settings.SUPPORT_FROM.rpartition("@")
    return f"{local}+{ticket.number}.{_seal(f'ticket:{ticket.number}:{ticket.pk}')}@{domain}"


def of_storefront(slug: str) -> str:
    local, _at, domain = settings.SUPPORT_FROM.rpartition("@")
    return f"{local}+{slug}@{domain}"


def pluses(recipients: Iterable[str]) -> list[Plus]:
    """Of those of the addresses that are support's."""
    local, _at, domain = settings.SUPPORT_FROM.rpartition("@")
    found = []
    for recipient in recipients:
        name, _at, place = recipient.lower().rpartition("@")
        base, _plus, rest = name.partition("+")
        if (base, place) == (local, domain):
            found.append(Plus(rest))
    return found


def ticket_of(plus: Plus) -> Ticket | None:
    """The conversation that the token names; None for a token that we did not make."""
    found = _TOKEN.fullmatch(plus.text)
    if found is None:
        return None
    ticket = Ticket.objects.filter(number=int(found[1])).first()
    # A seal is computed for a number that nobody has as well: an answer's time tells nothing.
    subject = f"ticket:{found[1]}:{ticket.pk if ticket else ''}"
    is_ours = any(constant_time_compare(found[2], seal) for seal in _seals(subject))
    return ticket if is_ours else None


def message_id(message: Message) -> str:
    """The Message-ID of a message of ours. Who knows it has the letter, or had it: its seal cannot be guessed."""
    domain = settings.SUPPORT_FROM.rpartition("@")[2]
    return f"<{message.public_id}.{_seal(f'message:{message.pk}')}@{domain}>"


def returned_id(raw: bytes) -> str:
    """The Message-ID of the letter of ours that a report returns: the one in its headers, not those it refers to."""
    text = raw.decode("latin-1")
    found = _RETURNED.search(text) or _OUR_ID.search(text)
    return found[found.lastindex or 0] if found else ""


def reader_of(ticket: Ticket) -> str:
    """Where the conversation's letters go; "" when nobody reads it by mail.

    A shopper's confirmed address alone, whatever address wrote; somebody unknown reads where they wrote from. Who wants
    no notices wants answers still."""
    if shopper := ticket.shopper:
        is_confirmed = shopper.email_confirmed_at is not None and shopper.erased_at is None
        return shopper.email if is_confirmed else ""
    return ticket.requester_email if ticket.channel == Channel.EMAIL else ""


def speaks_in(ticket: Ticket, sender: str) -> bool:
    """Whether a letter from this address may be heard in the conversation."""
    reader = reader_of(ticket)
    try:
        return bool(reader) and normal(reader) == sender
    except NotAnAddress:
        return False


def is_ours(address: str) -> bool:
    """An address that we write from: a letter from it is our own, come round."""
    if address == settings.NOTICE_FROM.lower() or address == settings.SUPPORT_FROM:
        return True
    return bool(pluses([address]))


def _seal(subject: str) -> str:
    return _sealed(subject, settings.SECRET_KEY)


def _seals(subject: str) -> list[str]:
    return [_sealed(subject, key) for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)]


def _sealed(subject: str, key: str) -> str:
    """80 bits, in letters that no mail server minds, be it one that forgets upper case."""
    mac = salted_hmac("support.mail.addresses", subject, secret=key, algorithm="sha256")
    return mac.hexdigest()[:_SEAL_LENGTH]
