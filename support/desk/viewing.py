"""Who else looks at a ticket just now: a heartbeat in the cache, gone by itself half a minute after the last."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from django.core.cache import cache
from redis.exceptions import RedisError

from support.desk.models import Agent, Ticket

LIFE_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Viewer:
    name: str
    is_typing: bool


def look(*, ticket: Ticket, agent: Agent, is_typing: bool, at: datetime) -> list[Viewer]:
    """The agent looks at the ticket now; the others who do. A warning and no lock: at sending the version counts."""
    key, now = _key(ticket.pk), at.timestamp()
    try:
        seen = cache.get(key) or {}
        seen = {who: each for who, each in seen.items() if now - each["at"] < LIFE_SECONDS}
        seen[str(agent.pk)] = {"name": agent.name, "typing": is_typing, "at": now}
        cache.set(key, seen, timeout=LIFE_SECONDS)
    except (RedisError, OSError):
        return []
    return [Viewer(each["name"], each["typing"]) for who, each in seen.items() if who != str(agent.pk)]


def leave(*, ticket: Ticket, agent: Agent) -> None:
    try:
        seen = cache.get(_key(ticket.pk)) or {}
        if seen.pop(str(agent.pk), None):
            cache.set(_key(ticket.pk), seen, timeout=LIFE_SECONDS)
    except (RedisError, OSError):
        return


def viewers(ticket_ids: list[uuid.UUID], *, at: datetime) -> dict[uuid.UUID, list[str]]:
    """By ticket, the names of those who look at it: for a page of the queue, in one word with the cache."""
    keys = {_key(pk): pk for pk in ticket_ids}
    try:
        found = cache.get_many(keys)
    except (RedisError, OSError):
        return {}
    now = at.timestamp()
    return {
        keys[key]: [each["name"] for each in seen.values() if now - each["at"] < LIFE_SECONDS]
        for key, seen in found.items()
    }


def _key(ticket_id: uuid.UUID) -> str:
    return f"desk-viewing:{ticket_id}"
