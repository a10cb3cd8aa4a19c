"""What we hold of a shopper, room by room: to be shown to them, and to be erased when they ask.

Each room that keeps something of a shopper registers itself in its `apps.py`. See docs/adr/0007.
"""

import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import F, Func, JSONField, Value
from django.utils.functional import Promise

from partners.models import OutboxEvent, Shopper

# The answer, to any question, that leaves the shopper and everything of theirs as it is.
NOT_NOW = "not_now"
# Tells the partner which of its shoppers is gone: the one event that still names them, for a while.
DELETED = "shopper.deleted"


@dataclass(frozen=True, slots=True)
class Question:
    """What stands in the way of an erasure until the shopper has chosen. `choices` are values with their words; one
    that depends on a fact, such as an amount, has the fact in its value, so that a newer fact is asked about anew."""

    name: str
    text: str | Promise
    choices: list[tuple[str, str | Promise]]


def _nothing(*_about: object) -> list[Any]:
    return []


@dataclass(frozen=True, slots=True)
class Keeper:
    """One room's part. `export` gives JSON; `erase` leaves nothing that names the shopper and is safe to run twice."""

    name: str
    export: Callable[[Shopper], Any]
    erase: Callable[[Shopper, dict[str, str], datetime], None]
    # All that is the first shopper's becomes the second's; safe to run twice. The first is erased by then.
    merge: Callable[[Shopper, Shopper, datetime], None] = _nothing
    # Just before: what hangs on the names of the two, which are still known.
    part_with: Callable[[Shopper, Shopper], None] = _nothing
    # The second argument of `erase` holds the answers to these, by name; none when it runs again.
    questions: Callable[[Shopper], list[Question]] = _nothing
    # Every name that one of them may have.
    question_names: frozenset[str] = frozenset()
    # What becomes of the room's part, in plain words, for the page that asks.
    consequences: Callable[[Shopper], list[str | Promise]] = _nothing
    # What the room's events are about: in the outbox these name the shopper too.
    subjects: Callable[[Shopper], Iterable[uuid.UUID]] = _nothing
    # Erased shoppers of whom the room has something again, such as a purchase confirmed since.
    unfinished: Callable[[datetime], Iterable[Shopper]] = _nothing


_keepers: dict[str, Keeper] = {}


def register(keeper: Keeper) -> None:
    _keepers[keeper.name] = keeper


def keepers() -> list[Keeper]:
    """From the lowest room to the highest, as they registered."""
    return list(_keepers.values())


def questions(shopper: Shopper) -> list[Question]:
    return [question for keeper in keepers() for question in keeper.questions(shopper)]


def rename_in_outbox(shopper: Shopper) -> None:
    """Every event of the shopper's names them as they are called now."""
    named = OutboxEvent.objects.filter(partner_id=shopper.partner_id, payload__has_key="shopper")
    named = named.exclude(type=DELETED).exclude(payload__shopper=shopper.external_id)
    for keeper in keepers():
        named.filter(subject_id__in=keeper.subjects(shopper)).update(
            payload=merged(F("payload"), {"shopper": shopper.external_id})
        )


def merged(column: F, facts: dict[str, Any]) -> Func:
    """The JSON object of the column with these facts in place of its own."""
    return Func(
        column,
        Value(facts, JSONField()),
        template="(%(expressions)s)",
        arg_joiner=" || ",
        output_field=JSONField(),
    )
