"""What partners are told of purchases, by example: of a purchase that nobody made."""

import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from cashback.lib.money import Money
from offers.models import Merchant
from partners.models import CreditOn, Shopper, Storefront
from partners.webhooks.catalogue import EventType
from transactions.models import Status, Transaction
from transactions.telling import news

_NUMBER = 0x019ABC00_0000_7000_8000_000000000001


def _purchase(status: Status, *, paid_at: datetime | None = None, reason: str = "") -> Mapping[str, Any]:
    return news.payload(
        Transaction(
            id=uuid.UUID(int=_NUMBER),
            click_id=uuid.UUID(int=_NUMBER - 1),
            storefront=Storefront(slug="acorn"),
            shopper=Shopper(external_id="alice"),
            merchant=Merchant(id=uuid.UUID(int=_NUMBER - 2), name="Kofeynaya Milya"),
            order_id="A-1007",
            status=status,
            credit_on=CreditOn.APPROVED,
            currency="RUB",
            sale_minor=199_000,
            cashback_minor=6_965,
            partner_minor=995,
            decline_reason=reason,
            paid_at=paid_at,
            occurred_at=datetime(2026, 11, 1, 12, 30, tzinfo=UTC),
            expected_at=datetime(2026, 12, 1, 12, 30, tzinfo=UTC),
            updated_at=datetime(2026, 11, 2, 9, 0, tzinfo=UTC),
        )
    )


EVENTS = (
    EventType(
        "transaction.created",
        _("purchase tracked"),
        "A purchase has been tracked.",
        lambda: _purchase(Status.PENDING),
    ),
    EventType(
        "transaction.updated",
        _("purchase changed"),
        "An amount, a date or the order's number of a purchase has changed.",
        lambda: _purchase(Status.PENDING),
    ),
    EventType(
        "transaction.approved",
        _("purchase confirmed"),
        "The shop has confirmed a purchase.",
        lambda: _purchase(Status.APPROVED),
    ),
    EventType(
        "transaction.declined",
        _("purchase declined"),
        "The shop has declined a purchase, maybe one that it had confirmed.",
        lambda: _purchase(Status.DECLINED, reason="The goods were returned."),
    ),
    EventType(
        "transaction.paid",
        _("purchase paid for by the network"),
        "The network has paid us for a purchase.",
        lambda: _purchase(Status.APPROVED, paid_at=datetime(2026, 11, 20, tzinfo=UTC)),
    ),
    EventType(
        "balance.changed",
        _("balance changed"),
        "A shopper's available cashback is another than before.",
        lambda: news.balance("alice", Money(6_965, "RUB")),
    ),
)
