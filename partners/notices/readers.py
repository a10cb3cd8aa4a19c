"""Shoppers, found by what a letter's link says of them."""

import uuid

from cashback.lib import sight
from partners.models import Shopper


def find(shopper_id: uuid.UUID) -> Shopper | None:
    """As who they are now, where two turned out to be one. Only where the storefront is open: a closed one sends no
    letters, and has no page to show."""
    with sight.all_partners("whose letter it is", is_hot=True):
        found = _open_by_id(shopper_id)
        while found and found.merged_into_id:
            found = _open_by_id(found.merged_into_id)
        return found


def _open_by_id(shopper_id: uuid.UUID) -> Shopper | None:
    is_open = {"storefront__is_active": True, "storefront__partner__is_active": True}
    return Shopper.objects.filter(pk=shopper_id, **is_open).select_related("storefront__partner").first()
