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


def _moment(value: datetime) -> str:
    return value.isoformat(timespec="seconds")


KEEPER = Keeper("shops", export=export, erase=erase)
