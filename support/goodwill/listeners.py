"""What rooms above do when goodwill was decided on, in the same database transaction."""

from collections.abc import Callable
from datetime import datetime

from support.goodwill.models import GoodwillGrant

OnDecided = Callable[[GoodwillGrant, datetime], None]

_paid: list[OnDecided] = []
_refused: list[OnDecided] = []


def register_paid(function: OnDecided) -> None:
    """Call this with each grant that a person asked for, once it is paid."""
    if function not in _paid:
        _paid.append(function)


def register_refused(function: OnDecided) -> None:
    if function not in _refused:
        _refused.append(function)


def paid(grant: GoodwillGrant, at: datetime) -> None:
    for function in _paid:
        function(grant, at)


def refused(grant: GoodwillGrant, at: datetime) -> None:
    for function in _refused:
        function(grant, at)
