"""The network has answered an inquiry, or has not: the claim follows, and its shopper is told.

An inquiry for our own account is about a claim that is settled; then nobody has to be told.
"""

from datetime import datetime

from django.db import transaction

from support.claims import deciding, hooks, moves, news, telling
from support.claims.models import CLOSED, Claim, InquiryStatus, NetworkInquiry, Status
from support.claims.states import WITH_THE_NETWORK, is_legal
from support.desk import services as desk
from transactions.models import Transaction


@transaction.atomic
def network_accepted(*, inquiry: NetworkInquiry, at: datetime) -> None:
    """The network agrees. The money is booked by whoever brought the answer; until then the claim says “agreed”."""
    claim = moves.lock(inquiry.claim_id)
    if claim.status in CLOSED:
        _passed_on(inquiry, at=at)
    elif claim.status in (*WITH_THE_NETWORK, Status.IN_REVIEW, Status.DECLINED_NET):
        if claim.status != Status.APPROVED_NET:
            moves.move(claim=claim, to=Status.APPROVED_NET, reason="network_agreed", at=at)
        telling.tell(claim, news.network_agreed(claim, by=_due(claim)), at=at)
        _passed_on(inquiry, at=at)
    else:
        desk.ask_person(ticket=claim.ticket, why="network_agreed", at=at)


@transaction.atomic
def network_rejected(*, inquiry: NetworkInquiry, reason: str, at: datetime) -> None:
    """The network says no. A person decides what we do about it; the shopper knows both."""
    claim = moves.lock(inquiry.claim_id)
    if claim.status in CLOSED:
        _passed_on(inquiry, at=at)
    elif is_legal(claim.status, Status.DECLINED_NET):
        moves.move(claim=claim, to=Status.DECLINED_NET, reason="network_refused", at=at)
        telling.tell(claim, news.network_refused(claim, reason, by=_due(claim)), at=at)
        _passed_on(inquiry, at=at)
    else:
        # A person has the claim already, and tells the shopper.
        desk.ask_person(ticket=claim.ticket, why="network_refused", at=at)


@transaction.atomic
def network_silent(*, inquiry: NetworkInquiry, at: datetime) -> None:
    """The network has not answered in time. It was reminded, and the claim waits on; after the last reminder we wait no
    more: the claim is made good, by policy or by a person."""
    claim = moves.lock(inquiry.claim_id)
    if claim.status not in (Status.WAITING_NETWORK, Status.NO_ANSWER):
        return
    if claim.status == Status.WAITING_NETWORK:
        moves.move(claim=claim, to=Status.NO_ANSWER, reason="network_silent", at=at)
    if inquiry.status != InquiryStatus.NO_ANSWER:
        moves.move(claim=claim, to=Status.WAITING_NETWORK, reason="network_reminded", at=at)
        telling.tell(claim, news.network_reminded(claim, by=_due(claim)), at=at)
        return
    if deciding.pay_first(claim, reason="network_silent", at=at):
        return
    moves.move(claim=claim, to=Status.IN_REVIEW, reason="network_silent", at=at)
    telling.tell(claim, news.network_silent(claim, by=_due(claim)), at=at)


@transaction.atomic
def found_ours(*, inquiry: NetworkInquiry, transaction: Transaction | None, at: datetime) -> None:
    """Asked before lodging, the network says that it counts the order for us. With its purchase the claim follows that;
    without one a person looks."""
    claim = moves.lock(inquiry.claim_id)
    if claim.status in CLOSED:
        hooks.catch_up(claim, at=at)
    elif transaction is not None and hooks.catch_up(claim, at=at):
        pass
    elif is_legal(claim.status, Status.IN_REVIEW):
        moves.move(claim=claim, to=Status.IN_REVIEW, reason="network_has_it", at=at)
        telling.tell(claim, news.network_has_it(claim, by=_due(claim)), at=at)
    _passed_on(inquiry, at=at)


def _due(claim: Claim) -> datetime:
    assert claim.next_update_due is not None  # noqa: S101 - whoever waits is told until when
    return claim.next_update_due


def _passed_on(inquiry: NetworkInquiry, *, at: datetime) -> None:
    if inquiry.passed_on_at is None:
        inquiry.passed_on_at = at
        NetworkInquiry.objects.filter(pk=inquiry.pk).update(passed_on_at=at)
