"""What is to be asked of a network is written down; nothing leaves the house here."""

import re
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from cashback.lib import doorbell, ids
from cashback.lib.errors import DomainError
from cashback.lib.money import percent_of
from offers.models import Offer
from offers.networks.base import Capabilities
from offers.networks.registry import network_class
from support.claims import moves
from support.claims.lodging import receipts
from support.claims.models import (
    UNDECIDED,
    Claim,
    InquiryKind,
    InquiryStatus,
    Kind,
    NetworkInquiry,
    Status,
    Transport,
    normal_order,
)
from support.claims.states import WITH_THE_NETWORK
from transactions.models import Transaction
from transactions.recording import orders

_KINDS = {
    Kind.UNTRACKED: InquiryKind.UNTRACKED,
    Kind.WRONG_AMOUNT: InquiryKind.INCORRECT,
    Kind.DECLINED: InquiryKind.DECLINED,
}
_GRANTED = (InquiryStatus.ACCEPTED, InquiryStatus.CREDITED)
# What people write before the number, and no shop has in its books.
_CALLED = re.compile(
    r"^\s*(?:(?:номер\s+заказа|заказа?|номер|order\s+(?:number|id|no)|order|no)(?=[\s.:№#]))?[.:№#\s]*",
    re.IGNORECASE,
)
_OPEN_ONCE = "inquiry_of_an_order_is_open_once"


class CannotLodge(DomainError):
    """There is no road to the network from here; the message and the code say why. Nothing was changed."""

    code = "cannot_lodge"


@dataclass(frozen=True, slots=True)
class _Order:
    """What the question is about. Amounts in minor units of `currency`, which is the programme's."""

    number: str
    day: date
    sale_minor: int
    reward_minor: int
    currency: str


@transaction.atomic
def lodge(*, claim: Claim, at: datetime, for_own_account: bool = False) -> NetworkInquiry:
    """The network will be asked about the claim's order; the claim stands at “to be sent”, unless it has been settled
    and we ask for our own account. Asked a second time, the first question is returned. Raises CannotLodge."""
    kind = _KINDS.get(Kind(claim.kind))
    if kind is None:
        raise CannotLodge(_("There is nothing in this claim to ask a network about."), code="nothing_to_ask")
    inquiry = _write_down(claim, kind=kind, comment="", at=at)
    if not for_own_account:
        _follow(claim, inquiry, to=Status.LODGED, reason="lodged", at=at)
    return inquiry


@transaction.atomic
def appeal(*, claim: Claim, at: datetime, comment: str = "") -> NetworkInquiry:
    """The network will be asked to look at its “no” again: as an appeal where it has declined a purchase, else as a new
    request about the missing one, with `comment` for it to read. Raises CannotLodge."""
    kind = InquiryKind.DECLINED if _declined_sale(claim) else InquiryKind.UNTRACKED
    with override(claim.storefront.locale):
        comment = comment or _("Please look at it again: the receipt shows the order.")
    inquiry = _write_down(claim, kind=kind, comment=comment, at=at)
    _follow(claim, inquiry, to=Status.APPEALED, reason="appealed", at=at)
    return inquiry


@transaction.atomic
def withdraw(*, claim: Claim, at: datetime) -> int:
    """What has not been sent yet will not be; how many. What a network has already is answered for our own account."""
    waiting = NetworkInquiry.objects.filter(claim=claim, status=InquiryStatus.QUEUED, batch=None)
    return waiting.update(status=InquiryStatus.WITHDRAWN, answered_at=at)


def _write_down(claim: Claim, *, kind: InquiryKind, comment: str, at: datetime) -> NetworkInquiry:
    """The row of the question. Two workers with one claim meet at its lock, two claims of one order at a constraint."""
    moves.lock(claim.pk)
    of_this = NetworkInquiry.objects.filter(claim=claim)
    if asked := of_this.filter(kind=kind, status__in=UNDECIDED).first():
        return asked
    if of_this.filter(status__in=_GRANTED).exists():
        raise CannotLodge(_("The network has granted this claim already."), code="granted_already")
    if claim.offer is None or claim.account is None or claim.merchant is None:
        raise CannotLodge(_("The claim names no shop that could be asked."), code="no_shop")
    can = network_class(claim.account.network).capabilities
    order = _order_of(claim, kind=kind)
    transport = _transport(can, kind=kind, offer=claim.offer)
    if transport == Transport.API:
        _check_rules(claim, can=can, kind=kind, order=order, at=at)
    inquiry = NetworkInquiry(
        partner_id=claim.partner_id,
        claim=claim,
        account=claim.account,
        merchant=claim.merchant,
        kind=kind,
        transport=transport,
        reference=f"{ids.suffix(claim.pk)}-{of_this.count() + 1}",
        order_no=order.number,
        order_no_norm=normal_order(order.number),
        asked=_asked(claim, order, comment=_comment(claim, comment)[: can.claims.longest_comment]),
        next_attempt_at=at,
        created_at=at,
    )
    _insert(inquiry)
    if transport == Transport.API:
        doorbell.ring("support.tasks.work_on_inquiry", id=str(inquiry.pk))
    return inquiry


def _follow(claim: Claim, inquiry: NetworkInquiry, *, to: Status, reason: str, at: datetime) -> None:
    """The claim hangs on the network, if it does not yet: on one that has the question, or is still to get it."""
    if claim.status in WITH_THE_NETWORK:
        return
    moves.move(claim=claim, to=to, reason=reason, at=at)
    if inquiry.status == InquiryStatus.SUBMITTED:
        moves.move(claim=claim, to=Status.WAITING_NETWORK, reason="submitted", at=at)


def _insert(inquiry: NetworkInquiry) -> None:
    try:
        with transaction.atomic():
            inquiry.save(force_insert=True)
    except IntegrityError as error:
        if _OPEN_ONCE not in str(error):
            raise
        raise CannotLodge(
            _("The network is being asked about this order already."), code="asked_already"
        ) from error


def _transport(can: Capabilities, *, kind: InquiryKind, offer: Offer) -> Transport:
    if can.takes(kind):
        if kind == InquiryKind.UNTRACKED and not offer.takes_claims:
            raise CannotLodge(_("This shop takes no claims."), code="shop_takes_no_claims")
        return Transport.API
    return Transport.EMAIL if can.claims.email else Transport.CSV


def _check_rules(claim: Claim, *, can: Capabilities, kind: InquiryKind, order: _Order, at: datetime) -> None:
    """What the network would refuse anyhow is refused at once, where somebody can still act on it."""
    rules = can.claims
    if len(order.number) > rules.longest_order_id:
        raise CannotLodge(_("The order's number is too long for the network."), code="order_no_too_long")
    if kind == InquiryKind.UNTRACKED:
        if rules.oldest_order and at.date() - order.day > rules.oldest_order:
            raise CannotLodge(_("The network takes no claims for orders this old."), code="too_old")
        if rules.needs_receipt and receipts.find(claim, rules=rules) is None:
            raise CannotLodge(
                _("The network wants the receipt as a picture or a PDF."), code="receipt_missing"
            )
    sale, longest = _declined_sale(claim), rules.appeal_within
    if kind == InquiryKind.DECLINED and sale and longest and at - sale.changed_at > longest:
        raise CannotLodge(_("The network takes no appeals against declines this old."), code="too_old")


def _order_of(claim: Claim, *, kind: InquiryKind) -> _Order:
    """The order as the network knows it where it has shown a sale, else as the shopper says."""
    assert claim.offer is not None  # noqa: S101 - looked at by the caller
    sale = claim.transaction if kind != InquiryKind.UNTRACKED else None
    if kind != InquiryKind.UNTRACKED and sale is None:
        raise CannotLodge(_("The claim names no purchase."), code="no_purchase")
    currency = sale.currency if sale else claim.currency
    number = (sale.order_id if sale else "") or claim.order_no
    bought_at = sale.occurred_at if sale else claim.order_at
    # A wrong amount is what the shopper says against what the network has.
    minor = claim.order_minor if sale is None or kind == InquiryKind.INCORRECT else sale.sale_minor
    minor = minor or (sale.sale_minor if sale else None) or claim.order_minor
    if currency != claim.offer.currency:
        raise CannotLodge(_("The shop counts in another currency than the claim."), code="other_currency")
    if not normal_order(number):
        raise CannotLodge(_("The claim lacks the order's number."), code="order_no_missing")
    if bought_at is None or minor is None:
        raise CannotLodge(_("The claim lacks the order's day or its amount."), code="incomplete")
    day = bought_at.astimezone(ZoneInfo(claim.storefront.time_zone)).date()
    if sale is None or not sale.order_id:
        number = orders.latin(_CALLED.sub("", number).strip())
    return _Order(number[:100], day, minor, _reward(claim, sale, minor), currency)


def _reward(claim: Claim, sale: Transaction | None, sale_minor: int) -> int:
    """The commission that we expect: behind the cashback that was promised, else what the best rate gives."""
    click = claim.click
    if claim.expected_minor is not None and click is not None and click.shopper_percent:
        return round(claim.expected_minor * 100 / click.shopper_percent)
    if sale is not None:
        return sale.commission_minor
    if click is not None and click.best_percent is not None:
        return percent_of(sale_minor, click.best_percent)
    return (click.best_fixed_minor or 0) if click is not None else 0


def _asked(claim: Claim, order: _Order, *, comment: str) -> dict[str, object]:
    assert claim.offer is not None  # noqa: S101 - looked at by the caller
    sale = claim.transaction
    return {
        "offer_external_id": claim.offer.external_id,
        "ordered_on": order.day.isoformat(),
        "sale_minor": order.sale_minor,
        "reward_minor": order.reward_minor,
        "currency": order.currency,
        "comment": comment,
        "sale_external_id": sale.external_id if sale else "",
        "click_ref": ids.suffix(claim.click_id) if claim.click_id else "",
    }


def _comment(claim: Claim, said: str) -> str:
    """In the storefront's language, for its shops mostly speak it. Nothing in it tells who the shopper is."""
    with override(claim.storefront.locale):
        lines = [said or _("The order does not show in the report.")]
        if claim.click:
            clicked = claim.click.created_at.astimezone(ZoneInfo("UTC"))
            lines.append(
                _("The click: %(ref)s, %(time)s UTC.")
                % {"ref": ids.suffix(claim.click.pk), "time": f"{clicked:%d.%m.%Y %H:%M:%S}"}
            )
        if claim.coupon_used:
            lines.append(_("Coupon: %(code)s.") % {"code": claim.coupon_used})
        if claim.goods:
            lines.append(_("Goods: %(goods)s.") % {"goods": claim.goods})
    return " ".join(lines)


def _declined_sale(claim: Claim) -> Transaction | None:
    sale = claim.transaction
    return sale if sale is not None and sale.is_declined else None
