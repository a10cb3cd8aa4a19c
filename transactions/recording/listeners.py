"""What higher rooms do about a purchase, in the same database transaction as the word that brought it.

A room registers its functions in `ready()` of its `apps.py`. They are called with what has happened and its time, only
when something did happen: polls read every sale of the last hour again and again, and those readings are nobody's news.
A function that raises undoes the word too, so it should not do so lightly; and the sale is a hot path, so a function
begins with one cheap look whether it concerns it at all.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from transactions.models import Transaction, UnattributedSale


@dataclass(frozen=True, slots=True)
class Recorded:
    """Where a sale's word ended: on a transaction, or waiting as an unattributed sale. `is_news` says whether it
    changed anything."""

    transaction: Transaction | None
    unattributed: UnattributedSale | None
    is_news: bool


OnRecorded = Callable[[Recorded, datetime], None]
OnSettled = Callable[[Transaction, datetime], None]

_on_recorded: list[OnRecorded] = []
_on_settled: list[OnSettled] = []


def on_recorded(function: OnRecorded) -> None:
    """Call this with each word that changed anything: on a transaction, or on a sale that waits unattributed."""
    if function not in _on_recorded:
        _on_recorded.append(function)


def on_settled(function: OnSettled) -> None:
    """Call this with the transaction each time that its money has moved, once the ledger holds the new sums."""
    if function not in _on_settled:
        _on_settled.append(function)


def recorded(what: Recorded, at: datetime) -> None:
    for function in _on_recorded:
        function(what, at)


def settled(transaction: Transaction, at: datetime) -> None:
    for function in _on_settled:
        function(transaction, at)
