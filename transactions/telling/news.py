"""What partners are told of purchases: outbox rows, written with what they tell of."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from cashback.lib import ids
from cashback.lib.money import Money
from partners.services import emit
from transactions.ledger import services as ledger
from transactions.ledger.models import Account
from transactions.models import Status, Transaction


def tell_begun(begun: Transaction, *, at: datetime) -> None:
    """A purchase is there; and what else its first word says of it."""
    _tell(begun, "transaction.created", payload(begun), at=at)
    if begun.status != Status.PENDING:
        tell_changed(begun, was_status=Status.PENDING, was_paid=False, at=at)


def tell_changed(known: Transaction, *, was_status: str, was_paid: bool, at: datetime) -> None:
    """One event for each thing that happened, for one word may bring both; `updated` for any other change."""
    happened = []
    if known.status != was_status and known.status != Status.PENDING:
        happened.append(str(known.status))
    if known.paid_at is not None and not was_paid:
        happened.append("paid")
    for what in happened or ["updated"]:
        _tell(known, f"transaction.{what}", payload(known), at=at)


def tell_balance(about: Transaction, account: Account, *, at: datetime) -> None:
    available = Money(ledger.balance(account=account), about.currency)
    _tell(about, "balance.changed", balance(about.shopper.external_id, available), at=at)


def balance(shopper: str, available: Money) -> dict[str, Any]:
    return {"shopper": shopper, "available": available.as_json()}


def payload(about: Transaction) -> dict[str, Any]:
    """The transaction in its outward form (contracts: Transaction)."""

    def moment(value: datetime | None) -> str | None:
        return value.isoformat() if value else None

    return {
        "id": about.public_id,
        "click_id": ids.public("clk", about.click_id) if about.click_id else None,
        "storefront": about.storefront.slug,
        "shopper": about.shopper.external_id,
        "merchant": ids.public("mrc", about.merchant_id),
        "merchant_name": about.merchant.name,
        "order_id": about.order_id,
        "status": str(about.status),
        "is_credited": about.is_credited,
        "paid_at": moment(about.paid_at),
        "sale_amount": about.sale_amount.as_json() if about.sale_amount else None,
        "cashback": about.cashback.as_json(),
        "partner_share": Money(about.partner_minor, about.currency).as_json(),
        "occurred_at": moment(about.occurred_at),
        "expected_at": moment(about.expected_at),
        "updated_at": moment(about.updated_at),
        "decline_reason": about.decline_reason,
    }


def _tell(about: Transaction, type: str, body: Mapping[str, Any], *, at: datetime) -> None:
    emit(partner_id=about.partner_id, type=type, subject_id=about.pk, payload=body, at=at)
