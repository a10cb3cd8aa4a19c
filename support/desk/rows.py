"""A ticket under its lock, changed in one way: its version rises, its event is written, its due time follows."""

import re
import uuid
from datetime import datetime
from typing import Any

from support.clocks import services as clocks
from support.clocks.models import Metric
from support.clocks.services import CaseFacts
from support.desk.models import Agent, Message, Ticket, TicketEvent, TicketStatus

REPLIES = (Metric.FIRST_REPLY, Metric.NEXT_REPLY)
RESOLUTIONS = (Metric.RESOLVE_OWN, Metric.RESOLVE_TOTAL)


# A column of text holds neither of these: a NUL, or half a surrogate pair.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
# All that a ticket's row may change of itself; what it is found by the database keeps.
_FIXED = {"id", "number", "search", "created_at"}


def storable(text: str) -> str:
    """The text as it can be kept: what no column holds is left out, never the message with it."""
    return _UNSTORABLE.sub("", text).strip()


def lock(ticket: Ticket | uuid.UUID) -> Ticket:
    """The ticket as it is now, with what its clocks and letters ask for; nobody else changes it meanwhile."""
    pk = ticket.pk if isinstance(ticket, Ticket) else ticket
    named = ("team", "storefront", "shopper")
    # Whoever keeps a draft or an event of it meanwhile need not wait: the key stays as it is.
    rows = Ticket.objects.select_for_update(of=("self",), no_key=True).defer("search")
    return rows.select_related(*named).get(pk=pk)


def facts_of(ticket: Ticket) -> CaseFacts:
    return CaseFacts(
        subject_id=ticket.pk,
        partner_id=ticket.partner_id,
        cycle=ticket.cycle,
        category=ticket.category,
        priority=ticket.priority,
        language=ticket.language,
        channel=ticket.channel,
        calendar_id=ticket.team.calendar_id,
        team_id=ticket.team_id,
    )


def save(locked: Ticket, *, at: datetime, shown: Ticket | None = None) -> Ticket:
    """Everything of the ticket is stored, one version on, due when its clocks say; the caller's object says so too."""
    locked.version += 1
    locked.updated_at = at
    locked.next_due_at = clocks.next_due(subject_id=locked.pk)
    locked.save(update_fields=[each.name for each in Ticket._meta.concrete_fields if each.name not in _FIXED])
    # A word to a merged ticket changes the one that it went to: the caller's stays what it is.
    if shown is not None and shown is not locked and shown.pk == locked.pk:
        for field in Ticket._meta.concrete_fields:
            if field.name != "search":
                setattr(shown, field.attname, getattr(locked, field.attname))
    return locked


def note_event(
    ticket: Ticket, kind: TicketEvent.Kind, *, at: datetime, agent: Agent | None = None, **facts: Any
) -> TicketEvent:
    """What happened, for ever: the measures are computed from these rows alone."""
    return TicketEvent.objects.create(
        partner_id=ticket.partner_id,
        ticket=ticket,
        cycle=ticket.cycle,
        kind=kind,
        agent=agent,
        # The version that the caller's save will make of it.
        facts={**facts, "version": ticket.version + 1},
        at=at,
    )


def public_replies(ticket: Ticket) -> int:
    """How often people of ours have answered in this cycle, for the shopper to read."""
    return Message.objects.filter(
        ticket=ticket, cycle=ticket.cycle, author="agent", is_internal=False
    ).count()


def start_clocks(ticket: Ticket, *, at: datetime) -> None:
    """A person of ours is wanted from `at`: the promises about that begin."""
    facts = facts_of(ticket)
    if ticket.owed_since is not None and ticket.last_agent_at is None:
        clocks.start(ticket_facts=facts, metric=Metric.FIRST_REPLY, at=at)
    for metric in RESOLUTIONS:
        clocks.start(ticket_facts=facts, metric=metric, at=at)


def waits_elsewhere(status: str) -> bool:
    """Whether it is somebody else's turn: the shopper's or the network's."""
    return status in (TicketStatus.PENDING, TicketStatus.HOLD)
