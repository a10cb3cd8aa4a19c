"""Which clocks run while a claim stands where it stands. Those of the conversation itself are the desk's."""

import uuid
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from support.claims.models import Claim, Status
from support.claims.states import WITH_THE_NETWORK
from support.clocks import services as clocks
from support.clocks.models import Metric
from support.desk import rows
from support.desk.models import Ticket

# While nobody owes the shopper an answer, they still hear from us.
# (On ice they know the day.)
TOLD_REGULARLY = (*WITH_THE_NETWORK, Status.GOODWILL_PENDING)
_ANSWERED_BY_NETWORK = (Status.APPROVED_NET, Status.DECLINED_NET, Status.CREDITED)
_AT_THE_NETWORK = (Status.WAITING_NETWORK, Status.NO_ANSWER, Status.APPEALED)
# When nothing is promised about a person's answer: it still comes within a day.
_A_PERSON_ANSWERS_WITHIN = timedelta(days=1)


def follow(claim: Claim, *, was: str, at: datetime) -> None:
    """The clocks run as the status asks that the claim has just come to."""
    ticket, now = claim.ticket, claim.status
    facts, subject = rows.facts_of(ticket), ticket.pk
    if now == Status.TRIAGING:
        clocks.start(ticket_facts=facts, metric=Metric.TRIAGE, at=at)
    elif was == Status.TRIAGING:
        clocks.meet(subject_id=subject, metrics=[Metric.TRIAGE], at=at)
    if now == Status.LODGED:
        clocks.start(ticket_facts=facts, metric=Metric.LODGE, at=at)
    elif was == Status.LODGED:
        _end(subject, Metric.LODGE, is_met=now in (Status.WAITING_NETWORK, *_ANSWERED_BY_NETWORK), at=at)
    if now in (Status.WAITING_NETWORK, Status.APPEALED):
        clocks.start(ticket_facts=facts, metric=Metric.NETWORK, at=at, at_most=_answered_within(claim, at=at))
    elif was in _AT_THE_NETWORK and now not in _AT_THE_NETWORK:
        _end(subject, Metric.NETWORK, is_met=now in _ANSWERED_BY_NETWORK, at=at)
    if now in TOLD_REGULARLY:
        clocks.start(ticket_facts=facts, metric=Metric.CUSTOMER_UPDATE, at=at)
    elif was in TOLD_REGULARLY:
        clocks.stop(subject_id=subject, reason=now, at=at, metrics=[Metric.CUSTOMER_UPDATE])
    _note_due(ticket)


def updated(claim: Claim, *, at: datetime) -> None:
    """The shopper has just heard from us: the next word is due anew, if the claim still waits."""
    clocks.meet(subject_id=claim.ticket_id, metrics=[Metric.CUSTOMER_UPDATE], at=at)
    if claim.status in TOLD_REGULARLY:
        clocks.start(ticket_facts=rows.facts_of(claim.ticket), metric=Metric.CUSTOMER_UPDATE, at=at)
    _note_due(claim.ticket)


def person_answers_by(claim: Claim, *, at: datetime) -> datetime:
    """What may be promised of a person: the end of the day, in the storefront's zone, on which their time runs out."""
    due = clocks.next_due(subject_id=claim.ticket_id) or at + _A_PERSON_ANSWERS_WITHIN
    local = max(due, at).astimezone(ZoneInfo(claim.storefront.time_zone))
    tomorrow = datetime.combine(local.date() + timedelta(days=1), time(), local.tzinfo)
    return tomorrow.astimezone(at.tzinfo) - timedelta(seconds=1)


def _answered_within(claim: Claim, *, at: datetime) -> int | None:
    """Seconds in which the network has mostly answered about this shop; None before it was asked."""
    asked = claim.inquiries.filter(deadline_at__gt=at).order_by("-pk")
    deadline = asked.values_list("deadline_at", flat=True).first()
    return int((deadline - at).total_seconds()) if deadline else None


def _note_due(ticket: Ticket) -> None:
    """The queue's order follows the clocks."""
    ticket.next_due_at = clocks.next_due(subject_id=ticket.pk)
    Ticket.objects.filter(pk=ticket.pk).update(next_due_at=ticket.next_due_at)


def _end(subject: uuid.UUID, metric: Metric, *, is_met: bool, at: datetime) -> None:
    if is_met:
        clocks.meet(subject_id=subject, metrics=[metric], at=at)
    else:
        clocks.stop(subject_id=subject, reason="moved_on", at=at, metrics=[metric])
