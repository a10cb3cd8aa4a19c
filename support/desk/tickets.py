"""What can happen to a ticket beside words: whose it is, whose turn, how urgent, and when it is done."""

import uuid
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from cashback.lib import doorbell
from cashback.lib.errors import DomainError
from partners.models import Shopper, Storefront
from support.clocks import services as clocks
from support.clocks.models import Metric
from support.desk import listeners, people, rows
from support.desk.models import (
    Agent,
    Category,
    Channel,
    Priority,
    StoredFile,
    Team,
    Ticket,
    TicketEvent,
    TicketStatus,
)

_Kind = TicketEvent.Kind
_MOST_TAGS = 20


class DeskRefused(DomainError):
    """The ticket is not in a state for that, or it is beyond the agent's reach; nothing was changed."""


@transaction.atomic
def open_ticket(
    *,
    storefront: Storefront,
    shopper: Shopper | None,
    subject: str,
    text: str,
    channel: Channel,
    category: Category,
    language: str,
    at: datetime,
    requester_email: str = "",
    requester_name: str = "",
    files: Sequence[StoredFile] = (),
    needs_person: bool = True,
    opened_by: Agent | None = None,
    html: str = "",
    message_id: str = "",
    in_reply_to: str = "",
) -> Ticket:
    """A conversation has begun, with the shopper's first word where there is one; where a person is wanted, their
    clocks run and somebody is looked for."""
    ticket = Ticket.objects.create(
        partner_id=storefront.partner_id,
        storefront=storefront,
        shopper=shopper,
        requester_email=rows.storable(requester_email)[:254],
        requester_name=rows.storable(requester_name)[:120],
        subject=rows.storable(subject)[:200],
        channel=channel,
        category=category,
        language=(language or storefront.locale)[:8],
        team=people.default_team(),
        needs_person=needs_person,
        created_at=at,
        updated_at=at,
    )
    if text or html or files:
        letter = {"html": html, "message_id": message_id, "in_reply_to": in_reply_to}
        _first_word(ticket, text=text, files=files, at=at, **letter)
    return _begin(ticket, by=opened_by, at=at)


def _first_word(
    ticket: Ticket, *, text: str, files: Sequence[StoredFile], at: datetime, **letter: str
) -> None:
    from support.desk import talk

    talk.write_down(ticket, text=text, channel=ticket.channel, files=files, at=at, **letter)
    ticket.last_customer_at = at
    ticket.owed_since = at if ticket.needs_person else None


def _begin(ticket: Ticket, *, by: Agent | None, at: datetime) -> Ticket:
    ticket.refresh_from_db(fields=["number"])
    rows.note_event(ticket, _Kind.OPENED, at=at, agent=by, channel=ticket.channel, category=ticket.category)
    if ticket.needs_person:
        rows.start_clocks(ticket, at=at)
        doorbell.ring("support.tasks.keep_desk")
    else:
        clocks.start(ticket_facts=rows.facts_of(ticket), metric=Metric.RESOLVE_TOTAL, at=at)
    ticket.version = 0
    return rows.save(ticket, at=at)


@transaction.atomic
def ask_person(*, ticket: Ticket, why: str, at: datetime) -> None:
    """A person of ours is wanted; what the shopper has said and nobody answered is owed from now."""
    locked = rows.lock(ticket)
    _refuse_merged(locked)
    if locked.needs_person and locked.status in (TicketStatus.NEW, TicketStatus.OPEN):
        if locked.owed_since is None:
            locked.owed_since = at
            rows.start_clocks(locked, at=at)
            _expect_reply(locked, at=at)
            rows.save(locked, at=at, shown=ticket)
        return
    was = locked.status
    locked.needs_person = True
    if locked.is_solved:
        _reopen(locked, at=at)
    locked.owed_since = locked.owed_since or at
    locked.status = TicketStatus.OPEN if locked.assignee_id else TicketStatus.NEW
    locked.snoozed_until = None
    rows.start_clocks(locked, at=at)
    _expect_reply(locked, at=at)
    clocks.resume(subject_id=locked.pk, metrics=[Metric.RESOLVE_OWN], at=at)
    rows.note_event(locked, _Kind.STATUS, at=at, was=was, now=locked.status, why=why)
    rows.save(locked, at=at, shown=ticket)
    doorbell.ring("support.tasks.keep_desk")


def _expect_reply(locked: Ticket, *, at: datetime) -> None:
    if locked.last_agent_at is not None:
        clocks.start(ticket_facts=rows.facts_of(locked), metric=Metric.NEXT_REPLY, at=at)


@transaction.atomic
def set_status(*, ticket: Ticket, status: TicketStatus, agent: Agent | None, at: datetime) -> None:
    """It is this one's turn now. While it is not ours, our own clock stands still."""
    if status == TicketStatus.SOLVED:
        solve(ticket=ticket, agent=agent, at=at)
        return
    locked = rows.lock(ticket)
    if locked.status == status:
        return
    _refuse_merged(locked)
    if locked.is_solved:
        _reopen(locked, at=at)
    was, locked.status = locked.status, status
    metrics = [Metric.RESOLVE_OWN]
    if rows.waits_elsewhere(status):
        clocks.pause(subject_id=locked.pk, metrics=metrics, why=status, at=at)
    else:
        clocks.resume(subject_id=locked.pk, metrics=metrics, at=at)
    rows.note_event(locked, _Kind.STATUS, at=at, agent=agent, was=was, now=status)
    rows.save(locked, at=at, shown=ticket)


@transaction.atomic
def solve(*, ticket: Ticket, agent: Agent | None, at: datetime) -> None:
    """The cycle has ended: nothing is owed, no clock runs on, and a later question begins another cycle."""
    locked = rows.lock(ticket)
    if locked.is_solved:
        return
    _refuse_merged(locked)
    _end(locked, agent=agent, at=at)
    rows.save(locked, at=at, shown=ticket)
    listeners.solved(locked, locked.cycle, agent, at)


def _end(locked: Ticket, *, agent: Agent | None, at: datetime) -> None:
    replies = rows.public_replies(locked)
    locked.status, locked.solved_at = TicketStatus.SOLVED, at
    locked.owed_since = locked.snoozed_until = None
    clocks.meet(subject_id=locked.pk, metrics=rows.RESOLUTIONS, at=at)
    clocks.stop(subject_id=locked.pk, reason="resolved", at=at)
    rows.note_event(
        locked,
        _Kind.SOLVED,
        at=at,
        agent=agent,
        category=locked.category,
        replies=replies,
        seconds=int((at - locked.created_at).total_seconds()),
    )


@transaction.atomic
def reopen(*, ticket: Ticket, at: datetime) -> None:
    locked = rows.lock(ticket)
    if not locked.is_solved:
        return
    _refuse_merged(locked)
    _reopen(locked, at=at)
    rows.save(locked, at=at, shown=ticket)


def _reopen(locked: Ticket, *, at: datetime) -> None:
    """Another cycle; the clocks of the last one stay as they ended."""
    locked.cycle += 1
    locked.reopened_count += 1
    locked.status = TicketStatus.OPEN if locked.assignee_id else TicketStatus.NEW
    rows.note_event(
        locked,
        _Kind.REOPENED,
        at=at,
        agent=None,
        after_seconds=int((at - locked.solved_at).total_seconds()) if locked.solved_at else None,
    )
    locked.solved_at = None
    for metric in rows.RESOLUTIONS if locked.needs_person else (Metric.RESOLVE_TOTAL,):
        clocks.start(ticket_facts=rows.facts_of(locked), metric=metric, at=at)
    listeners.reopened(locked, at)


@transaction.atomic
def assign(*, ticket: Ticket, agent: Agent | None, by: Agent | None, at: datetime) -> None:
    """The ticket is the agent's, or nobody's. Raises DeskRefused for one who may not see it."""
    locked = rows.lock(ticket)
    if locked.assignee_id == (agent.pk if agent else None):
        return
    _refuse_merged(locked)
    if agent is not None and not (agent.is_active and people.may_work_for(agent, locked.partner_id)):
        raise DeskRefused(
            _("%(agent)s does not work for this partner.") % {"agent": agent}, code="out_of_reach"
        )
    _give(locked, agent, by=by, at=at)
    if agent is not None:
        Agent.objects.filter(pk=agent.pk).update(last_assigned_at=at)
    rows.save(locked, at=at, shown=ticket)


def _give(locked: Ticket, agent: Agent | None, *, by: Agent | None, at: datetime) -> None:
    was, locked.assignee = locked.assignee_id, agent
    if agent is not None and locked.status == TicketStatus.NEW:
        locked.status = TicketStatus.OPEN
    rows.note_event(
        locked,
        _Kind.ASSIGNED,
        at=at,
        agent=by,
        was=str(was) if was else None,
        to=str(agent.pk) if agent else None,
    )


@transaction.atomic
def change(
    *,
    ticket: Ticket,
    by: Agent | None,
    at: datetime,
    priority: Priority | None = None,
    category: Category | None = None,
    team: Team | None = None,
    tags: Collection[str] | None = None,
    subject: str | None = None,
) -> None:
    """What is given is as given; clocks follow a new priority, category or team."""
    locked = rows.lock(ticket)
    _refuse_merged(locked)
    wanted: dict[str, Any] = {"priority": priority, "category": category, "team": team}
    if subject is not None:
        wanted["subject"] = rows.storable(subject)[:200]
    if tags is not None:
        clean = (rows.storable(tag)[:40] for tag in tags)
        wanted["tags"] = sorted({tag for tag in clean if tag})[:_MOST_TAGS]
    changed = {
        name: [_told(name, getattr(locked, name)), _told(name, value)]
        for name, value in wanted.items()
        if value is not None and getattr(locked, name) != value
    }
    if not changed:
        return
    for name in changed:
        setattr(locked, name, wanted[name])
    if changed.keys() & {"priority", "category", "team"}:
        clocks.replan(ticket_facts=rows.facts_of(locked), at=at)
    rows.note_event(locked, _Kind.CHANGED, at=at, agent=by, **changed)
    if "team" in changed and locked.assignee is not None and locked.assignee.team_id != locked.team_id:
        # Another team's question is another team's to take.
        _give(locked, None, by=by, at=at)
        doorbell.ring("support.tasks.keep_desk")
    rows.save(locked, at=at, shown=ticket)


def _told(name: str, value: Any) -> str:
    """As an event keeps it for ever: never the subject, which holds a shopper's words."""
    return "" if name == "subject" else str(value)


@transaction.atomic
def snooze(*, ticket: Ticket, until: datetime, agent: Agent, at: datetime) -> None:
    """Out of the queue until then, or until the shopper writes. What is owed stays owed, and its clocks run on."""
    if until <= at:
        raise DeskRefused(_("Choose a time to come."), code="in_the_past")
    locked = rows.lock(ticket)
    _refuse_merged(locked)
    if locked.is_solved:
        raise DeskRefused(_("It is solved already."), code="solved")
    locked.snoozed_until = until
    rows.note_event(locked, _Kind.SNOOZED, at=at, agent=agent, until=until.isoformat())
    rows.save(locked, at=at, shown=ticket)


def wake_due(*, at: datetime, limit: int = 500) -> int:
    """Snoozed tickets whose time has come are back in the queue. Tells how many; two at once share the work."""
    with transaction.atomic():
        due = Ticket.objects.select_for_update(of=("self",), skip_locked=True, no_key=True)
        due = due.filter(snoozed_until__lte=at)
        found = list(due.select_related("team").order_by("snoozed_until", "pk")[:limit])
        for locked in found:
            locked.snoozed_until = None
            rows.note_event(locked, _Kind.WOKEN, at=at)
            rows.save(locked, at=at)
    return len(found)


@transaction.atomic
def merge(*, ticket: Ticket, into: Ticket, agent: Agent, at: datetime) -> None:
    """The ticket is told in the other one from now on: its messages are shown there, later words go there. Two of the
    same shopper at the same partner only; a ticket with a claim stays one, for a claim has its own conversation."""
    first, second = sorted((ticket.pk, into.pk))
    locked = {row.pk: row for row in (rows.lock(first), rows.lock(second))}
    source, target = locked[ticket.pk], locked[into.pk]
    _refuse_merged(source)
    _refuse_merged(target)
    if source.pk == target.pk:
        raise DeskRefused(_("A ticket cannot be merged into itself."), code="same_ticket")
    if source.partner_id != target.partner_id or not _same_requester(source, target):
        raise DeskRefused(
            _("These are two shoppers: nobody may read the other's words."), code="other_shopper"
        )
    if getattr(source, "claim", None) is not None:
        raise DeskRefused(
            _("A claim keeps its own conversation. Merge the other one into it."), code="has_claim"
        )
    owed, last = source.owed_since, source.last_customer_at
    _end(source, agent=agent, at=at)
    source.merged_into = target
    rows.note_event(source, _Kind.MERGED, at=at, agent=agent, into=target.public_number)
    rows.save(source, at=at, shown=ticket)
    Ticket.objects.filter(merged_into=source).update(merged_into=target)
    if owed is not None:
        if target.is_solved:
            _reopen(target, at=at)
        elif rows.waits_elsewhere(target.status):
            _our_turn(target, why="merged", at=at)
        target.snoozed_until = None
        target.owed_since = min(filter(None, (target.owed_since, owed)))
        target.last_customer_at = max(filter(None, (target.last_customer_at, last)))
        target.needs_person = True
        rows.start_clocks(target, at=at)
        _expect_reply(target, at=at)
    rows.note_event(target, _Kind.MERGED, at=at, agent=agent, of=source.public_number)
    rows.save(target, at=at, shown=into)


def _same_requester(one: Ticket, other: Ticket) -> bool:
    if one.shopper_id and other.shopper_id:
        return one.shopper_id == other.shopper_id
    # Somebody unknown may be a shopper whose address this is; only a confirmed one says so.
    known = one.shopper or other.shopper
    addresses = {one.requester_email.lower(), other.requester_email.lower()} - {""}
    if known is None:
        return len(addresses) == 1 and bool(one.requester_email and other.requester_email)
    return known.email_confirmed_at is not None and bool(addresses == {known.email.lower()})


def _refuse_merged(locked: Ticket) -> None:
    if locked.merged_into_id is not None:
        raise DeskRefused(_("This ticket was merged into another one."), code="merged")


def _our_turn(locked: Ticket, *, why: str, at: datetime) -> None:
    """It waits for nobody else any more."""
    was, locked.status = locked.status, TicketStatus.OPEN if locked.assignee_id else TicketStatus.NEW
    rows.note_event(locked, _Kind.STATUS, at=at, was=was, now=locked.status, why=why)
    clocks.resume(subject_id=locked.pk, metrics=[Metric.RESOLVE_OWN], at=at)


def lock_target(ticket_id: uuid.UUID) -> Ticket:
    """The ticket that the words go to, under its lock: the one that this was merged into, or itself."""
    into = Ticket.objects.filter(pk=ticket_id).values_list("merged_into_id", flat=True).get()
    locked = rows.lock(into or ticket_id)
    while locked.merged_into_id is not None:
        # It was merged while we waited for it.
        locked = rows.lock(locked.merged_into_id)
    return locked
