"""Which clocks run while a claim stands where it stands. Those of the conversation itself are the desk's."""

from datetime import datetime, timedelta

from support.claims.models import Claim, Status
from support.claims.states import WITH_THE_NETWORK
from support.clocks import services as clocks
from support.clocks.models import Metric
from support.clocks.policies import CaseFacts
from support.desk.models import Ticket

# While nobody owes the shopper an answer, they still hear from us.
_UPDATED = (*WITH_THE_NETWORK, Status.ON_ICE, Status.GOODWILL_PENDING)
_ANSWERED_BY_NETWORK = (Status.APPROVED_NET, Status.DECLINED_NET, Status.CREDITED)
_AT_THE_NETWORK = (Status.WAITING_NETWORK, Status.NO_ANSWER, Status.APPEALED)
# When nothing is promised about a person's answer: it still comes within a day.
_A_PERSON_ANSWERS_WITHIN = timedelta(days=1)


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


def follow(claim: Claim, *, was: str, at: datetime) -> None:
    """The clocks run as the status asks that the claim has just come to."""
    ticket, now = claim.ticket, claim.status
    facts, subject = facts_of(ticket), ticket.pk
    if now == Status.TRIAGING:
        clocks.start(ticket_facts=facts, metric=Metric.TRIAGE, at=at)
    elif was == Status.TRIAGING:
        clocks.meet(subject_id=subject, metrics=[Metric.TRIAGE], at=at)
    if now == Status.LODGED:
        clocks.start(ticket_facts=facts, metric=Metric.LODGE, at=at)
    elif was == Status.LODGED:
        _end(subject, Metric.LODGE, is_met=now in (Status.WAITING_NETWORK, *_ANSWERED_BY_NETWORK), at=at)
    if now in (Status.WAITING_NETWORK, Status.APPEALED):
        clocks.start(ticket_facts=facts, metric=Metric.NETWORK, at=at)
    elif was in _AT_THE_NETWORK and now not in _AT_THE_NETWORK:
        _end(subject, Metric.NETWORK, is_met=now in _ANSWERED_BY_NETWORK, at=at)
    if now in _UPDATED:
        clocks.start(ticket_facts=facts, metric=Metric.CUSTOMER_UPDATE, at=at)
    elif was in _UPDATED:
        clocks.stop(subject_id=subject, reason=now, at=at, metrics=[Metric.CUSTOMER_UPDATE])


def updated(claim: Claim, *, at: datetime) -> None:
    """The shopper has just heard from us: the next word is due anew, if the claim still waits."""
    clocks.meet(subject_id=claim.ticket_id, metrics=[Metric.CUSTOMER_UPDATE], at=at)
    if claim.status in _UPDATED:
        clocks.start(ticket_facts=facts_of(claim.ticket), metric=Metric.CUSTOMER_UPDATE, at=at)


def person_answers_by(claim: Claim, *, at: datetime) -> datetime:
    """What may be promised of a person: the earliest time that is running, and at the least a day from now."""
    due = clocks.next_due(subject_id=claim.ticket_id)
    return max(due, at) if due else at + _A_PERSON_ANSWERS_WITHIN


def _end(subject: object, metric: Metric, *, is_met: bool, at: datetime) -> None:
    if is_met:
        clocks.meet(subject_id=subject, metrics=[metric], at=at)
    else:
        clocks.stop(subject_id=subject, reason="moved_on", at=at, metrics=[metric])
