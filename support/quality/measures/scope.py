"""Which rows a figure is worked out from: a stretch of time, and perhaps one partner, team or agent."""

import uuid
from collections import namedtuple
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.db import connection

from support.quality.periods import Period


class By(StrEnum):
    """One figure for all, or one for each."""

    ALL = "all"
    AGENT = "agent"
    TEAM = "team"
    PARTNER = "partner"
    DAY = "day"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Half-open in time. What happened after `at` is not known yet, so a period that is over keeps its figures.

    Days are those of `zone`. None is no condition; an empty collection of partners is none of them.
    """

    since: datetime
    until: datetime
    at: datetime
    zone: str = "UTC"
    partner_ids: Collection[uuid.UUID] | None = None
    team_id: uuid.UUID | None = None
    agent_id: uuid.UUID | None = None

    @classmethod
    def of(cls, period: Period, *, at: datetime, **conditions: Any) -> "Scope":
        return cls(since=period.since, until=period.until, at=at, zone=period.zone, **conditions)

    def over(self, period: Period) -> "Scope":
        return replace(self, since=period.since, until=period.until, zone=period.zone)

    def of_everybody(self) -> "Scope":
        """The whole house in the same time: what all are measured by alike."""
        return replace(self, partner_ids=None, team_id=None, agent_id=None)

    @property
    def known_until(self) -> datetime:
        return min(self.until, self.at)


_remembered: ContextVar[dict[Any, list[Any]] | None] = ContextVar("remembered", default=None)


@contextmanager
def remembering() -> Iterator[None]:
    """Inside, a statement with the same parameters is asked once: a page shows a figure in several places."""
    token = _remembered.set({})
    try:
        yield
    finally:
        _remembered.reset(token)


def rows(sql: str, scope: Scope, **more: object) -> list[Any]:
    """The answer, as named tuples. A statement names the scope's parts as its parameters."""
    asked = {**parameters(scope), **more}
    known, key = _remembered.get(), (sql, repr(asked))
    if known is not None and key in known:
        return known[key]
    with connection.cursor() as cursor:
        cursor.execute(sql, asked)
        row = namedtuple("row", [column.name for column in cursor.description])
        found = [row(*values) for values in cursor.fetchall()]
    if known is not None:
        known[key] = found
    return found


def parameters(scope: Scope) -> Mapping[str, object]:
    return {
        "since": scope.since,
        "until": scope.until,
        "at": scope.at,
        "known_until": scope.known_until,
        "zone": scope.zone,
        "partners": None if scope.partner_ids is None else list(scope.partner_ids),
        "team": scope.team_id,
        "agent": scope.agent_id,
    }


def share(part: int, whole: int) -> float | None:
    """None of nothing: no share is shown where there was nothing to share."""
    return part / whole if whole else None
