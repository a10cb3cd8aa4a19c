"""A transaction's row: found, begun, brought to what the network says. Nothing here moves money or tells anybody."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet

from cashback.lib.errors import DomainError
from offers.models import Offer
from offers.networks.base import Sale
from offers.networks.models import NetworkAccount
from transactions.models import Click, Status, Transaction, TransactionEvent, UnattributedSale
from transactions.recording import grants, words

DEFAULT_HOLD = timedelta(days=45)

# What `news.payload` says of a transaction's neighbours.
_NAMED = ("storefront", "shopper", "merchant")


class CurrencyChanged(DomainError):
    """A network restated a sale in another currency; a person must look, for no arithmetic mends it."""

    code = "currency_changed"


def find(*, account: NetworkAccount, external_id: str) -> Transaction | None:
    return locked().filter(account=account, external_id=external_id).first()


def locked() -> QuerySet[Transaction]:
    """Locked alone, and with all that the outward form names: one statement instead of four."""
    return Transaction.objects.select_for_update(of=("self",)).select_related(*_NAMED)


def purchase(*, click: Click, offer: Offer, account: NetworkAccount, occurred_at: datetime) -> Transaction:
    """A purchase of the click's shopper under what the click froze; nothing is said of it yet."""
    return Transaction(
        partner_id=click.partner_id,
        storefront_id=click.storefront_id,
        shopper_id=click.shopper_id,
        merchant_id=offer.merchant_id,
        offer=offer,
        account=account,
        click=click,
        currency=click.currency,
        shopper_percent=click.shopper_percent,
        partner_percent=click.partner_percent,
        credit_on=click.credit_on,
        occurred_at=occurred_at,
    )


def end_its_wait(stored: Transaction) -> Sale | None:
    """A sale that waited under this id waits no more; its word, which may be newer than the one that ended the wait."""
    waiting = UnattributedSale.objects.filter(
        account_id=stored.account_id, external_id=stored.external_id, transaction=None
    ).first()
    if waiting is None:
        return None
    waiting.transaction = stored
    waiting.save(update_fields=["transaction"])
    return words.from_json(waiting.word)


def take_over(known: Transaction, *, sale: Sale, at: datetime) -> None:
    """The transaction is as the network says, down to its shares; not saved. Raises CurrencyChanged."""
    if sale.currency != known.currency:
        raise CurrencyChanged(f"The sale was in {known.currency} and is now in {sale.currency}.")
    known.status = Status(sale.status)
    known.is_stalled = sale.stalled
    known.decline_reason = sale.decline_reason
    known.sale_minor = sale.sale_minor
    known.commission_minor = sale.commission_minor
    known.order_id = sale.order_id
    known.rate_name = sale.rate_name
    # The network tells that it has paid, not when: the time we first heard of it stands.
    known.paid_at = (known.paid_at or at) if sale.paid else None
    known.expected_at = _expected_at(known, sale=sale)
    known.changed_at = sale.changed_at
    known.observed_at = sale.observed_at
    known.updated_at = at
    if known.granted_minor is not None:
        grants.keep(known)
    known.share_out()


def _expected_at(known: Transaction, *, sale: Sale) -> datetime:
    """When the decision should be there: the network's closing date, else the offer's usual hold after the purchase,
    as it was when we first heard."""
    if sale.closes_on is not None:
        return datetime.combine(sale.closes_on, sale.occurred_at.timetz())
    if known.expected_at is not None:
        return known.expected_at
    hold = known.offer.hold_days
    return sale.occurred_at + (timedelta(days=hold) if hold else DEFAULT_HOLD)


def note_down(known: Transaction, *, sale: Sale, via: TransactionEvent.Via, at: datetime) -> None:
    raw = dict(sale.raw)
    write_event(known, via=via, changed_at=sale.changed_at, raw=raw, note=sale.decline_reason, at=at)


def write_event(
    known: Transaction,
    *,
    via: TransactionEvent.Via,
    changed_at: datetime,
    raw: Mapping[str, Any],
    note: str,
    at: datetime,
) -> None:
    TransactionEvent.objects.create(
        partner_id=known.partner_id,
        transaction=known,
        via=via,
        status=known.status,
        sale_minor=known.sale_minor,
        commission_minor=known.commission_minor,
        cashback_minor=known.cashback_minor,
        is_paid=known.paid_at is not None,
        note=note,
        changed_at=changed_at,
        recorded_at=at,
        raw=words.plain(raw),
    )
