"""Networks are listened to until they have answered; what stays out is chased twice, and then decided without them."""

import logging
import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db import OperationalError, transaction
from django.db.models import Min, QuerySet

from cashback.lib.errors import DomainError
from cashback.lib.http import Refused, Unavailable
from offers.networks import services as networks
from offers.networks.base import InquiryKind, InquiryWord, Network, Unreadable
from offers.networks.models import NetworkAccount
from support.claims import answers
from support.claims.lodging import crediting, deadlines, words
from support.claims.models import InquiryStatus, NetworkInquiry, Transport

logger = logging.getLogger(__name__)

# A network's day may have begun before ours.
_OVERLAP = timedelta(days=1)
# A "no", and a silence that we did not wait for any longer, may turn into a yes this long.
_LATE = timedelta(days=90)
# Of one poll, so that it ends; the next goes on.
_MOST_CHASED = 200


def poll(*, account_id: uuid.UUID, at: datetime) -> int:
    """Every answer that the account's network has given by now is taken in, what was granted is booked, and what is
    overdue is chased; the number of answers. What the network cannot tell now waits for the next poll."""
    account = NetworkAccount.objects.working().filter(pk=account_id).first()
    if account is None:
        return 0
    heard = 0
    try:
        for kind, asked in _asked_by_api(account, at=at):
            heard += _listen(networks.connect(account=account), kind, asked, account=account, at=at)
        _book_granted(account, at=at)
    except (Unavailable, Refused, DomainError) as error:
        # A refusal says nothing against the account's sales, so it goes on being polled.
        logger.warning("The answers of %s could not be heard: %s", account, error)
    _chase(account, at=at)
    return heard


def _asked_by_api(account: NetworkAccount, *, at: datetime) -> Iterator[tuple[InquiryKind, QuerySet]]:
    """By kind, what the network may still say something new about."""
    ours = NetworkInquiry.objects.filter(account=account, transport=Transport.API, submitted_at__isnull=False)
    waiting = ours.filter(status=InquiryStatus.SUBMITTED)
    late = ours.filter(
        status__in=[InquiryStatus.REJECTED, InquiryStatus.NO_ANSWER, InquiryStatus.CREDITED],
        submitted_at__gt=at - _LATE,
    )
    for kind in InquiryKind:
        asked = (waiting | late).filter(kind=kind)
        if asked.exists():
            yield kind, asked


def _listen(
    network: Network, kind: InquiryKind, asked: QuerySet, *, account: NetworkAccount, at: datetime
) -> int:
    since = asked.aggregate(oldest=Min("submitted_at"))["oldest"] - _OVERLAP
    by_reference = {inquiry.reference: inquiry for inquiry in asked}
    by_id = {inquiry.external_id: inquiry for inquiry in by_reference.values() if inquiry.external_id}
    heard = 0
    for word in network.list_inquiries(kind=kind, since=since):
        if isinstance(word, Unreadable):
            networks.park_row(account=account, error=word, at=at)
            continue
        inquiry = by_reference.get(word.reference) or by_id.get(word.external_id)
        if inquiry is not None:
            heard += words.hear(inquiry, word, at=at)
    return heard


def _book_granted(account: NetworkAccount, *, at: datetime) -> None:
    """What is granted and not booked yet. One that a person has is booked too, once what was wrong is mended."""
    granted = NetworkInquiry.objects.filter(
        account=account, transport=Transport.API, status=InquiryStatus.ACCEPTED
    )
    for inquiry in granted.select_related("account", "claim__storefront").order_by("answered_at", "pk"):
        try:
            crediting.credit(inquiry, at=at)
        except (
            Unreadable,
            OperationalError,
        ) as error:  # their words are new to us; or a deadlock, which heals
            logger.warning("Inquiry %s is granted and not booked yet: %s", inquiry, error)


def _chase(account: NetworkAccount, *, at: datetime) -> None:
    overdue = NetworkInquiry.objects.filter(
        account=account, status=InquiryStatus.SUBMITTED, deadline_at__lte=at
    )
    for inquiry in overdue.select_related("account").order_by("deadline_at", "pk")[:_MOST_CHASED]:
        word = _asked_once_more(inquiry) if inquiry.transport == Transport.API else None
        if word is None or not words.hear(inquiry, word, at=at):
            _remind(inquiry, at=at)


def _asked_once_more(inquiry: NetworkInquiry) -> InquiryWord | None:
    """By its own reference: a list may have left it out."""
    try:
        network = networks.connect(account=inquiry.account)
        return network.find_inquiry(kind=InquiryKind(inquiry.kind), reference=inquiry.reference)
    except (Unavailable, Refused, Unreadable, DomainError) as error:
        logger.info("Inquiry %s could not be looked at: %s", inquiry, error)
        return None


@transaction.atomic
def _remind(inquiry: NetworkInquiry, *, at: datetime) -> None:
    """The network has been silent too long: it is given some more time, twice; after that we wait for it no more,
    though we still listen."""
    locked = words.lock(inquiry)
    if locked.status != InquiryStatus.SUBMITTED or locked.deadline_at is None or locked.deadline_at > at:
        return
    if locked.chased < deadlines.MOST_CHASED:
        locked.chased += 1
        locked.deadline_at = at + deadlines.AGAIN
    else:
        locked.status = InquiryStatus.NO_ANSWER
    locked.save(update_fields=["status", "chased", "deadline_at"])
    answers.network_silent(inquiry=locked, at=at)
