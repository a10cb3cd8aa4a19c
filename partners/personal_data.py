"""What we hold of a shopper, room by room: to be shown to them, and to be erased when they ask.

Each room that keeps something of a shopper registers itself in its `apps.py`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.functional import Promise

from partners.models import Shopper


@dataclass(frozen=True, slots=True)
class Question:
    """What stands in the way of an erasure until the shopper has chosen. `choices` are values with their words."""

    name: str
    text: str | Promise
    choices: list[tuple[str, str | Promise]]


@dataclass(frozen=True, slots=True)
class Keeper:
    """One room's part. `export` gives JSON; `erase` leaves nothing that names the shopper and is safe to run twice."""

    name: str
    export: Callable[[Shopper], Any]
    erase: Callable[[Shopper, dict[str, str], datetime], None]
    # The second argument of `erase` holds the answers to these, by name.
    questions: Callable[[Shopper], list[Question]] = lambda _shopper: []


_keepers: dict[str, Keeper] = {}


def register(keeper: Keeper) -> None:
    _keepers[keeper.name] = keeper


def keepers() -> list[Keeper]:
    return list(_keepers.values())
