"""A month of the demo's desk, played through the same services that real days go through, one event after the other.

Chance is seeded: the same month every time. Nothing is asked of a network; what one would answer comes from here.
"""

import heapq
import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction

from cashback.lib.errors import DomainError
from partners.models import Storefront
from support.desk import services as desk
from support.desk.models import Agent, Presence
from support.seeds import stage, trade, words
from support.seeds.agents import TICK, work
from support.seeds.corners import ask_a_shopper, leave_something_to_send, wake
from support.seeds.network import refuse_one
from support.seeds.people import CHANGES, CLOSES, HANDS, OPENS, ZONE
from support.seeds.shoppers import ask, ask_something_else
from support.seeds.world import DAY, World
from support.shifts import close, rota
from transactions import seeds


def play(world: World) -> Iterator[int]:
    """Plans the month and runs it. Yields the number of claims after each event."""
    _plan(world)
    yield from run(world)


def run(world: World) -> Iterator[int]:
    """Everything happens in its order; what is refused leaves nothing behind."""
    while world.queue:
        at, _tick, happen = heapq.heappop(world.queue)
        still_to_come = list(world.queue)
        try:
            with transaction.atomic():
                happen(at)
        except DomainError:
            # As on any day: somebody was quicker, or a rule said no. Then nothing of it has happened, nor will follow.
            world.queue = still_to_come
        yield world.opened


def begin(*, team: object, claims_wanted: int, trips: int, days: int, at: datetime) -> World:
    """Storefronts with their shoppers and shops, and an empty month."""
    dice = random.Random(20261125)  # noqa: S311 - a demo's chance guards nothing
    begins, account = at - days * DAY, stage.archive()
    seeds.make_room(since=begins - trade.BEFORE)
    storefronts = Storefront.objects.filter(is_active=True, slug__in=("acorn", "birch")).order_by("slug")
    return World(
        dice=dice,
        begins=begins,
        ends=at,
        stages=[stage.set_up(storefront, account=account, begins=begins) for storefront in storefronts],
        agents=list(Agent.objects.filter(team=team).select_related("user", "team").order_by("pk")),
        wanted=claims_wanted,
        trips=trips,
    )


def _plan(world: World) -> None:
    zone = ZoneInfo(ZONE)
    by_name = {agent.user.username: agent for agent in world.agents}
    early = [by_name[hand.username] for hand in HANDS if hand.is_early]
    late = [by_name[hand.username] for hand in HANDS if not hand.is_early]
    day = world.begins.astimezone(zone).date()
    while day <= (world.ends + 2 * DAY).astimezone(zone).date():
        for name, starts, ends, crew in (
            (words.SHIFTS[0], OPENS, CHANGES, early),
            (words.SHIFTS[1], CHANGES, CLOSES, late),
        ):
            begin_at = datetime.combine(day, starts, zone).astimezone(UTC)
            end_at = datetime.combine(day, ends, zone).astimezone(UTC)
            rota.plan_shift(team=crew[0].team, name=name, starts_at=begin_at, ends_at=end_at, agents=crew)
            for agent in crew:
                world.later(begin_at, _presence(agent, Presence.ONLINE))
                world.later(end_at, _presence(agent, Presence.OFFLINE))
            moment = begin_at
            while moment < end_at:
                world.later(moment, lambda at, crew=crew: work(world, crew, at))
                moment += TICK
            world.later(begin_at + timedelta(hours=1), wake)
            world.later(end_at + timedelta(minutes=1), _close_shift)
        day += DAY
    trade.plan(world)
    _plan_questions(world)


def _presence(agent: Agent, presence: Presence) -> Callable[[datetime], None]:
    return lambda at: desk.go(agent=agent, presence=presence, at=at) and None


def _close_shift(at: datetime) -> None:
    close.close_due(at=at)


def _plan_questions(world: World) -> None:
    """Claims come by day more than by night, a little more each week."""
    span = (world.ends - world.begins).total_seconds()
    for _number in range(world.wanted):
        share = world.dice.random() ** 0.8
        at = world.begins + timedelta(seconds=span * share)
        at = world.waking(at, ZONE)
        world.later(min(at, world.ends - timedelta(minutes=4)), lambda at: ask(world, at))
    _plan_the_last_hours(world)
    for _number in range(world.wanted // 2):
        at = world.waking(world.begins + timedelta(seconds=span * world.dice.random()), ZONE)
        world.later(at, lambda at: ask_something_else(world, at))
    for _number in range(world.wanted // 25):
        at = world.begins + timedelta(seconds=span * world.dice.random())
        world.later(at, lambda at: ask_a_shopper(world, at))


# Stories that are made good at once where the shopper is known.
_FOR_A_PERSON = ("before", "unclear")


def _plan_the_last_hours(world: World) -> None:
    """Whoever opens the desk now finds something on every tab, whatever the hour."""
    for number in range(18):
        at = world.ends - timedelta(minutes=world.dice.uniform(3, 30))
        if number % 2:
            world.later(at, lambda at: ask_something_else(world, at))
        else:
            story = ("before", "declined", "early", "unclear")[number // 2 % 4]
            world.later(
                at, lambda at, story=story: ask(world, at, story=story, is_new=story in _FOR_A_PERSON)
            )
    for minutes in (21, 14, 8):
        world.later(world.ends - timedelta(minutes=minutes), lambda at: refuse_one(world, at))
    world.later(world.ends - timedelta(seconds=2), lambda at: ask_a_shopper(world, at))
    world.later(world.ends - timedelta(seconds=1), lambda at: leave_something_to_send(world, at))
