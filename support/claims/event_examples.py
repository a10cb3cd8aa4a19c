"""What partners are told of claims, by example: of a claim that nobody made."""

import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from offers.models import Merchant
from partners.models import Shopper, Storefront
from partners.webhooks.catalogue import EventType
from support.claims.models import Claim, Kind, Status
from support.claims.outward import payload

_NUMBER = 0x019ABC00_0000_7000_8000_000000000001


def _claim(status: Status, *, closed_at: datetime | None = None) -> Mapping[str, Any]:
    return payload(
        Claim(
            id=uuid.UUID(int=_NUMBER),
            number=10_042,
            storefront=Storefront(slug="acorn"),
            shopper=Shopper(external_id="alice"),
            merchant=Merchant(id=uuid.UUID(int=_NUMBER - 2), name="Kofeynaya Milya"),
            click_id=uuid.UUID(int=_NUMBER - 1),
            kind=Kind.UNTRACKED,
            order_no="A-1007",
            order_at=datetime(2026, 11, 1, 12, 30, tzinfo=UTC),
            order_minor=199_000,
            currency="RUB",
            expected_minor=6_965,
            status=status,
            next_update_due=datetime(2026, 11, 9, 9, 0, tzinfo=UTC),
            created_at=datetime(2026, 11, 2, 9, 0, tzinfo=UTC),
            updated_at=datetime(2026, 11, 2, 9, 0, tzinfo=UTC),
            closed_at=closed_at,
        )
    )


EVENTS = (
    EventType(
        "claim.opened",
        _("claim opened"),
        "A shopper has asked where their cashback is.",
        lambda: _claim(Status.TRIAGING),
    ),
    EventType(
        "claim.updated",
        _("claim a step further"),
        "A claim has come a step further.",
        lambda: _claim(Status.LODGED),
    ),
    EventType(
        "claim.closed",
        _("claim closed"),
        "A claim has its answer.",
        lambda: _claim(Status.CREDITED, closed_at=datetime(2026, 11, 20, tzinfo=UTC)),
    ),
)
