"""What one shopper sees of their money: two sums, the purchases behind them, and the trips behind those."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Prefetch, Sum
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from cashback.lib.money import Money
from cashback.lib.paging import Page, page
from offers.catalogue import Face
from offers.promises import TRACKS_WITHIN
from partners.models import Shopper
from transactions.ledger.models import AccountKind, Balance
from transactions.models import Transaction, TransactionEvent

PURCHASES_PER_PAGE = 20
TRIPS_PER_PAGE = 20


@dataclass(frozen=True, slots=True)
class Word:
    """One thing that the network said of a purchase."""

    recorded_at: datetime
    state: str
    cashback: Money
    note: str


@dataclass(frozen=True, slots=True)
class Purchase:
    """A purchase with the history of its amount, the newest word first."""

    sale: Transaction
    shop: Face
    history: list[Word]
    is_overdue: bool


@dataclass(frozen=True, slots=True)
class Trip:
    """A click. `is_fresh` says that its purchase may still be on its way to us."""

    shop: Face
    started_at: datetime
    is_tracked: bool
    is_fresh: bool


def available(shopper: Shopper) -> Money:
    """What the ledger holds for the shopper; below zero after a return of what was spent."""
    currency = shopper.storefront.currency
    held = Balance.objects.filter(
        account__partner_id=shopper.partner_id,
        account__kind=AccountKind.SHOPPER,
        account__owner_id=shopper.pk,
        account__currency=currency,
    )
    return Money(held.values_list("amount", flat=True).first() or 0, currency)


def pending(shopper: Shopper) -> Money:
    """What the shops have still to decide about (or to pay for). It is a promise, and not in the ledger."""
    awaited = shopper.transactions.awaited().aggregate(sum=Coalesce(Sum("cashback_minor"), 0))
    return Money(int(awaited["sum"]), shopper.storefront.currency)


def purchases(shopper: Shopper, *, number: int, at: datetime) -> Page[Purchase]:
    history = Prefetch("events", TransactionEvent.objects.order_by("-pk"))
    rows = shopper.transactions.latest_first().select_related("merchant").prefetch_related(history)
    found = page(rows, number=number, size=PURCHASES_PER_PAGE)
    return Page([_purchase(row, at=at) for row in found.rows], found.number, found.has_next)


def _purchase(row: Transaction, *, at: datetime) -> Purchase:
    is_decided = row.is_declined or row.is_credited or row.awaits_payment
    is_overdue = not is_decided and row.expected_at is not None and row.expected_at < at
    history = [_word(event, currency=row.currency) for event in row.events.all()]
    return Purchase(row, Face.of(row.merchant), history, is_overdue)


def _word(event: TransactionEvent, *, currency: str) -> Word:
    state = _("paid") if event.is_paid else event.get_status_display()
    return Word(event.recorded_at, state, Money(event.cashback_minor, currency), event.note)


def trips(shopper: Shopper, *, number: int, at: datetime) -> Page[Trip]:
    """The shopper's clicks, each with whether a shop has reported a purchase of it."""
    reported = Transaction.objects.filter(click=OuterRef("pk"))
    rows = shopper.clicks.latest_first().select_related("merchant").annotate(is_tracked=Exists(reported))
    found = page(rows, number=number, size=TRIPS_PER_PAGE)
    return Page([_trip(row, at=at) for row in found.rows], found.number, found.has_next)


def _trip(row: Any, *, at: datetime) -> Trip:
    is_fresh = at - row.created_at < TRACKS_WITHIN
    return Trip(Face.of(row.merchant), row.created_at, row.is_tracked, is_fresh)
