"""What kinds of letter there are: how long each is of use, and who says what is in it when its turn comes.

A letter that is no notice (a code to sign in with) carries its context from the start, and no wish of its reader stops
it. A notice is composed at the moment of sending, so that it says what is true then.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from partners.notices.models import Letter

_CODE_LIFE = timedelta(minutes=10)
_LIFE = timedelta(days=3)
_LIVES = {"sign_in_code": _CODE_LIFE, "confirm_email": _CODE_LIFE}


@dataclass(frozen=True, slots=True)
class Composed:
    """What a letter says now. `told` is called in the database transaction that marks it as sent."""

    context: dict[str, Any]
    told: Callable[[], None] = lambda: None


@dataclass(frozen=True, slots=True)
class Kind:
    """`compose` gives None when nothing is left to say; `dropped` hears that the letter will not be sent."""

    compose: Callable[[Letter, datetime], Composed | None]
    dropped: Callable[[Letter], None]


_notices: dict[str, Kind] = {}


def register(
    letter: str,
    compose: Callable[[Letter, datetime], Composed | None],
    *,
    dropped: Callable[[Letter], None] = lambda _letter: None,
) -> None:
    _notices[letter] = Kind(compose, dropped)


def notice(letter: str) -> Kind | None:
    """The kind of a notice; None for a letter that the shopper asked for at this moment."""
    return _notices.get(letter)


def life(letter: str) -> timedelta:
    return _LIVES.get(letter, _LIFE)
