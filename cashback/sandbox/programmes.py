"""A programme of an advertiser, and what it pays."""

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any


@dataclass(frozen=True)
class Rate:
    """What a tariff pays: `size` per cent or in the campaign's currency."""

    id: int
    size: Decimal
    is_percentage: bool = True
    country: str | None = None
    since: date = date(2025, 1, 1)
    min_order: Decimal = Decimal("0.00")


@dataclass(frozen=True)
class Tariff:
    id: int
    name: str
    rates: tuple[Rate, ...]

    def payment(self, cart: int, *, on: date) -> tuple[int, Rate]:
        """The commission in minor units on a basket in minor units, and the rate that gave it."""
        known = [rate for rate in self.rates if rate.since <= on and rate.min_order * 100 <= cart]
        home = [rate for rate in known if rate.country is None] or known or list(self.rates)
        rate = max(home, key=lambda rate: (rate.min_order, rate.since))
        exact = cart * rate.size / 100 if rate.is_percentage else rate.size * 100
        return int(exact.quantize(Decimal(1), ROUND_HALF_UP)), rate


@dataclass(frozen=True)
class Goal:
    """What Admitad calls an action of a programme: a thing that is paid for, with its tariffs."""

    id: int
    name: str
    type: str
    tariffs: tuple[Tariff, ...]


@dataclass(frozen=True)
class Product:
    name: str
    price: int


@dataclass(frozen=True)
class Campaign:
    id: int
    slug: str
    name: str
    language: str
    currency: str
    site: str
    logo: str
    colour: str
    tagline: str
    description: str
    categories: tuple[int, ...]
    regions: tuple[str, ...]
    goals: tuple[Goal, ...]
    products: tuple[Product, ...]
    rating: str
    cr: float
    ecpc: float
    approval: int
    hold_days: int
    max_hold_days: int | None
    transfer_days: int
    cookie_days: int
    launched: date
    order_prefix: str
    allows_cashback: bool = True
    allows_deeplink: bool = True
    takes_lost_orders: bool = True
    reports_cart: bool = True
    exclusive: bool = False
    status: str = "active"
    connection: str = "active"

    @property
    def default_tariff(self) -> Tariff:
        return self.goals[0].tariffs[0]

    @property
    def site_url(self) -> str:
        return f"https://{self.site}/"

    @property
    def is_open(self) -> bool:
        """A link of ours leads to the shop and its sales are counted."""
        return self.status == "active" and self.connection == "active"

    @property
    def has_lost_orders(self) -> bool:
        """Purchases that it has not counted may be claimed; of sales only, and only by cashback sites."""
        return self.takes_lost_orders and self.allows_cashback and self.goals[0].type == "sale"

    def tariff(self, tariff_id: int) -> tuple[Goal, Tariff] | None:
        for goal in self.goals:
            for tariff in goal.tariffs:
                if tariff.id == tariff_id:
                    return goal, tariff
        return None


def campaign_from(entry: dict[str, Any]) -> Campaign:
    """A programme from its entry in the data files; what the entry leaves out is usual."""
    entry = dict(entry)
    entry["goals"] = tuple(
        _goal(entry["id"], number, goal) for number, goal in enumerate(entry["goals"], start=1)
    )
    entry["products"] = tuple(Product(name, round(price * 100)) for name, price in entry["products"])
    entry["launched"] = date.fromisoformat(entry["launched"])
    entry["categories"] = tuple(entry["categories"])
    entry["regions"] = tuple(entry["regions"])
    return Campaign(**entry)


def _goal(campaign_id: int, number: int, entry: dict[str, Any]) -> Goal:
    goal_id = campaign_id * 100 + number
    tariffs = []
    for place, tariff in enumerate(entry["tariffs"]):
        # As at Admitad, the first tariff carries the id of its action.
        tariff_id = goal_id if place == 0 else goal_id + 10 * place
        rates = tuple(_rate(tariff_id * 10 + nth, rate) for nth, rate in enumerate(tariff["rates"], start=1))
        tariffs.append(Tariff(tariff_id, tariff["name"], rates))
    return Goal(goal_id, entry["name"], entry.get("type", "sale"), tuple(tariffs))


def _rate(rate_id: int, entry: dict[str, Any]) -> Rate:
    return Rate(
        id=rate_id,
        size=Decimal(entry["size"]),
        is_percentage=entry.get("is_percentage", True),
        country=entry.get("country"),
        since=date.fromisoformat(entry.get("since", "2025-01-01")),
        min_order=Decimal(entry.get("min_order", "0.00")),
    )
