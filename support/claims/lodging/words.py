"""What a network says of an inquiry, taken in: the row's status, the word as it came, and the claim that follows."""

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from offers.networks.base import InquiryState, InquiryWord
from offers.networks.registry import network_class
from support.claims import answers, moves
from support.claims import models as claims
from support.claims.lodging import deadlines
from support.claims.models import Claim, InquiryStatus, NetworkInquiry, Status
from transactions.recording.words import plain

logger = logging.getLogger(__name__)

# The shopper hears at least this often (§1.6).
_WORD_EVERY = timedelta(days=14)
_TO_BE_SENT = (Status.LODGED, Status.APPEALED)
_GRANTED = (InquiryStatus.ACCEPTED, InquiryStatus.CREDITED)


def keep(inquiry: NetworkInquiry, *, raw: Mapping[str, Any], at: datetime) -> None:
    """The word as it came, beside the status that it left."""
    claims.InquiryWord.objects.create(
        partner_id=inquiry.partner_id,
        inquiry=inquiry,
        status=inquiry.status,
        raw=plain(dict(raw)),
        at=at,
    )


def lock(inquiry: NetworkInquiry) -> NetworkInquiry:
    """The inquiry under its lock. The claim's comes first, everywhere."""
    moves.lock(inquiry.claim_id)
    named = ("claim__storefront", "account", "merchant")
    return NetworkInquiry.objects.select_for_update(of=("self",)).select_related(*named).get(pk=inquiry.pk)


@transaction.atomic
def submitted(
    inquiry: NetworkInquiry, *, external_id: str = "", raw: Mapping[str, Any] | None = None, at: datetime
) -> NetworkInquiry:
    """The network has the question; the claim waits for it, and its shopper knows until when."""
    locked = lock(inquiry)
    rules = network_class(locked.account.network).capabilities.claims
    locked.status = InquiryStatus.SUBMITTED
    locked.external_id = external_id[:64]
    locked.submitted_at = at
    locked.deadline_at = deadlines.due(locked, rules=rules, at=at)
    locked.error = ""
    locked.save()
    keep(locked, raw=raw or {}, at=at)
    claim = locked.claim
    if claim.status in _TO_BE_SENT:
        due = min(locked.deadline_at, at + _WORD_EVERY)
        moves.move(claim=claim, to=Status.WAITING_NETWORK, reason="submitted", next_update_due=due, at=at)
    return locked


@transaction.atomic
def hear(inquiry: NetworkInquiry, word: InquiryWord, *, at: datetime) -> bool:
    """The network's decision is ours to pass on; false where there is none, or we knew it."""
    locked = lock(inquiry)
    if word.state is InquiryState.PROCESSING:
        return False
    if locked.status == InquiryStatus.CREDITED and word.state is InquiryState.REJECTED:
        _notice_change_of_mind(locked, word, at=at)
        return False
    if word.state is InquiryState.ACCEPTED:
        if locked.status in _GRANTED:
            return False
        locked.awarded_minor = word.award_minor
        _decide(locked, InquiryStatus.ACCEPTED, word, at=at)
        answers.network_accepted(inquiry=locked, at=at)
    else:
        if locked.status == InquiryStatus.REJECTED:
            return False
        _decide(locked, InquiryStatus.REJECTED, word, at=at)
        answers.network_rejected(inquiry=locked, reason=word.reason, at=at)
    return True


@transaction.atomic
def refused(inquiry: NetworkInquiry, *, why: str, at: datetime) -> None:
    """The network will not have it, so a person must look. What is for our own account is only shown to staff."""
    locked = lock(inquiry)
    locked.status, locked.error, locked.answered_at = InquiryStatus.REFUSED, why[:300], at
    locked.save(update_fields=["status", "error", "answered_at"])
    keep(locked, raw={"refused": why}, at=at)
    to_person(locked.claim, reason="network_refused", at=at)


def to_person(claim: Claim, *, reason: str, at: datetime) -> None:
    """A claim that hangs on the network hangs on a person of ours instead; one that is settled stays so."""
    hanging = (*_TO_BE_SENT, Status.WAITING_NETWORK, Status.NO_ANSWER, Status.APPROVED_NET)
    if claim.status in hanging:
        moves.move(claim=claim, to=Status.IN_REVIEW, reason=reason, at=at)


def _decide(locked: NetworkInquiry, status: InquiryStatus, word: InquiryWord, *, at: datetime) -> None:
    locked.status = status
    locked.reason = str(plain(word.reason))[:300]
    locked.answered_at = at
    locked.error = ""
    locked.external_id = locked.external_id or word.external_id[:64]
    locked.save()
    keep(locked, raw=word.raw, at=at)


def _notice_change_of_mind(locked: NetworkInquiry, word: InquiryWord, *, at: datetime) -> None:
    """What was granted and credited is not taken from the shopper; staff see it and talk to the network."""
    why = _("The network took back what it had granted.")
    if locked.error != why:
        logger.warning("Inquiry %s of %s was rejected after it was credited.", locked, locked.account)
        locked.error = why
        locked.save(update_fields=["error"])
        keep(locked, raw=word.raw, at=at)
