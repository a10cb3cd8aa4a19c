"""What a click is worth: the confirmed commission that we expect of one, for the order called "recommended".

On one storefront the house keeps one part of every commission, so the order by commission is that by margin.

    score    = (PRIOR_CLICKS × expected + confirmed) / (PRIOR_CLICKS + judged clicks)
    expected = earnings per click × approval, as the network has seen them; where it tells no earnings,
               orders per click × commission of a typical order × approval
    approval = (PRIOR_SALES × the network's + our approved) / (PRIOR_SALES + our approved and declined)

`PRIOR_CLICKS` clicks of ours weigh as much as the network's word: an offer without clicks ranks by the
network, one with thousands by us. Sales still waiting for their decision prove nothing yet, so clicks count
only in the part of our sales that has been decided; otherwise a long hold would look like a bad shop.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from django.db.models import F, Max, Q

from cashback.lib.money import decimals, to_minor
from offers.intake import staging
from offers.models import Offer, Rate
from offers.networks.base import RateKind
from offers.networks.models import NetworkAccount

PRIOR_CLICKS = 200
PRIOR_SALES = 20
# Where a network does not say: pessimistic, so that the unknown ranks below the proven.
UNKNOWN_ORDERS_PER_CLICK = 0.005
UNKNOWN_APPROVAL = 0.7
# A typical basket in major units. Offers compete within one currency, so only the order of size matters.
TYPICAL_BASKETS = {"RUB": 3000.0, "KZT": 20000.0, "UZS": 400000.0, "BYN": 100.0, "UAH": 1500.0, "JPY": 6000.0}
TYPICAL_BASKET = 50.0


@dataclass(frozen=True, slots=True)
class OwnFigures:
    """Our own experience with an offer: clicks, commission confirmed (minor units of its currency), and sales
    by decision. `pending` sales wait for theirs."""

    clicks: int
    confirmed_minor: int
    approved: int
    declined: int
    pending: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkFigures:
    """What the network tells of an offer, as `Offer` keeps it. None where it does not say."""

    currency: str
    best_percent: Decimal | None = None
    best_fixed_minor: int | None = None
    approval_rate: Decimal | None = None
    conversion_rate: Decimal | None = None
    earnings_per_click: Decimal | None = None


class OwnFiguresSource(Protocol):
    def __call__(self, *, at: datetime) -> Mapping[uuid.UUID, OwnFigures]: ...


_NOTHING = OwnFigures(clicks=0, confirmed_minor=0, approved=0, declined=0)
_source: OwnFiguresSource | None = None


def register_own_figures(source: OwnFiguresSource) -> None:
    """A room above knows clicks and sales: `source` gives our figures by offer id."""
    global _source
    _source = source


def own_figures(*, at: datetime) -> Mapping[uuid.UUID, OwnFigures]:
    return _source(at=at) if _source else {}


def score(network: NetworkFigures, own: OwnFigures = _NOTHING) -> float:
    """Expected confirmed commission of one click, in minor units of the offer's currency; never negative."""
    expected = _gross_per_click(network) * _approval(network, own)
    decided = own.approved + own.declined
    sales = decided + own.pending
    judged_clicks = own.clicks * decided / sales if sales else own.clicks
    blended = (PRIOR_CLICKS * expected + max(own.confirmed_minor, 0)) / (PRIOR_CLICKS + judged_clicks)
    # Rounded, so that the last digit of a float never makes a row look changed.
    return round(blended, 4)


def _gross_per_click(network: NetworkFigures) -> float:
    minor_units = 10 ** decimals(network.currency)
    if network.earnings_per_click is not None:
        return max(float(network.earnings_per_click), 0.0) * minor_units
    orders = UNKNOWN_ORDERS_PER_CLICK
    if network.conversion_rate is not None:
        orders = max(float(network.conversion_rate), 0.0) / 100
    basket = TYPICAL_BASKETS.get(network.currency, TYPICAL_BASKET) * minor_units
    by_percent = float(network.best_percent or 0) / 100 * basket
    return orders * max(by_percent, float(network.best_fixed_minor or 0))


def _approval(network: NetworkFigures, own: OwnFigures) -> float:
    theirs = UNKNOWN_APPROVAL
    if network.approval_rate is not None:
        theirs = min(max(float(network.approval_rate) / 100, 0.0), 1.0)
    return (PRIOR_SALES * theirs + own.approved) / (PRIOR_SALES + own.approved + own.declined)


def rank_account(*, account: NetworkAccount, figures: Mapping[uuid.UUID, OwnFigures], at: datetime) -> int:
    """The account's offers carry the best of their rates in force and their score; only changed rows are
    written. How many. The caller holds the account's lock."""
    best = _best_rates(account, at=at)
    rows = []
    columns = ("currency", "approval_rate", "conversion_rate", "earnings_per_click")
    for id, *told in Offer.objects.filter(account=account).values_list("pk", *columns):
        percent, fixed = best.get(id, (None, None))
        network = dict(zip(columns, told, strict=True))
        fixed_minor = None if fixed is None else to_minor(fixed, network["currency"])
        facts = NetworkFigures(best_percent=percent, best_fixed_minor=fixed_minor, **network)
        rows.append((id, percent, fixed_minor, score(facts, figures.get(id, _NOTHING))))
    return staging.update_ranks(rows)


def _best_rates(
    account: NetworkAccount, *, at: datetime
) -> dict[uuid.UUID, tuple[Decimal | None, Decimal | None]]:
    """By offer, the highest percentage and the highest fixed reward (major units). Nought is no best."""
    percent = Q(kind=RateKind.PERCENT)
    fixed = Q(kind=RateKind.FIXED, currency=F("offer__currency"))
    rates = Rate.objects.in_force(at=at).filter(offer__account=account, value__gt=0).order_by()
    best = rates.values("offer").annotate(
        percent=Max("value", filter=percent), fixed=Max("value", filter=fixed)
    )
    return {
        offer: (percent, fixed) for offer, percent, fixed in best.values_list("offer", "percent", "fixed")
    }
