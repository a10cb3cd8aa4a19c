"""Trips and purchases of days gone by, for a demo: made by the services, under ids and times of their own day.

The ledger's transfers say when they were written down, which is now; what they are about is of its day.
"""

import random
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from django.db.models.expressions import DatabaseDefault
from django.db.models.signals import post_init

from offers.models import Offer
from partners.models import Shopper
from transactions import partitions
from transactions.models import Click, Transaction

_BROWSERS = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 19_1 like Mac OS X) AppleWebKit/605.1.15 Version/19.1 Mobile Safari/604.1",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/142.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Linux; Android 16; Pixel 10) AppleWebKit/537.36 Chrome/142.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/19.1 Safari/605.1.15",
)


def make_room(*, since: datetime) -> None:
    """The months of clicks exist from that day on."""
    partitions.make_months(at=since)


def id_at(moment: datetime, dice: random.Random) -> uuid.UUID:
    """A UUIDv7 of the moment (RFC 9562 §5.7)."""
    first = partitions.first_id(moment).int
    return uuid.UUID(int=first | 7 << 76 | dice.getrandbits(12) << 64 | 2 << 62 | dice.getrandbits(62))


def trip(
    shopper: Shopper, offer: Offer, *, at: datetime, dice: random.Random, blocker: bool = False
) -> Click:
    """A click that is not stored yet, as the click-out would have stored it then."""
    storefront = shopper.storefront
    return Click(
        id=id_at(at, dice),
        partner_id=shopper.partner_id,
        storefront=storefront,
        shopper=shopper,
        merchant=offer.merchant,
        offer=offer,
        account_id=offer.account_id,
        currency=storefront.currency,
        shopper_percent=storefront.shopper_percent,
        partner_percent=storefront.partner_percent,
        credit_on=storefront.credit_on,
        best_percent=offer.best_percent,
        best_fixed_minor=offer.best_fixed_minor,
        terms_digest=offer.terms_digest,
        user_agent=dice.choice(_BROWSERS),
        created_at=at,
        blocker_seen=blocker,
        cookies_kept=not blocker,
        evidence_at=at + timedelta(seconds=2),
    )


@contextmanager
def recorded_at(moment: datetime, *, dice: random.Random) -> Iterator[None]:
    """Transactions that the services begin meanwhile bear the moment, where the database would give them its own."""

    def date(*, instance: Transaction, **_told: Any) -> None:
        if isinstance(instance.pk, DatabaseDefault):
            instance.pk, instance.created_at = id_at(moment, dice), moment

    post_init.connect(date, sender=Transaction, weak=False)
    try:
        yield
    finally:
        post_init.disconnect(date, sender=Transaction)
