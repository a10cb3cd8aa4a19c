"""The integrator's checklist: which steps of a storefront's integration have been seen to work, and the fix for each
that has not. A room adds its own steps in its `apps.py`."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.utils.functional import Promise

from partners.models import Storefront


class State(StrEnum):
    WORKS = "works"
    FAILS = "fails"
    NOT_SEEN = "not_seen"


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the checklist. `fix` says exactly what to do; "" where it works. `sample` is code to paste."""

    name: str
    title: str | Promise
    state: State
    detail: str = ""
    fix: str = ""
    sample: str = ""
    seen_at: datetime | None = None


_rooms: list[Callable[[Storefront, datetime], Iterable[Step]]] = []


def register(steps_of: Callable[[Storefront, datetime], Iterable[Step]]) -> None:
    if steps_of not in _rooms:
        _rooms.append(steps_of)


def steps(storefront: Storefront, *, at: datetime) -> list[Step]:
    return [step for steps_of in _rooms for step in steps_of(storefront, at)]
