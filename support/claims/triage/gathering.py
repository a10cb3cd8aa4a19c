"""The facts of one claim, read in a handful of queries whose number does not grow with what is found."""

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet

from cashback.lib.money import to_minor
from offers import facts as offer_facts
from offers import promises
from offers.measured import ENOUGH
from offers.models import Coupon, Offer, Rate
from offers.networks.base import Capabilities, CouponKind, RateKind
from offers.networks.registry import UnknownNetwork, network_class
from partners.models import Shopper
from support.claims import numbers
from support.claims.models import (
    BoughtIn,
    Claim,
    ClaimPolicy,
    Kind,
    NetworkInquiry,
    PaidWith,
    policy_of,
)
from support.claims.triage.facts import (
    SKEW,
    ClaimSeen,
    ClickSeen,
    Facts,
    RateSeen,
    SaleSeen,
    Terms,
    Window,
)
from transactions.models import Click, Transaction, UnattributedSale
from transactions.partitions import first_id

# More of one kind than anybody has; a bound, so that nobody's history makes a triage slow.
_MOST = 200
_NEAR = timedelta(days=3)
# A network whose adapter is gone: it can do nothing.
_SILENT = Capabilities(
    has_sales_api=False,
    takes_claims=False,
    makes_deeplinks=False,
    sub_id_length=0,
    sales_window=None,
    page_size=0,
    requests_per_minute=None,
)


def gather(claim: Claim, *, at: datetime) -> Facts:
    """What the rules look at. Of a claim without a shop (a payout) there is nothing to look up."""
    told = _told(claim, at=at)
    if claim.merchant_id is None:
        return Facts(**told)
    offer = _offer(claim)
    policy = policy_of(claim.partner_id)
    attribution = _attribution(offer, policy)
    spelt = numbers.spellings(claim.order_no)
    mine, elsewhere = _clicks(claim, order_from=told["order_from"], attribution=attribution)
    return Facts(
        **told,
        click=_click(claim.click) if claim.click else None,
        clicks=mine,
        clicks_elsewhere=elsewhere,
        sales=[
            *_own_sales(claim),
            *_sales_of_others(claim, spelt),
            *_unattributed(claim, offer, told["order_from"], told["order_until"]),
        ],
        claims=_claims(claim, spelt),
        attribution=attribution,
        window=_window(offer),
        needs_receipt=_needs_receipt(offer),
        terms=_terms(claim, offer, told["order_from"], told["order_until"]),
        precheck=_precheck(claim),
    )


def order_span(order_at: datetime | None, zone: str) -> tuple[datetime | None, datetime | None]:
    """A midnight of the storefront's zone means its whole day, for only the day was told; else the moment itself."""
    if order_at is None:
        return None, None
    local = order_at.astimezone(ZoneInfo(zone))
    if local.time() != time():
        return order_at, order_at
    # The next local midnight, be the day 23, 24 or 25 hours long.
    tomorrow = datetime.combine(local.date() + timedelta(days=1), time(), ZoneInfo(zone))
    return order_at, tomorrow.astimezone(order_at.tzinfo) - timedelta(seconds=1)


def _told(claim: Claim, *, at: datetime) -> dict[str, Any]:
    order_from, order_until = order_span(claim.order_at, claim.storefront.time_zone)
    return {
        "now": at,
        "kind": Kind(claim.kind),
        "order_no": claim.order_no,
        "order_from": order_from,
        "order_until": order_until,
        "order_minor": claim.order_minor,
        "currency": claim.currency,
        "coupon_used": claim.coupon_used,
        "paid_with": PaidWith(claim.paid_with),
        "bought_in": BoughtIn(claim.bought_in),
        "goods": claim.goods,
        "has_receipt": claim.evidence.exists(),
        "flags": claim.flags,
        "told_sale_id": claim.transaction_id,
    }


def _offer(claim: Claim) -> Offer | None:
    if claim.offer_id is None:
        return None
    found = offer_facts.with_facts(Offer.objects.filter(pk=claim.offer_id))
    return found.select_related("facts", "measured", "account").get()


def _attribution(offer: Offer | None, policy: ClaimPolicy) -> timedelta:
    return timedelta(days=(offer and offer.cookie_days) or policy.attribution_days)


def _window(offer: Offer | None) -> Window:
    """From when: as the shop has it, else the network, else when the sale should have come by itself. Until when:
    whichever of the two ends first."""
    if offer is None:
        return Window(first=promises.TRACKS_WITHIN, last=None)
    told, account = getattr(offer, "facts", None), offer.account
    first = (told and told.claim_after_days) or account.claim_after_days
    by_network = _days(account.claim_until_days) or _network(offer).claims.oldest_order
    ends = [end for end in (_days(told and told.claim_until_days), by_network) if end]
    return Window(first=_days(first) or _tracks_within(offer), last=min(ends, default=None))


def _days(number: int | None) -> timedelta | None:
    return timedelta(days=number) if number else None


def _network(offer: Offer) -> Capabilities:
    try:
        return network_class(offer.account.network).capabilities
    except UnknownNetwork:
        return _SILENT


def _needs_receipt(offer: Offer | None) -> bool:
    network = _network(offer) if offer else _SILENT
    return network.takes_claims and network.claims.needs_receipt


def _tracks_within(offer: Offer) -> timedelta:
    measured = getattr(offer, "measured", None)
    if measured and measured.tracked >= ENOUGH and measured.tracks_most:
        longest: timedelta = measured.tracks_most
        return longest
    return promises.TRACKS_WITHIN


def _click(click: Click) -> ClickSeen:
    return ClickSeen(id=click.pk, at=click.created_at, storefront_id=click.storefront_id)


def _clicks(
    claim: Claim, *, order_from: datetime | None, attribution: timedelta
) -> tuple[list[ClickSeen], list[ClickSeen]]:
    """The shopper's trips to the shop, and those of the same person in other storefronts; the latest first."""
    since = (order_from or claim.created_at) - attribution - _NEAR
    shopper = claim.shopper
    same_person = Q(partner=shopper.partner_id, external_id=shopper.external_id)
    if shopper.email and shopper.email_confirmed_at:
        same_person |= Q(email=shopper.email, email_confirmed_at__isnull=False)
    others = Shopper.objects.filter(same_person, erased_at=None).exclude(pk=shopper.pk)
    rows = Click.objects.filter(
        Q(shopper_id=shopper.pk) | Q(shopper_id__in=list(others.values_list("pk", flat=True)[:_MOST])),
        merchant_id=claim.merchant_id,
        pk__gte=first_id(since),
    )
    seen = {row.pk: row for row in rows.order_by("-created_at", "-pk")[:_MOST]}
    if claim.click:
        seen.setdefault(claim.click.pk, claim.click)
    ordered = sorted(seen.values(), key=lambda row: (row.created_at, row.pk), reverse=True)
    mine = [_click(row) for row in ordered if row.shopper_id == shopper.pk]
    return mine, [_click(row) for row in ordered if row.shopper_id != shopper.pk]


def _own_sales(claim: Claim) -> list[SaleSeen]:
    about = Q(shopper=claim.shopper_id, merchant=claim.merchant_id)
    if claim.click_id:
        about |= Q(click=claim.click_id, shopper=claim.shopper_id)
    if claim.transaction_id:
        about |= Q(pk=claim.transaction_id)
    rows = Transaction.objects.filter(about).latest_first()[:_MOST]
    return [_sale(row, is_mine=True) for row in rows]


def _sales_of_others(claim: Claim, spelt: frozenset[str]) -> list[SaleSeen]:
    if not spelt:
        return []
    rows = Transaction.objects.filter(
        account__in=Offer.objects.filter(merchant=claim.merchant_id).values("account"),
        merchant=claim.merchant_id,
        order_norm__in=spelt,
    )
    return [
        _sale(row, is_mine=False) for row in rows.exclude(shopper=claim.shopper_id).order_by("pk")[:_MOST]
    ]


def _sale(row: Transaction, *, is_mine: bool) -> SaleSeen:
    return SaleSeen(
        id=row.pk,
        is_mine=is_mine,
        status=row.status,
        is_credited=row.is_credited,
        order_id=row.order_id,
        sale_minor=row.sale_minor,
        cashback_minor=row.cashback_minor,
        click_id=row.click_id,
        occurred_at=row.occurred_at,
        expected_at=row.expected_at,
        changed_at=row.changed_at,
        decline_reason=row.decline_reason,
    )


def _unattributed(
    claim: Claim, offer: Offer | None, order_from: datetime | None, order_until: datetime | None
) -> list[SaleSeen]:
    """Sales of the same programme near the order that nobody has been given yet."""
    if offer is None or order_from is None or order_until is None:
        return []
    rows = UnattributedSale.objects.filter(
        account=offer.account_id,
        offer_external_id=offer.external_id,
        transaction=None,
        currency=claim.currency,
        occurred_at__gte=order_from - _NEAR,
        occurred_at__lte=order_until + _NEAR,
    )
    return [
        SaleSeen(
            id=row.pk,
            is_mine=False,
            is_unattributed=True,
            status=row.status,
            order_id=row.order_id,
            sale_minor=row.word.get("sale_minor"),
            occurred_at=row.occurred_at,
        )
        for row in rows.order_by("occurred_at", "pk")[:_MOST]
    ]


def _claims(claim: Claim, spelt: frozenset[str]) -> list[ClaimSeen]:
    if not spelt:
        return []
    rows = Claim.objects.filter(merchant=claim.merchant_id, order_no_norm__in=spelt).exclude(pk=claim.pk)
    return [
        ClaimSeen(
            id=row.pk,
            number=row.public_number,
            is_mine=row.shopper_id == claim.shopper_id,
            status=row.status,
            reason=row.reason_code,
        )
        for row in rows.latest_first()[:_MOST]
    ]


def _terms(
    claim: Claim, offer: Offer | None, order_from: datetime | None, order_until: datetime | None
) -> Terms:
    if offer is None:
        return Terms()
    told = getattr(offer, "facts", None)
    share = (
        claim.click.shopper_percent
        if claim.click
        else claim.transaction and claim.transaction.shopper_percent
    )
    in_app = told.counts_in_app if told and told.counts_in_app is not None else offer.counts_in_app
    return Terms(
        takes_claims=offer_facts.takes_claims(offer),
        deductions=tuple(told.deductions) if told else (),
        cap_minor=told.cap_minor if told else None,
        counts_in_app=in_app,
        counts_with_other_codes=told.counts_with_other_codes if told else None,
        rates=_rates(claim, offer),
        exclusions=_exclusions(offer),
        our_codes=_codes(claim, order_from, order_until) if claim.coupon_used else frozenset(),
        shopper_percent=share or Decimal(0),
        digest=claim.terms_digest,
        is_in_our_currency=offer.currency == claim.currency,
    )


def _rates(claim: Claim, offer: Offer) -> list[RateSeen]:
    """Those in force when the shopper left for the shop: rate rows are never edited, so this is what was promised."""
    since = claim.click.created_at if claim.click else claim.order_at or claim.created_at
    rows = offer.rates.filter(
        Q(replaced_at=None) | Q(replaced_at__gt=since),
        Q(starts_on=None) | Q(starts_on__lte=since.date()),
        seen_at__lte=since + SKEW,
    )
    conditions = {row["rate_external_id"]: row for row in offer.told_rates}
    in_force: dict[tuple[str, str, int], Rate] = {}
    for row in rows.order_by("starts_on", "seen_at", "pk"):
        # Of two for one kind of order the later begun has replaced the other; no day at all is the earliest.
        kind = (row.name, row.country, row.min_order_minor)
        before = in_force.get(kind)
        if before is None or not before.starts_on or (row.starts_on and row.starts_on >= before.starts_on):
            in_force[kind] = row
    return [_rate(row, conditions.get(row.external_id, {})) for row in in_force.values()]


def _rate(row: Rate, conditions: dict[str, str]) -> RateSeen:
    is_percent = row.kind == RateKind.PERCENT
    return RateSeen(
        name=row.name,
        percent=row.value if is_percent else None,
        fixed_minor=None if is_percent else to_minor(row.value, row.currency),
        country=row.country,
        min_order_minor=row.min_order_minor,
        customer=conditions.get("customer", ""),
        coupon=conditions.get("coupon", ""),
        channel=conditions.get("channel", ""),
    )


def _exclusions(offer: Any) -> list[str]:
    return [text for row in offer.told_exclusions for text in (row["text_ru"], row["text_en"]) if text]


def _codes(claim: Claim, order_from: datetime | None, order_until: datetime | None) -> frozenset[str]:
    """The shop's codes that were listed here when it was ordered, or at any time where that is unknown."""
    listed: QuerySet[Coupon] = Coupon.objects.filter(offer__merchant=claim.merchant_id, kind=CouponKind.CODE)
    if order_from and order_until:
        listed = listed.filter(
            Q(starts_at=None) | Q(starts_at__lte=order_until),
            Q(ends_at=None) | Q(ends_at__gte=order_from),
            Q(closed_at=None) | Q(closed_at__gte=order_from),
        )
    return frozenset(_folded(listed.values_list("code", flat=True)))


def _folded(codes: Iterable[str]) -> Iterable[str]:
    return (code.strip().casefold() for code in codes if code.strip())


def _precheck(claim: Claim) -> str:
    """The network's latest word on the order's number, where it has been asked before lodging."""
    found = NetworkInquiry.objects.filter(claim=claim).order_by("-pk").values_list("asked", flat=True).first()
    said = found.get("precheck", "") if isinstance(found, dict) else ""
    return said if isinstance(said, str) else ""
