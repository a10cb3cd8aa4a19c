"""Which conversation a letter belongs to, by what only its reader can know: a Message-ID of ours that it answers or
refers to, or the sealed part of the address that it was sent to. Never by its subject or its number."""

from dataclasses import dataclass

from cashback.lib.errors import DomainError
from support.desk.models import Direction, Message, Ticket
from support.mail import addresses
from support.mail.parsing import Letter


class Forged(DomainError):
    """The address that the letter was sent to names a conversation, and its seal is not ours."""

    code = "forged"


@dataclass(frozen=True, slots=True)
class Thread:
    """`speaks` is false for a letter of somebody else: one that was passed on, or whose writer is not the reader."""

    ticket: Ticket
    speaks: bool


def find(letter: Letter, recipients: list[str]) -> Thread | None:
    """The letter's conversation; None for a letter that begins one. Raises Forged."""
    ids = [*letter.in_reply_to, *reversed(letter.references)]
    tickets = _answered(ids) or _addressed(recipients)
    threads = [Thread(ticket, addresses.speaks_in(ticket, letter.sender)) for ticket in tickets]
    return next((thread for thread in threads if thread.speaks), threads[0] if threads else None)


def _answered(ids: list[str]) -> list[Ticket]:
    """Of the letters of ours among these, the one answered first."""
    sent = Message.objects.filter(message_id__in=ids, direction=Direction.OUT, is_internal=False)
    tickets = {row.message_id: row.ticket for row in sent.select_related("ticket__shopper")}
    return list(dict.fromkeys(_as_merged(tickets[one]) for one in ids if one in tickets))


def _addressed(recipients: list[str]) -> list[Ticket]:
    tokens = [plus for plus in addresses.pluses(recipients) if plus.is_token]
    tickets = [ticket for plus in tokens if (ticket := addresses.ticket_of(plus))]
    if tokens and not tickets:
        raise Forged("The address that it was sent to names a conversation, and was not made by us.")
    return list(dict.fromkeys(_as_merged(ticket) for ticket in tickets))


def _as_merged(ticket: Ticket) -> Ticket:
    seen = {ticket.pk}
    while ticket.merged_into and ticket.merged_into_id not in seen:
        ticket = ticket.merged_into
        seen.add(ticket.pk)
    return ticket
