"""The one way in which a claim gets from one status to another."""

import uuid
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from cashback.lib.errors import DomainError
from partners.services import emit
from support.claims import following, timing
from support.claims.models import CLOSED, WAITING, Claim, ClaimStep, Status, policy_of
from support.claims.outward import payload
from support.claims.states import WITH_A_PERSON, is_legal, reopens
from support.desk.models import Agent, Ticket

# What a move changes of the caller's claim.
_MOVED = (
    "status",
    "reason_code",
    "cycle",
    "next_update_due",
    "wake_at",
    "reminders",
    "updated_at",
    "closed_at",
)


class ClaimMoved(DomainError):
    """The claim is no longer where the caller saw it; nothing was changed."""

    code = "claim_moved"


class IllegalMove(DomainError):
    """There is no such road; nothing was changed."""

    code = "illegal_move"


class OrderIsOpen(DomainError):
    """Another claim of the shopper's for the same order is open; `claim` is that one."""

    code = "claimed_already"

    def __init__(self, message: str, *, claim: Claim | None) -> None:
        super().__init__(message)
        self.claim = claim


def lock(claim_id: uuid.UUID, *, nowait: bool = False) -> Claim:
    """The claim under its lock, with all that its outward form names. The conversation is locked first, everywhere: a
    word of the shopper's comes by way of it. With `nowait` a claim that another holds raises OperationalError."""
    ticket_id = Claim.objects.values_list("ticket_id", flat=True).get(pk=claim_id)
    tickets = Ticket.objects.select_for_update(of=("self",), nowait=nowait)
    ticket = tickets.select_related("team").get(pk=ticket_id)
    named = ("storefront", "shopper", "merchant", "partner")
    claims = Claim.objects.select_for_update(of=("self",), nowait=nowait)
    claim = claims.select_related(*named).get(pk=claim_id)
    claim.ticket = ticket
    return claim


@transaction.atomic
def move(
    *,
    claim: Claim,
    to: Status,
    reason: str,
    agent: Agent | None = None,
    at: datetime,
    next_update_due: datetime | None = None,
    wake_at: datetime | None = None,
) -> Claim:
    """The claim stands at `to`, with its step, its event, its clocks and its conversation following; the caller's own
    object says so too, and is returned. A closed claim that opens begins a new cycle.

    While it waits for somebody it says by when the shopper hears next: `next_update_due`, or what policy promises.
    Raises ClaimMoved, IllegalMove, OrderIsOpen."""
    locked = lock(claim.pk)
    was = locked.status
    if was != claim.status:
        raise ClaimMoved(_("This claim has moved on meanwhile. Look at it again."))
    check(locked, to=to)
    locked.status, locked.reason_code, locked.updated_at = to, reason[:40], at
    locked.closed_at = (locked.closed_at or at) if to in CLOSED else None
    if reopens(was, to):
        locked.cycle += 1
        locked.reminders = 0
    following.follow(locked, was=was, why=reason, agent=agent, at=at)
    locked.next_update_due = _due(locked, next_update_due, at=at)
    locked.wake_at = _wakes(locked, wake_at)
    _save(locked)
    record(locked, was=was, agent=agent, at=at)
    timing.follow(locked, was=was, at=at)
    for name in _MOVED:
        setattr(claim, name, getattr(locked, name))
    claim.ticket = locked.ticket
    return claim


def check(claim: Claim, *, to: Status) -> None:
    """Raises IllegalMove where there is no road from here."""
    if not is_legal(claim.status, to):
        raise IllegalMove(
            _("A claim that is “%(was)s” cannot become “%(to)s”.")
            % {"was": Status(claim.status).label, "to": Status(to).label}
        )


def record(claim: Claim, *, was: str, agent: Agent | None, at: datetime) -> None:
    """The step is written, and partners are told. What is looked at again for a moment only is no news for them."""
    ClaimStep.objects.create(
        partner_id=claim.partner_id,
        claim=claim,
        cycle=claim.cycle,
        from_status=was,
        to_status=claim.status,
        reason_code=claim.reason_code,
        agent=agent,
        at=at,
    )
    if was and claim.status == Status.TRIAGING:
        return
    happened = "closed" if claim.status in CLOSED else "updated" if was else "opened"
    emit(
        partner_id=claim.partner_id,
        type=f"claim.{happened}",
        subject_id=claim.pk,
        payload=payload(claim),
        at=at,
    )


def note_due(claim: Claim, *, due: datetime, wake_at: datetime | None = None, at: datetime) -> None:
    """The shopper hears next by `due`; the claim is looked at again then, or at `wake_at`."""
    claim.next_update_due, claim.wake_at, claim.updated_at = due, wake_at or due, at
    claim.save(update_fields=["next_update_due", "wake_at", "updated_at"])


def _due(claim: Claim, given: datetime | None, *, at: datetime) -> datetime | None:
    if claim.status in CLOSED:
        return None
    if given is not None or claim.status not in WAITING:
        return given
    if claim.status in WITH_A_PERSON:
        return timing.person_answers_by(claim, at=at)
    return at + timedelta(days=policy_of(claim.partner_id).update_days)


def _wakes(claim: Claim, given: datetime | None) -> datetime | None:
    """A person's claim is watched by their clocks; every other that waits comes back by itself."""
    if claim.status in CLOSED or (claim.status in WITH_A_PERSON and given is None):
        return None
    return given or claim.next_update_due


def _save(locked: Claim) -> None:
    try:
        with transaction.atomic():
            locked.save(update_fields=_MOVED)
    except IntegrityError as error:
        if "claim_of_an_order_is_open_once" not in str(error):
            raise
        other = open_claim_of_order(locked)
        message = _("Another claim for this order is open already.")
        raise OrderIsOpen(message, claim=other) from error


def open_claim_of_order(claim: Claim) -> Claim | None:
    """The shopper's open claim for the same order, this one apart."""
    same = Claim.objects.open().filter(
        shopper=claim.shopper_id, merchant=claim.merchant_id, order_no_norm=claim.order_no_norm
    )
    return same.exclude(pk=claim.pk).exclude(order_no_norm="").first()
