"""What rooms above do around a decision on goodwill, in the same database transaction."""

import uuid
from collections.abc import Callable
from datetime import datetime

from support.goodwill.models import GoodwillGrant

OnDecided = Callable[[GoodwillGrant, datetime], None]
Lock = Callable[[uuid.UUID], object]

_locks: list[Lock] = []
_paid: list[OnDecided] = []
_refused: list[OnDecided] = []


def register_lock(function: Lock) -> None:
    """Call this with a claim's id before anything of its goodwill is locked: whoever decides on the claim itself holds
    it already when they come to us, and two who go the same way never wait for each other in a circle."""
    if function not in _locks:
        _locks.append(function)


def register_paid(function: OnDecided) -> None:
    """Call this with each grant that a person asked for, once it is paid."""
    if function not in _paid:
        _paid.append(function)


def register_refused(function: OnDecided) -> None:
    if function not in _refused:
        _refused.append(function)


def lock(claim_id: uuid.UUID) -> None:
    for function in _locks:
        function(claim_id)


def paid(grant: GoodwillGrant, at: datetime) -> None:
    for function in _paid:
        function(grant, at)


def refused(grant: GoodwillGrant, at: datetime) -> None:
    for function in _refused:
        function(grant, at)
