"""Clicks and transactions in their outward form: what partners read of them."""

from typing import Any

from cashback.lib import ids
from cashback.lib.money import Money
from transactions.models import Click, Transaction, TransactionEvent
from transactions.telling import news


def click_as_json(click: Click) -> dict[str, Any]:
    """Ask for clicks with their storefront, shopper and merchant."""
    return {
        "id": click.public_id,
        "storefront": click.storefront.slug,
        "shopper": click.shopper.external_id,
        "merchant": ids.public("mrc", click.merchant_id),
        "merchant_name": click.merchant.name,
        "created_at": click.created_at.isoformat(),
    }


def transaction_as_json(about: Transaction) -> dict[str, Any]:
    """Ask for transactions with their storefront, shopper and merchant."""
    return news.payload(about)


def with_history(about: Transaction) -> dict[str, Any]:
    """Every word that changed it, the first one first."""
    words = about.events.order_by("pk")
    return {**transaction_as_json(about), "history": [_word(about, word) for word in words]}


def _word(about: Transaction, word: TransactionEvent) -> dict[str, Any]:
    def money(minor: int | None) -> dict[str, str] | None:
        return None if minor is None else Money(minor, about.currency).as_json()

    return {
        "status": str(word.status),
        "is_paid": word.is_paid,
        "sale_amount": money(word.sale_minor),
        "cashback": money(word.cashback_minor),
        "recorded_at": word.recorded_at.isoformat(),
    }
