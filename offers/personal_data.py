"""This room's part of what is held of a shopper: the shops they keep and have looked at."""

from datetime import datetime
from typing import Any

from offers.models import FavouriteShop, ShopVisit
from partners.models import Shopper
from partners.personal_data import Keeper


def export(shopper: Shopper) -> dict[str, Any]:
    kept = FavouriteShop.objects.filter(shopper=shopper).select_related("merchant").order_by("-kept_at", "pk")
    seen = ShopVisit.objects.filter(shopper=shopper).select_related("merchant").order_by("-visited_at", "pk")
    return {
        "favourites": [{"shop": row.merchant.name, "kept_at": _moment(row.kept_at)} for row in kept],
        "recently_visited": [
            {"shop": row.merchant.name, "visited_at": _moment(row.visited_at)} for row in seen
        ],
    }


def erase(shopper: Shopper, _answers: dict[str, str], _at: datetime) -> None:
    FavouriteShop.objects.filter(shopper=shopper).delete()
    ShopVisit.objects.filter(shopper=shopper).delete()


def merge(gone: Shopper, into: Shopper, _at: datetime) -> None:
    """A shop that both keep, or have looked at, is there once."""
    for kept in (FavouriteShop, ShopVisit):
        of_both = kept._default_manager.filter(shopper=into).values("merchant")
        kept._default_manager.filter(shopper=gone, merchant__in=of_both).delete()
        kept._default_manager.filter(shopper=gone).update(shopper=into)


def _moment(value: datetime) -> str:
    return value.isoformat(timespec="seconds")


KEEPER = Keeper("shops", export=export, erase=erase, merge=merge)
