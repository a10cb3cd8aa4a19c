"""A question is brought to the network's API: once, whatever happens on the way.

Before it leaves, its row says “perhaps sent”. So a worker that dies, and a network that takes it and answers nothing,
look the same to the next worker, who first asks the network what it holds under our reference.
"""

import logging
import uuid
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from cashback.lib.errors import DomainError
from cashback.lib.http import Refused, Unavailable
from offers.networks import services as networks
from offers.networks.base import (
    InquiryKind,
    InquiryRequest,
    InquiryWord,
    Network,
    OrderCheck,
    OrderStanding,
    Sale,
    Unreadable,
)
from offers.networks.models import NetworkAccount
from support.claims import answers, deciding
from support.claims.lodging import crediting, receipts, words
from support.claims.models import InquiryStatus, NetworkInquiry, Transport
from transactions import services as purchases
from transactions.models import Transaction
from transactions.recording.words import plain

logger = logging.getLogger(__name__)

TO_SEND = (InquiryStatus.QUEUED, InquiryStatus.UNSURE)
# Longer than all that one worker asks can take, by the egress client's own deadlines.
LEASE = timedelta(minutes=15)
# A network that was slow to answer has written down by then what it was sent.
FIRST_WAIT = timedelta(minutes=2)
LONGEST_WAIT = timedelta(hours=4)
# About four days, by the waits above; then a person looks.
MOST_ATTEMPTS = 30


class NotReportedYet(Exception):
    """The network counts the order for us and does not show the sale (yet)."""


def work_on(*, inquiry_id: uuid.UUID, at: datetime) -> None:
    """The network has the question, or has refused it, or it waits for another attempt. A second worker with the same
    question, or one that comes too early, does nothing."""
    taken = _take(inquiry_id, at=at)
    if taken is None:
        return
    inquiry, lease = taken
    try:
        network = networks.connect(account=inquiry.account)
        word = _held(network, inquiry) if inquiry.status == InquiryStatus.UNSURE else None
        if word is None and _is_settled_by_check(network, inquiry, at=at):
            return
        word = word or _send(network, inquiry, lease=lease)
    except Refused as refusal:
        words.refused(inquiry, why=_told(refusal), at=at)
    except (Unavailable, Unreadable, NotReportedYet, DomainError) as error:
        _wait(inquiry, error=error, lease=lease, at=at)
    except Exception as error:
        _wait(inquiry, error=error, lease=lease, at=at)
        raise
    else:
        if word is not None:
            words.submitted(inquiry, external_id=word.external_id, raw=word.raw, at=at)
            words.hear(inquiry, word, at=at)


def hand_out(*, at: datetime, limit: int) -> list[uuid.UUID]:
    """Questions that wait to be sent and are due, of accounts that may be asked; the longest waiting first. Handing one
    out twice does no harm: whoever works on it takes it by compare-and-set."""
    due = NetworkInquiry.objects.filter(
        status__in=TO_SEND,
        transport=Transport.API,
        next_attempt_at__lte=at,
        account__in=NetworkAccount.objects.working(),
    )
    with transaction.atomic():
        found = due.order_by("next_attempt_at", "pk").select_for_update(skip_locked=True, of=("self",))
        return list(found.values_list("pk", flat=True)[:limit])


def _take(inquiry_id: uuid.UUID, *, at: datetime) -> tuple[NetworkInquiry, datetime] | None:
    lease = at + LEASE
    waiting = NetworkInquiry.objects.filter(
        pk=inquiry_id, status__in=TO_SEND, transport=Transport.API, next_attempt_at__lte=at
    )
    if not waiting.update(next_attempt_at=lease, attempts=F("attempts") + 1):
        return None
    named = ("claim__storefront", "claim__click", "account", "merchant")
    return NetworkInquiry.objects.select_related(*named).get(pk=inquiry_id), lease


def _held(network: Network, inquiry: NetworkInquiry) -> InquiryWord | None:
    return network.find_inquiry(kind=InquiryKind(inquiry.kind), reference=inquiry.reference)


def _send(network: Network, inquiry: NetworkInquiry, *, lease: datetime) -> InquiryWord | None:
    """None when the question is no longer this worker's to send."""
    request = _request(network, inquiry)
    mine = NetworkInquiry.objects.filter(pk=inquiry.pk, status__in=TO_SEND, next_attempt_at=lease)
    if not mine.update(status=InquiryStatus.UNSURE):
        return None
    ask = network.appeal if request.kind is InquiryKind.DECLINED else network.lodge
    try:
        return ask(request=request)
    except Refused:
        # Perhaps because an attempt of ours that nobody heard of again is there already.
        if word := _held(network, inquiry):
            return word
        raise


def _request(network: Network, inquiry: NetworkInquiry) -> InquiryRequest:
    asked = inquiry.asked
    return InquiryRequest(
        kind=InquiryKind(inquiry.kind),
        reference=inquiry.reference,
        offer_external_id=asked["offer_external_id"],
        order_id=inquiry.order_no,
        ordered_on=date.fromisoformat(asked["ordered_on"]),
        sale_minor=asked["sale_minor"],
        reward_minor=asked["reward_minor"],
        currency=asked["currency"],
        comment=asked["comment"],
        receipt=receipts.receipt_of(inquiry.claim, rules=network.capabilities.claims),
        sale_external_id=asked["sale_external_id"],
    )


def _is_settled_by_check(network: Network, inquiry: NetworkInquiry, *, at: datetime) -> bool:
    """What the network knows of the order before it is claimed may be the answer already."""
    if inquiry.kind != InquiryKind.UNTRACKED or not network.capabilities.checks_orders:
        return False
    (check,) = network.check_orders(
        offer_external_id=inquiry.asked["offer_external_id"], order_ids=[inquiry.order_no]
    )
    sales: Sequence[Sale] = []
    if check.standing is OrderStanding.OURS and check.sale_external_id:
        sales = crediting.read(network, check.sale_external_id)
        if not sales:
            raise NotReportedYet(_("The network counts the order for us and does not show the sale yet."))
    found = _recorded(inquiry, sales, at=at)
    return _take_check(inquiry, check, found, at=at)


def _recorded(inquiry: NetworkInquiry, sales: Sequence[Sale], *, at: datetime) -> Transaction | None:
    """The shopper's purchase, should the network have it; before the claim is locked, as everywhere."""
    try:
        with transaction.atomic():
            return crediting.take(inquiry.claim, sales, inquiry=inquiry, at=at)
    except purchases.UNRECORDABLE as refusal:
        logger.warning("Inquiry %s: the sale of its order cannot be recorded: %s", inquiry, refusal)
        return None


@transaction.atomic
def _take_check(
    inquiry: NetworkInquiry, check: OrderCheck, found: Transaction | None, *, at: datetime
) -> bool:
    locked = words.lock(inquiry)
    locked.asked = {**locked.asked, "precheck": str(check.standing)}
    inquiry.asked = locked.asked
    if check.standing is OrderStanding.UNKNOWN:
        locked.save(update_fields=["asked"])
        words.keep(locked, raw=check.raw, at=at)
        return False
    is_ours = check.standing is OrderStanding.OURS
    # Of an order that is ours there is nothing to ask; another's is the network's no.
    locked.status = InquiryStatus.WITHDRAWN if is_ours else InquiryStatus.REJECTED
    locked.reason, locked.answered_at, locked.error = str(check.standing), at, ""
    locked.save()
    words.keep(locked, raw=check.raw, at=at)
    if is_ours:
        answers.found_ours(inquiry=locked, transaction=found, at=at)
    else:
        # It gives no reason of its own; what it said is in the diagnosis that the agent reads.
        answers.network_rejected(inquiry=locked, reason="", at=at)
        deciding.retriage(claim=locked.claim, because="precheck", at=at)
    return True


def _wait(inquiry: NetworkInquiry, *, error: Exception, lease: datetime, at: datetime) -> None:
    """Another attempt later, each time after twice as long; after the last one a person looks."""
    if inquiry.attempts >= MOST_ATTEMPTS:
        why = _("The network could not be asked: %(error)s") % {"error": _told(error)}
        words.refused(inquiry, why=why, at=at)
        return
    wait = min(FIRST_WAIT * 2 ** min(inquiry.attempts - 1, 10), LONGEST_WAIT)
    wait = max(wait, timedelta(seconds=getattr(error, "retry_after", None) or 0))
    mine = NetworkInquiry.objects.filter(pk=inquiry.pk, status__in=TO_SEND, next_attempt_at=lease)
    mine.update(next_attempt_at=at + wait, error=_told(error))


def _told(error: Exception) -> str:
    """For staff; of a refusal also what the network said."""
    said = f"{error} {error.body}" if isinstance(error, Refused) and error.body else str(error)
    return str(plain(said))[:300]
