"""Nothing waits in silence: ice melts, questions are reminded of and put away, and shoppers hear how it stands."""

import logging
import uuid
from datetime import datetime, timedelta

from django.db import transaction

from support.claims import deciding, following, hooks, moves, news, telling
from support.claims.models import Claim, ClaimStep, InquiryWord, Status, policy_of
from support.claims.states import ACCEPTED
from support.claims.timing import TOLD_REGULARLY
from support.desk import services as desk
from support.desk.models import Message, Ticket
from transactions.models import TransactionEvent

logger = logging.getLogger(__name__)

MOST_REMINDERS = 2
# What failed, and what a person has been asked for, is looked at again after so long.
_AFTER_A_FAULT = timedelta(hours=1)
_ASKED_AGAIN = timedelta(days=1)


def wake_due(*, at: datetime, limit: int = 500) -> int:
    """Claims whose time has come are dealt with, each in its own transaction; how many. Two sweepers share the work,
    and a claim that fails is logged and tried again later, behind the others."""
    due = Claim.objects.filter(wake_at__lte=at).order_by("wake_at", "pk").values_list("pk", flat=True)
    woken = 0
    for claim_id in list(due[:limit]):
        try:
            woken += _wake(claim_id, at=at)
        except Exception:
            logger.exception("Claim %s could not be woken.", claim_id)
            Claim.objects.filter(pk=claim_id, wake_at__lte=at).update(wake_at=at + _AFTER_A_FAULT)
    return woken


@transaction.atomic
def _wake(claim_id: uuid.UUID, *, at: datetime) -> bool:
    free = Ticket.objects.select_for_update(of=("self",), skip_locked=True).filter(claim=claim_id)
    if not free.exists():
        return False
    claim = moves.lock(claim_id)
    if claim.wake_at is None or claim.wake_at > at:
        return False
    if claim.status == Status.ON_ICE:
        deciding.retriage(claim=claim, because="ice_melted", at=at)
    elif claim.status == Status.NEED_INFO:
        _remind(claim, at=at)
    elif claim.status == Status.ANSWERED_AUTO:
        _end_answer(claim, at=at)
    elif claim.status in TOLD_REGULARLY:
        hooks.catch_up(claim, at=at)
        _keep_told(claim, at=at)
    else:
        hooks.catch_up(claim, at=at)
    _come_back_later(claim, at=at)
    return True


def _remind(claim: Claim, *, at: datetime) -> None:
    until = claim.next_update_due
    assert until is not None  # noqa: S101 - whoever waits is told until when
    if at >= until:
        moves.move(claim=claim, to=Status.LAPSED, reason="no_answer_from_shopper", at=at)
        days = policy_of(claim.partner_id).contest_days
        telling.tell(claim, news.lapsed(claim, until=at + timedelta(days=days)), at=at)
        return
    if claim.reminders < MOST_REMINDERS:
        claim.reminders += 1
        is_last = claim.reminders == MOST_REMINDERS
        telling.tell(claim, news.reminder(claim, until=until, is_last=is_last), at=at)
    left = MOST_REMINDERS - claim.reminders
    claim.wake_at = at + (until - at) / 2 if left else until
    claim.save(update_fields=["reminders", "wake_at"])


def _end_answer(claim: Claim, *, at: datetime) -> None:
    """The shop's day has passed: the answer is looked at anew. An answer that nobody contested ends as accepted."""
    if claim.reason_code == "already_pending":
        deciding.retriage(claim=claim, because="decision_due", at=at)
    elif claim.reason_code != "already_confirmed":
        moves.move(claim=claim, to=Status.LAPSED, reason=ACCEPTED, at=at)


def _keep_told(claim: Claim, *, at: datetime) -> None:
    """A word by the service where something has moved since the last one; else a person writes, for "still waiting" is
    no news."""
    if claim.status not in TOLD_REGULARLY or claim.next_update_due is None or claim.next_update_due > at:
        return
    if _has_moved(claim):
        due = at + timedelta(days=policy_of(claim.partner_id).update_days)
        telling.tell(claim, news.how_it_stands(claim, by=due), at=at)
        moves.note_due(claim, due=due, at=at)
    elif not following.is_owed(claim.ticket):
        desk.ask_person(ticket=claim.ticket, why="update_due", at=at)


def _has_moved(claim: Claim) -> bool:
    last = (
        Message.objects.filter(ticket=claim.ticket_id)
        .public()
        .exclude(author="shopper")
        .order_by("-pk")
        .first()
    )
    since = last.created_at if last else claim.created_at
    return (
        ClaimStep.objects.filter(claim=claim, at__gt=since).exists()
        or InquiryWord.objects.filter(inquiry__claim=claim, at__gt=since).exists()
        or TransactionEvent.objects.filter(transaction=claim.transaction_id, recorded_at__gt=since).exists()
    )


def _come_back_later(claim: Claim, *, at: datetime) -> None:
    """Whatever was done: a claim is not due twice for the same thing."""
    stale = Claim.objects.filter(pk=claim.pk, wake_at__lte=at)
    waits = claim.status in (*TOLD_REGULARLY, Status.ANSWERED_AUTO, Status.ON_ICE, Status.NEED_INFO)
    stale.update(wake_at=at + _ASKED_AGAIN if waits else None)
