"""What the demo's own shoppers did in the last two months, in the order in which it happened.

Each moment is lived through as it would have been: a trip, an order at the sandbox while its clock stands there, a poll
of the sandbox's report. What a shop decides later than now is still to come, so old purchases are decided and new ones
are not.
"""

import heapq
import itertools
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction

from cashback.advertisers import Advertisers
from cashback.lib import doorbell, ids
from offers.models import Offer
from offers.networks.models import NetworkAccount
from offers.networks.registry import network_class
from partners.models import Shopper, Storefront
from transactions import seeds
from transactions.intake import polling
from transactions.models import Click

DAY = timedelta(days=1)
SENT_BACK = {"status": "declined", "comment": {"ru": "Товар возвращён", "en": "Returned"}}
# How many days ago each purchase was made, and what became of it. Half of a shop's hold is 0.5.
_PAID = ((0.8, {"status": "approved"}), (1.2, {"paid": 1}))
_CONFIRMED = ((0.8, {"status": "approved"}),)
_CANCELLED = (
    (
        0.15,
        {
            "status": "declined",
            "comment": {"ru": "Заказ отменён покупателем", "en": "Cancelled by the customer"},
        },
    ),
)
_RETURNED = ((0.5, SENT_BACK),)
_PARTLY_RETURNED = ((0.7, {"status": "approved", "share": "0.6"}), (1.1, {"paid": 1}))
_STALLED = ((0.9, {"stalled": True}),)
_PURCHASES: tuple[tuple[int, tuple[tuple[float, dict[str, Any]], ...]], ...] = (
    (61, _PAID),
    (58, _PAID),
    (54, _CANCELLED),
    (51, _PAID),
    (47, _STALLED),
    (45, _PARTLY_RETURNED),
    (43, _PAID),
    (40, _RETURNED),
    (37, _CONFIRMED),
    (34, _PAID),
    (31, _CONFIRMED),
    (26, _PAID),
    (23, _CANCELLED),
    (19, _PAID),
    (16, _PAID),
    (12, _PAID),
    (9, _CANCELLED),
    (6, _PAID),
    (3, _PAID),
    (1, _PAID),
)
_OLDEST = DAY * (_PURCHASES[0][0] + 1)
_LONGEST_HOLD = 30
_HOURS = (8, 10, 12, 13, 15, 17, 19, 20, 21, 22)
# Trips that end in no purchase, for each that does.
_IDLE_TRIPS = 3


@dataclass(slots=True)
class _Past:
    """What is still to be lived through, and who lives it."""

    advertisers: Advertisers
    account: NetworkAccount
    now: datetime
    dice: random.Random
    queue: list[tuple[datetime, int, Callable[[datetime], object]]] = field(default_factory=list)
    numbers: Iterator[int] = field(default_factory=itertools.count)

    def later(self, at: datetime, happen: Callable[[datetime], object]) -> None:
        if at < self.now:
            heapq.heappush(self.queue, (at, next(self.numbers), happen))

    def hear(self, at: datetime) -> None:
        """The report is polled as on that day."""
        self.advertisers.turn_clock(at)
        with seeds.recorded_at(at, dice=self.dice):
            polling.poll(account=NetworkAccount.objects.get(pk=self.account.pk), at=at)


def live_through(
    *,
    advertisers: Advertisers,
    account: NetworkAccount,
    cast: dict[str, list[str]],
    cart: Callable[[str, int], Decimal],
    at: datetime,
) -> Iterator[str]:
    """Shoppers by storefront (`cast`) have bought for two months: twenty purchases at each storefront, more trips, and
    whatever the shops have decided until now. All of it, or nothing. Yields a line after each moment."""
    past = _Past(advertisers, account, at.replace(microsecond=0), random.Random(20261127))  # noqa: S311 - a demo's chance
    seeds.make_room(since=at - _OLDEST)
    for slug, names in cast.items():
        _plan(past, Storefront.objects.get(slug=slug), names, cart)
    # Nothing of before: of a start that was cut short, the sandbox may remember what we do not.
    advertisers.say("reset")
    with transaction.atomic(), doorbell.muted(), _nobody_told(advertisers):
        while past.queue:
            moment, _number, happen = heapq.heappop(past.queue)
            happen(moment)
            yield f"{moment:%d.%m.%Y}"


@contextmanager
def _nobody_told(advertisers: Advertisers) -> Iterator[None]:
    """The sandbox sends no postbacks: those of old days have long come. Then it is the fair day of today again."""
    advertisers.say("faults", drop_postbacks=True)
    try:
        yield
    finally:
        advertisers.turn_clock(None)
        advertisers.say("faults")


def _plan(past: _Past, storefront: Storefront, names: list[str], cart: Callable[[str, int], Decimal]) -> None:
    offers = _offers(past.account, storefront)
    shoppers = [_shopper(storefront, name, since=past.now - _OLDEST - DAY) for name in names]
    for number, (days, fate) in enumerate(_PURCHASES):
        shopper, offer = shoppers[number % len(shoppers)], offers[number % len(offers)]
        clicked_at = _moment(past, storefront, days)
        total = cart(storefront.currency, number)
        past.later(clicked_at, _purchase(past, shopper, offer, total, fate))
        for _trip in range(_IDLE_TRIPS):
            idle_at = _moment(past, storefront, days + past.dice.randrange(3))
            past.later(idle_at, _look(past, past.dice.choice(shoppers), past.dice.choice(offers)))


def _moment(past: _Past, storefront: Storefront, days: int) -> datetime:
    """At an hour at which people shop."""
    day = past.now.astimezone(ZoneInfo(storefront.time_zone)) - DAY * days
    dice = past.dice
    return day.replace(hour=dice.choice(_HOURS), minute=dice.randrange(60), second=dice.randrange(60))


def _offers(account: NetworkAccount, storefront: Storefront) -> list[Offer]:
    found = Offer.objects.filter(account=account, is_open=True, currency=storefront.currency)
    ranked = found.exclude(best_percent=None).select_related("merchant").order_by("-score", "pk")
    return list({offer.merchant_id: offer for offer in reversed(ranked[:60])}.values())[::-1][:14]


def _shopper(storefront: Storefront, name: str, *, since: datetime) -> Shopper:
    shopper, _is_new = Shopper.objects.select_related("storefront").get_or_create(
        partner_id=storefront.partner_id,
        storefront=storefront,
        external_id=name,
        defaults={"created_at": since, "locale": storefront.locale},
    )
    return shopper


def _look(past: _Past, shopper: Shopper, offer: Offer) -> Callable[[datetime], Click]:
    def happen(at: datetime) -> Click:
        click = seeds.trip(shopper, offer, at=at, dice=past.dice)
        click.save(force_insert=True)
        return click

    return happen


def _purchase(
    past: _Past, shopper: Shopper, offer: Offer, cart: Decimal, fate: tuple[tuple[float, dict[str, Any]], ...]
) -> Callable[[datetime], None]:
    hold = min(offer.hold_days or _LONGEST_HOLD, _LONGEST_HOLD)

    def happen(at: datetime) -> None:
        click = _look(past, shopper, offer)(at)
        ref = ids.suffix(click.pk)
        link = network_class(past.account.network).deeplink(tracking_url=offer.tracking_url, click_ref=ref)
        past.advertisers.turn_clock(at)
        past.advertisers.arrive(link, user_agent=click.user_agent)
        past.later(at + timedelta(minutes=past.dice.uniform(4, 25)), lambda at: pay(at, ref))

    def pay(at: datetime, ref: str) -> None:
        past.advertisers.turn_clock(at)
        action = past.advertisers.buy(campaign=offer.external_id, click_ref=ref, cart=cart)
        past.later(at + timedelta(minutes=past.dice.uniform(6, 55)), past.hear)
        for share, change in fate:
            decided_at = at + DAY * hold * share * past.dice.uniform(0.9, 1.1)
            past.later(decided_at, lambda at, change=change: decide(at, action, change))

    def decide(at: datetime, action: dict[str, Any], change: dict[str, Any]) -> None:
        past.advertisers.turn_clock(at)
        past.advertisers.decide(action, change, locale=shopper.storefront.locale)
        past.later(at + timedelta(minutes=past.dice.uniform(6, 55)), past.hear)

    return happen
