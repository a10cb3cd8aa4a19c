"""The end of a shift: what was owed is frozen, excused by somebody else, and handed to those who come next.

Pay hangs on it, so it is a snapshot and not a query: an answer that comes a second later changes nothing.
"""

import uuid
from collections.abc import Collection, Iterable
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from cashback.lib.errors import DomainError
from support.desk import people
from support.desk import services as desk
from support.desk.models import Agent, Ticket
from support.shifts import board, rota
from support.shifts.models import Excuse, HandOver, Shift, ShiftClose, ShiftCloseItem
from support.shifts.owed import heaps


class NoExcuseNeeded(DomainError):
    """A late arrival is not held against the shift."""

    code = "no_excuse_needed"


class ExcusedAlready(DomainError):
    """It has an excuse, asked for or approved."""

    code = "excused_already"


class ReasonMissing(DomainError):
    code = "reason_missing"


class NotByOneself(DomainError):
    """Neither who asked nor who had the thing may approve its excuse."""

    code = "not_by_oneself"


class NotYours(DomainError):
    """Only a team lead decides on excuses, and only people of the team ask for them or hand its work over."""

    code = "not_yours"


class DecidedAlready(DomainError):
    code = "decided_already"


class NoteMissing(DomainError):
    code = "note_missing"


class NobodyThere(DomainError):
    """There is no next shift, or nobody on it, or not this agent."""

    code = "nobody_there"


class HandedOverAlready(DomainError):
    code = "handed_over_already"


def close_due(*, at: datetime, limit: int = 50) -> int:
    """Every shift that has ended is frozen, as of its end, once; their number. Each in a transaction of its own: two
    workers share them."""
    due = Shift.objects.to_close(at).order_by("ends_at", "pk").values_list("pk", flat=True)
    return sum(_close(shift_id, at) for shift_id in list(due[:limit]))


@transaction.atomic
def _close(shift_id: uuid.UUID, at: datetime) -> bool:
    shift = (
        Shift.objects.select_for_update(of=("self",), skip_locked=True)
        .select_related("team")
        .filter(pk=shift_id)
        .first()
    )
    # Asked only now that the shift is ours: another worker may have closed it since it was found.
    if shift is None or ShiftClose.objects.filter(shift=shift).exists():
        return False
    found = heaps(team=shift.team, at=shift.ends_at, late_from=board.late_from(shift.team, shift.ends_at))
    items = board.in_order(found)
    late = sum(item.is_late_arrival for item in items)
    closed = ShiftClose.objects.create(
        shift=shift, as_of=shift.ends_at, closed_at=at, owed=len(items) - late, late_arrivals=late
    )
    ShiftCloseItem.objects.bulk_create(
        ShiftCloseItem(
            partner_id=item.partner_id,
            close=closed,
            kind=item.kind,
            what=item.what,
            what_id=item.what_id,
            ticket_id=item.ticket_id,
            number=item.number,
            title=item.title,
            owner_id=item.owner_id,
            owed_since=item.owed_since,
            minutes=item.minutes,
            is_late_arrival=item.is_late_arrival,
        )
        for item in items
    )
    return True


@transaction.atomic
def excuse(*, item: ShiftCloseItem, reason: str, by: Agent, at: datetime) -> Excuse:
    """It is asked that the item is not held against the shift. Until a lead approves, it is.

    Raises NoExcuseNeeded, NotYours, ReasonMissing or ExcusedAlready.
    """
    item = (
        ShiftCloseItem.objects.select_related("close__shift").select_for_update(of=("self",)).get(pk=item.pk)
    )
    _check_team(item.close.shift, by)
    if item.is_late_arrival:
        raise NoExcuseNeeded(_("A late arrival belongs to the next shift and needs no excuse."))
    if not reason.strip():
        raise ReasonMissing(_("Say why it could not be done."))
    if item.excuses.filter(refused_by=None).exists():
        raise ExcusedAlready(_("It has an excuse already."))
    return Excuse.objects.create(item=item, reason=reason.strip()[:300], asked_by=by, asked_at=at)


@transaction.atomic
def approve_excuse(*, excuse: Excuse, by: Agent, at: datetime) -> Excuse:
    """The item is no longer held against the shift. Raises NotByOneself, NotYours or DecidedAlready."""
    found = _undecided(excuse, by)
    if by.pk in (found.asked_by_id, found.item.owner_id):
        raise NotByOneself(_("An excuse is approved by somebody else than who asked, or who had the case."))
    found.approved_by, found.approved_at = by, at
    found.save(update_fields=["approved_by", "approved_at"])
    return found


@transaction.atomic
def refuse_excuse(*, excuse: Excuse, by: Agent, at: datetime) -> Excuse:
    """The item stays held against the shift; another reason may be given. Raises NotYours or DecidedAlready."""
    found = _undecided(excuse, by)
    found.refused_by, found.refused_at = by, at
    found.save(update_fields=["refused_by", "refused_at"])
    return found


@transaction.atomic
def hand_over(
    *,
    close: ShiftClose,
    note: str,
    by: Agent,
    at: datetime,
    items: Collection[ShiftCloseItem] | None = None,
    to_shift: Shift | None = None,
    to_agent: Agent | None = None,
) -> list[HandOver]:
    """These items, or all that were not handed over yet, have an owner on the next shift, who reads the note: who had
    them if they stay, else `to_agent`, else whoever has fewest. The tickets change hands with them.

    Raises NoteMissing, NobodyThere, NotYours or HandedOverAlready.
    """
    if not note.strip():
        raise NoteMissing(_("Write what the next shift should know."))
    close = ShiftClose.objects.select_related("shift").select_for_update(of=("self",)).get(pk=close.pk)
    _check_team(close.shift, by)
    taking, crew = _takers(close.shift, to_shift, to_agent)
    left = close.items.filter(hand_over=None).select_related("partner").oldest_first()
    if items is not None:
        left = left.filter(pk__in=[item.pk for item in items])
        if len(left) != len(items):
            raise HandedOverAlready(_("Some of it was handed over already."))
    owners = _owners(left, [to_agent] if to_agent else crew)
    handed = [
        HandOver.objects.create(
            item=item, to_shift=taking, to_agent=owners[item.pk], note=note.strip()[:1000], by=by, at=at
        )
        for item in left
    ]
    _give_tickets(handed, by, at)
    return handed


def _undecided(excuse: Excuse, by: Agent) -> Excuse:
    found = Excuse.objects.select_related("item").select_for_update(of=("self",)).get(pk=excuse.pk)
    if not found.is_open:
        raise DecidedAlready(_("It has been decided already."))
    if not by.is_lead:
        raise NotYours(_("Only a team lead decides on excuses."))
    return found


def _check_team(shift: Shift, by: Agent) -> None:
    if by.team_id != shift.team_id and not by.is_lead:
        raise NotYours(_("That shift is another team's."))


def _takers(shift: Shift, to_shift: Shift | None, to_agent: Agent | None) -> tuple[Shift, list[Agent]]:
    taking = to_shift or rota.next_after(shift)
    if taking is None or taking.team_id != shift.team_id or taking.ends_at <= shift.ends_at:
        raise NobodyThere(_("There is no later shift to hand it to. Plan one first."))
    crew = list(taking.agents.filter(is_active=True).select_related("user").order_by("pk"))
    if not crew:
        raise NobodyThere(_("Nobody is on the next shift. Put somebody on it first."))
    if to_agent is not None and to_agent not in crew:
        raise NobodyThere(_("%(agent)s is not on the next shift.") % {"agent": to_agent})
    return taking, crew


def _owners(items: Iterable[ShiftCloseItem], crew: Collection[Agent]) -> dict[uuid.UUID, Agent]:
    """By item: who had it, if they are there; else whoever has fewest of those who work for its partner."""
    loads = dict.fromkeys(crew, 0)
    owners = {}
    for item in items:
        able = [agent for agent in crew if people.may_work_for(agent, item.partner_id)]
        if not able:
            raise NobodyThere(
                _("Nobody on the next shift works for %(partner)s.") % {"partner": item.partner}
            )
        stays = [agent for agent in able if agent.pk == item.owner_id]
        owner = stays[0] if stays else min(able, key=lambda agent: (loads[agent], agent.pk))
        loads[owner] += 1
        owners[item.pk] = owner
    return owners


def _give_tickets(handed: Collection[HandOver], by: Agent, at: datetime) -> None:
    """What is not solved by now goes to its new owner; a ticket that owes several things goes with the oldest."""
    owners: dict[uuid.UUID, Agent] = {}
    for one in handed:
        owners.setdefault(one.item.ticket_id, one.to_agent)
    for ticket in Ticket.objects.unsolved().filter(pk__in=owners).order_by("pk"):
        if ticket.assignee_id != owners[ticket.pk].pk:
            desk.assign(ticket=ticket, agent=owners[ticket.pk], by=by, at=at)
