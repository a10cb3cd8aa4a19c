"""What the demo's shoppers do when all goes well: many trips, fewer purchases, and what the shops decide in time."""

import random
from datetime import datetime, timedelta

from offers.models import Offer
from offers.networks.base import SaleStatus
from support.seeds import stage, words
from support.seeds.stage import Stage
from support.seeds.world import DAY, World
from transactions import seeds
from transactions.models import Click

# Before the month, so that within it the shops decide on something.
BEFORE = 30 * DAY
_OF_BEFORE, _BUY = 0.25, 0.13
_LONGEST_HOLD = 28


def plan(world: World) -> None:
    """Trips are there; the purchases that some of them end in come in the order of all that happens."""
    trips = [_trip(world) for _number in range(world.trips)]
    for click in Click.objects.bulk_create([trip for trip in trips if trip is not None]):
        if world.dice.random() < _BUY:
            _plan_purchase(world, click)


def cart(currency: str, dice: random.Random, *, is_large: bool) -> int:
    """Believable totals in minor units: of what is paid at once, or of what a person looks at."""
    low, high = {"RUB": (900, 7_500)}.get(currency, (15, 110))
    if is_large:
        low, high = high * 2, high * 9
    return dice.randint(low, high) * 100 - dice.choice((0, 1, 10, 50))


def favourite(place: Stage, dice: random.Random) -> Offer:
    """The first shops of the shelf draw most."""
    return dice.choices(place.offers, weights=[1 / (rank + 2) for rank in range(len(place.offers))])[0]


def _trip(world: World) -> Click | None:
    dice, place = world.dice, world.dice.choices(world.stages, weights=[2, 1])[0]
    since, until = world.begins, world.ends
    if dice.random() < _OF_BEFORE:
        since, until = since - BEFORE, since
    moment = world.waking(since + (until - since) * dice.random(), place.storefront.time_zone)
    if moment > world.ends:
        return None
    return seeds.trip(dice.choice(place.shoppers), favourite(place, dice), at=moment, dice=dice)


def _plan_purchase(world: World, click: Click) -> None:
    dice = world.dice
    about = {
        "by": click,
        "order_id": f"{dice.randint(100_000, 9_999_999)}",
        "cart": cart(click.currency, dice, is_large=dice.random() < 0.15),
        "number": next(world.sales),
        "dice": dice,
    }

    def say(at: datetime, status: SaleStatus, **told: object) -> None:
        world.later(at, lambda at: stage.sale(**about, status=status, at=at, **told) and None)

    heard = click.created_at + timedelta(minutes=dice.uniform(14, 70))
    say(heard, SaleStatus.PENDING)
    if dice.random() < 0.09:
        say(heard + DAY * dice.uniform(1, 7), SaleStatus.DECLINED, reason=dice.choice(words.REFUSALS))
        return
    hold = min(click.offer.hold_days or _LONGEST_HOLD, _LONGEST_HOLD)
    say(heard + DAY * hold * dice.uniform(0.6, 0.95), SaleStatus.APPROVED, paid=dice.random() < 0.7)
