"""All that the rules of triage look at, gathered beforehand: so each rule is a small function of one value. Pure."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from support.claims import numbers
from support.claims.models import BoughtIn, Kind, PaidWith

# A shop's clock may run behind ours by as much.
SKEW = timedelta(minutes=5)
# A shop may book an order a day later than it was made, and round its amount.
BOOKED_WITHIN = timedelta(days=1)
# A shop that decides a day late is not late.
GRACE = timedelta(days=1)
ALIKE_PERCENT = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class SaleSeen:
    """A sale that we know of. `status` is pending, approved or declined; one without a click of ours has no shopper."""

    id: uuid.UUID
    is_mine: bool
    is_unattributed: bool = False
    status: str
    is_credited: bool = False
    order_id: str
    sale_minor: int | None
    cashback_minor: int = 0
    click_id: uuid.UUID | None = None
    occurred_at: datetime
    expected_at: datetime | None = None
    changed_at: datetime | None = None
    decline_reason: str = ""

    @property
    def is_declined(self) -> bool:
        return self.status == "declined"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClickSeen:
    id: uuid.UUID
    at: datetime
    storefront_id: uuid.UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimSeen:
    """Another claim for the same order."""

    id: uuid.UUID
    number: str
    is_mine: bool
    status: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RateSeen:
    """A rate that was in force at the click. `percent` or `fixed_minor`; the conditions are "" where none is known."""

    name: str
    percent: Decimal | None = None
    fixed_minor: int | None = None
    country: str = ""
    min_order_minor: int = 0
    customer: str = ""
    coupon: str = ""
    channel: str = ""

    @property
    def is_zero(self) -> bool:
        return not self.percent and not self.fixed_minor


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Counted from the purchase: when a claim may be lodged. `last` is None where nobody has named an end."""

    first: timedelta
    last: timedelta | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What the offer pays for, as it was at the click where that is known."""

    takes_claims: bool = True
    deductions: Sequence[str] = ()
    cap_minor: int | None = None
    counts_in_app: bool | None = None
    counts_with_other_codes: bool | None = None
    rates: Sequence[RateSeen] = ()
    exclusions: Sequence[str] = ()
    our_codes: frozenset[str] = frozenset()
    shopper_percent: Decimal = Decimal(0)
    digest: str = ""
    # Whether its rates are in the storefront's currency, as amounts of claims are.
    is_in_our_currency: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """`order_from` and `order_until` are the same moment where the time of the order is known, else its day's two ends.
    `click` is the trip that the shopper named; `clicks` are all of theirs to this shop, the latest first."""

    now: datetime
    kind: Kind
    order_no: str = ""
    order_from: datetime | None = None
    order_until: datetime | None = None
    order_minor: int | None = None
    currency: str = ""
    coupon_used: str = ""
    paid_with: PaidWith = PaidWith.CARD
    bought_in: BoughtIn = BoughtIn.WEB
    goods: str = ""
    has_receipt: bool = False
    needs_receipt: bool = False
    flags: Sequence[str] = ()
    click: ClickSeen | None = None
    clicks: Sequence[ClickSeen] = ()
    clicks_elsewhere: Sequence[ClickSeen] = ()
    told_sale_id: uuid.UUID | None = None
    sales: Sequence[SaleSeen] = ()
    claims: Sequence[ClaimSeen] = ()
    attribution: timedelta = timedelta(days=30)
    window: Window = field(default_factory=lambda: Window(first=timedelta(days=1), last=None))
    terms: Terms = field(default_factory=Terms)
    # What the network's pre-check said (`OrderStanding`); "" where it was not asked.
    precheck: str = ""

    @property
    def order_key(self) -> str:
        return numbers.key(self.order_no)

    @property
    def eligible_click(self) -> ClickSeen | None:
        """The last trip to the shop before the order, not older than trips count for."""
        if self.order_from is None or self.order_until is None:
            return None
        first, last = self.order_from - self.attribution, self.order_until + SKEW
        return next((click for click in self.clicks if first <= click.at <= last), None)


def mine(facts: Facts) -> list[SaleSeen]:
    """The shopper's sales that are this order for certain: by its number, or the one that the claim is about."""
    told = [sale for sale in facts.sales if sale.id == facts.told_sale_id]
    keys = {facts.order_key, *(numbers.key(sale.order_id) for sale in told)} - {""}
    same = [sale for sale in facts.sales if sale.is_mine and numbers.key(sale.order_id) in keys]
    found = {sale.id: sale for sale in (*told, *same)}
    if not found and (near := [sale for sale in _alike(facts) if not _may_be_another(facts, sale)]):
        nearest = min(near, key=lambda sale: (_apart(facts, sale), sale.id))
        found[nearest.id] = nearest
    return list(found.values())


def similar(facts: Facts) -> list[SaleSeen]:
    """The shopper's sales of the same trip, day and amount that may be this order under a mistyped number, or another
    order altogether: a person tells them apart."""
    certain = {sale.id for sale in mine(facts)}
    return [sale for sale in _alike(facts, or_unknown_amount=True) if sale.id not in certain]


def unattributed(facts: Facts) -> list[SaleSeen]:
    """Sales of the shop without a click of ours that look like this order."""
    found = []
    for sale in facts.sales:
        if not sale.is_unattributed:
            continue
        is_named = bool(facts.order_key) and numbers.key(sale.order_id) == facts.order_key
        is_exact = sale.sale_minor is not None and sale.sale_minor == facts.order_minor
        has_own_number = numbers.are_alike(sale.order_id, facts.order_no)
        if is_named or (is_exact and not has_own_number and _is_near(facts, sale)):
            found.append(sale)
    return found


def of_others(facts: Facts) -> list[SaleSeen]:
    return [
        sale
        for sale in facts.sales
        if not sale.is_mine
        and not sale.is_unattributed
        and facts.order_key
        and numbers.key(sale.order_id) == facts.order_key
    ]


def are_alike(one: int, other: int) -> bool:
    """Two amounts that differ by rounding or a coin's worth of delivery, not by a part of the order."""
    return abs(one - other) * 100 <= ALIKE_PERCENT * max(one, other)


def _alike(facts: Facts, *, or_unknown_amount: bool = False) -> list[SaleSeen]:
    """Of the trip that was named, near the order's time, at its amount."""
    if facts.click is None or facts.kind != Kind.UNTRACKED or facts.order_minor is None:
        return []
    found = []
    for sale in facts.sales:
        if not sale.is_mine or sale.click_id != facts.click.id or not _is_near(facts, sale):
            continue
        if sale.sale_minor is None:
            is_alike = or_unknown_amount and not numbers.are_alike(sale.order_id, facts.order_no)
        else:
            is_alike = are_alike(sale.sale_minor, facts.order_minor)
        if is_alike:
            found.append(sale)
    return found


def _may_be_another(facts: Facts, sale: SaleSeen) -> bool:
    """Its number is one of the shop's own kind, and not this one."""
    return numbers.are_alike(sale.order_id, facts.order_no)


def _is_near(facts: Facts, sale: SaleSeen) -> bool:
    if facts.order_from is None or facts.order_until is None:
        return False
    return facts.order_from - BOOKED_WITHIN <= sale.occurred_at <= facts.order_until + BOOKED_WITHIN


def _apart(facts: Facts, sale: SaleSeen) -> timedelta:
    assert facts.order_from is not None  # noqa: S101 - only near ones are measured
    return abs(sale.occurred_at - facts.order_from)
