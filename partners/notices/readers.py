"""Shoppers, found by what a letter's link says of them."""

import uuid

from cashback.lib import sight
from partners.models import Shopper


def find(shopper_id: uuid.UUID) -> Shopper | None:
    """Only where the storefront is open: a closed one sends no letters, and has no page to show."""
    with sight.all_partners("whose letter it is", is_hot=True):
        return (
            Shopper.objects.filter(
                pk=shopper_id, storefront__is_active=True, storefront__partner__is_active=True
            )
            .select_related("storefront__partner")
            .first()
        )
