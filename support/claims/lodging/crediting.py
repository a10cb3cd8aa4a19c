"""What a network has granted becomes a purchase: by its own report where that shows one, else by its word alone."""

import logging
from collections.abc import Sequence
from datetime import datetime, time
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.translation import gettext as _

from cashback.lib.errors import DomainError
from offers.networks import services as networks
from offers.networks.base import Network, OrderStanding, Postback, Sale, SaleStatus, Unreadable
from support.claims.lodging import words
from support.claims.models import Claim, InquiryKind, InquiryStatus, NetworkInquiry
from transactions import services as purchases
from transactions.models import Transaction, TransactionEvent
from transactions.recording import orders
from transactions.recording.words import plain

logger = logging.getLogger(__name__)


class NotTheirs(DomainError):
    """The network counts the order, and for somebody else than the claim's shopper."""

    code = "not_theirs"


def credit(inquiry: NetworkInquiry, *, at: datetime) -> bool:
    """The granted inquiry is booked, once; false where it could not be, and then a person has it or a later poll tries
    again. Raises Unavailable, Refused, Unreadable."""
    network = networks.connect(account=inquiry.account)
    return book(inquiry, known_sales(network, inquiry), at=at)


def book(inquiry: NetworkInquiry, sales: Sequence[Sale], *, at: datetime) -> bool:
    """The granted inquiry is a purchase, by these sales of the network or by its word alone. False: a person has it.

    The purchase is recorded before the claim is locked, as everywhere, so it may be there though the inquiry does not
    say so yet; recording it again changes nothing."""
    if inquiry.status != InquiryStatus.ACCEPTED:
        return False
    try:
        with transaction.atomic():
            booked = _book(inquiry, sales, at=at)
    except purchases.UNRECORDABLE as refusal:
        return _give_to_person(inquiry, str(refusal), at=at)
    if booked is None:
        return _give_to_person(inquiry, _("It does not say how much it pays."), at=at)
    with transaction.atomic():
        locked = words.lock(inquiry)
        locked.status, locked.error = InquiryStatus.CREDITED, ""
        locked.save(update_fields=["status", "error"])
        Claim.objects.filter(pk=locked.claim_id, transaction=None).update(transaction=booked)
    return True


def known_sales(network: Network, inquiry: NetworkInquiry) -> Sequence[Sale]:
    """The network's own sales of the order, as its report has them now."""
    can, sale_id = network.capabilities, inquiry.asked.get("sale_external_id", "")
    if not sale_id and can.checks_orders:
        (check,) = network.check_orders(
            offer_external_id=inquiry.asked["offer_external_id"], order_ids=[inquiry.order_no]
        )
        sale_id = check.sale_external_id if check.standing is OrderStanding.OURS else ""
    if not (sale_id and can.has_sales_api):
        return []
    return read(network, sale_id)


def read(network: Network, sale_id: str) -> Sequence[Sale]:
    found = []
    for sale in network.read_sales(hint=Postback(click_ref="", sale_external_id=sale_id)):
        if isinstance(sale, Unreadable):
            raise sale
        found.append(sale)
    return found


def take(claim: Claim, sales: Sequence[Sale], *, inquiry: NetworkInquiry, at: datetime) -> Transaction | None:
    """The network's sales are recorded; one without a click is the claim's shopper's, for the network named it on our
    question. Returns that shopper's purchase, None where there is none."""
    mine = None
    for sale in sales:
        recorded = purchases.record(sale=sale, account=inquiry.account, via=TransactionEvent.Via.POLL, at=at)
        known, waiting = recorded.transaction, recorded.unattributed
        if known is None and waiting is not None and claim.click is not None:
            try:
                with transaction.atomic():
                    known = purchases.attribute(sale=waiting, click=claim.click, at=at)
            except purchases.CannotAttribute as refusal:
                logger.warning(
                    "Inquiry %s: sale %s stays unattributed: %s", inquiry, sale.external_id, refusal
                )
        if known is not None and known.shopper_id == claim.shopper_id:
            mine = mine or known
    return mine


def _book(inquiry: NetworkInquiry, sales: Sequence[Sale], *, at: datetime) -> Transaction | None:
    claim = inquiry.claim
    shown = take(claim, sales, inquiry=inquiry, at=at)
    if sales and shown is None:
        raise NotTheirs(_("The network shows this order, and not for the claim's shopper."))
    if shown is not None and any(sale.status is SaleStatus.APPROVED for sale in sales):
        return shown
    # The network pays without a row, or with one that still says something else.
    minor = _granted(inquiry)
    if minor is None:
        return None
    known = shown or _purchase_of(inquiry)
    if known is not None:
        return purchases.grant(transaction=known, reference=inquiry.reference, commission_minor=minor, at=at)
    if claim.click is None or claim.offer is None:
        return None
    return purchases.record_inquiry(
        click=claim.click,
        offer=claim.offer,
        account=inquiry.account,
        reference=inquiry.reference,
        order_id=inquiry.order_no,
        commission_minor=minor,
        sale_minor=inquiry.asked["sale_minor"],
        occurred_at=claim.order_at or _noon(inquiry),
        at=at,
    )


def _purchase_of(inquiry: NetworkInquiry) -> Transaction | None:
    """The claim's purchase, where the network was asked about that one."""
    known = inquiry.claim.transaction
    if known is None or inquiry.kind != InquiryKind.UNTRACKED:
        return known
    return known if orders.normal(known.order_id) == inquiry.order_no_norm else None


def _granted(inquiry: NetworkInquiry) -> int | None:
    """What it says that it pays; without a word on that, what it was asked for and agreed to."""
    minor = inquiry.asked["reward_minor"] if inquiry.awarded_minor is None else inquiry.awarded_minor
    return minor or None


def _noon(inquiry: NetworkInquiry) -> datetime:
    day = datetime.fromisoformat(inquiry.asked["ordered_on"]).date()
    return datetime.combine(day, time(12), ZoneInfo(inquiry.claim.storefront.time_zone))


@transaction.atomic
def _give_to_person(inquiry: NetworkInquiry, why: str, *, at: datetime) -> bool:
    locked = words.lock(inquiry)
    logger.warning("Inquiry %s of %s is granted and cannot be booked: %s", locked, locked.account, why)
    locked.error = str(plain(why))[:300]
    locked.save(update_fields=["error"])
    words.to_person(locked.claim, reason="grant_not_booked", at=at)
    return False
