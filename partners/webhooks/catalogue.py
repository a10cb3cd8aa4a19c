"""What partners can be told of: each type of event, with an example that the event's own code makes.

A room that emits events registers their types in its `apps.py`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise


@dataclass(frozen=True, slots=True)
class EventType:
    """`title` is for staff, in their language, `summary` for the docs; `example` is the `data` of such an event."""

    name: str
    title: str | Promise
    summary: str
    example: Callable[[], Mapping[str, Any]]


PING = "test.ping"

_types: dict[str, EventType] = {}


def register(*types: EventType) -> None:
    _types.update({each.name: each for each in types})


def all_types() -> list[EventType]:
    return [_types[name] for name in sorted(_types)]


def title_of(name: str) -> str:
    """What staff read; the name itself where the type is one of former days."""
    return str(_types[name].title) if name in _types else name


def is_known(name: str) -> bool:
    return name in _types
