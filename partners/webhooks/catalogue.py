"""What partners can be told of: each type of event, with an example that the event's own code makes.

A room that emits events registers their types in its `apps.py`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class EventType:
    """`example` is the `data` of such an event."""

    name: str
    summary: str
    example: Callable[[], Mapping[str, Any]]


PING = "test.ping"

_types: dict[str, EventType] = {}


def register(*types: EventType) -> None:
    _types.update({each.name: each for each in types})


def all_types() -> list[EventType]:
    return [_types[name] for name in sorted(_types)]


def is_known(name: str) -> bool:
    return name in _types
