"""The demo's month as a line of events, played in their order."""

import heapq
import itertools
import random
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from support.claims.models import Claim
from support.desk.models import Agent, Ticket
from support.seeds.stage import Stage

DAYS = 30
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@dataclass(slots=True)
class World:
    """The events to come, and who and what is there."""

    dice: random.Random
    begins: datetime
    ends: datetime
    stages: list[Stage]
    agents: list[Agent]
    wanted: int
    trips: int
    queue: list[tuple[datetime, int, Callable[[datetime], None]]] = field(default_factory=list)
    ticks: Iterator[int] = field(default_factory=itertools.count)
    sales: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    opened: int = 0
    known: set[uuid.UUID] = field(default_factory=set)

    def later(self, at: datetime, happen: Callable[[datetime], None]) -> None:
        """It happens then, unless the month is over by then."""
        if at < self.ends:
            heapq.heappush(self.queue, (at, next(self.ticks), happen))

    def waking(self, at: datetime, zone: str) -> datetime:
        """The moment, or one of the next day where most people of that zone are asleep."""
        is_night = at.astimezone(ZoneInfo(zone)).hour < 8
        return at + timedelta(hours=self.dice.uniform(8, 15)) if is_night and self.dice.random() < 0.9 else at

    def after(
        self, at: datetime, low: timedelta, high: timedelta, happen: Callable[[datetime], None]
    ) -> None:
        self.later(at + low + (high - low) * self.dice.random(), happen)


def fresh(claim: Claim) -> Claim:
    return Claim.objects.select_related("ticket", "storefront", "shopper", "merchant").get(pk=claim.pk)


def ticket_now(ticket: Ticket) -> Ticket:
    return Ticket.objects.defer("search").select_related("storefront", "team").get(pk=ticket.pk)
