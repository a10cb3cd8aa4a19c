"""Pages of a list without counting it: one row too many is read to know whether more follow."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db.models import QuerySet

Row = TypeVar("Row")

_NUMBER = re.compile(r"[1-9][0-9]{0,3}")


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    rows: Sequence[Row]
    number: int
    has_next: bool

    @property
    def previous_link(self) -> str:
        return f"?page={self.number - 1}"

    @property
    def next_link(self) -> str:
        return f"?page={self.number + 1}"

    @property
    def is_past_the_end(self) -> bool:
        return not self.rows and self.number > 1


def read_number(text: str) -> int:
    """The page's number; 1 for anything that is none."""
    return int(text) if _NUMBER.fullmatch(text) else 1


def page(rows: QuerySet[Any, Any], *, number: int, size: int) -> Page[Any]:
    start = (number - 1) * size
    found = list(rows[start : start + size + 1])
    return Page(found[:size], number, has_next=len(found) > size)
