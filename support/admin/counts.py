"""The numbers beside the queues. Every open page asks for them every few seconds, so each is kept for as long, for
whoever sees the same tickets, and nothing is counted beyond what anybody reads."""

import hashlib
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import Any

from django.core.cache import cache
from django.db.models import QuerySet
from redis.exceptions import RedisError

from partners import reach
from support.admin.queue import VIEWS
from support.desk.models import Agent, Team, Ticket
from support.desk.people import default_team
from support.shifts import board

KEPT_SECONDS = 5
MOST = 500


def of_queues(tickets: QuerySet[Ticket], *, user: Any, agent: Agent | None, at: datetime) -> dict[str, str]:
    """By view, its number in words ("500+")."""
    return _kept(
        f"desk-counts:{_whose(user, agent)}",
        lambda: {
            view.name: _said(_count(view.narrow(tickets, agent, at))) for view in VIEWS if view.is_counted
        },
    )


def of_board(*, user: Any, agent: Agent | None, at: datetime) -> dict[str, str]:
    """The shift-zero number of the agent's team. Pages ask for it once they are shown."""
    team = agent.team if agent else default_team()
    return _kept(
        f"desk-owed:{team.pk}:{_whose(user, None)}",
        lambda: {"board": _said(owed_by(team, user=user, at=at))},
    )


def _kept(key: str, count: Callable[[], dict[str, str]]) -> dict[str, str]:
    try:
        kept: dict[str, str] | None = cache.get(key)
    except (RedisError, OSError):
        return count()
    if kept is None:
        kept = count()
        with suppress(RedisError, OSError):
            cache.set(key, kept, timeout=KEPT_SECONDS)
    return kept


def owed_by(team: Team, *, user: Any, at: datetime) -> int:
    """The shift-zero number: without late arrivals, which are the next shift's."""
    return board.owed_now(team=team, at=at, partner_ids=reach.partner_ids(user), most=1).owed


def _count(tickets: QuerySet[Ticket]) -> int:
    return tickets.order_by().values("pk")[: MOST + 1].count()


def _said(count: int) -> str:
    return f"{MOST}+" if count > MOST else str(count)


def _whose(user: Any, agent: Agent | None) -> str:
    reached = reach.partner_ids(user)
    wall = "all" if reached is None else ",".join(sorted(map(str, reached)))
    return hashlib.sha256(f"{agent.pk if agent else ''}|{wall}".encode()).hexdigest()[:32]
