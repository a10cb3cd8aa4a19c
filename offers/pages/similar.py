"""Shops beside a shop: those that stand on its narrowest shelf, as the storefront's own lists would show them."""

from collections.abc import Sequence

from django.db.models import Count

from offers import catalogue
from offers.catalogue import Shop
from offers.models import Category, Merchant
from offers.rules import Edition
from offers.search.wishes import Wish
from partners.models import Storefront

SHOWN = 6
# A pin says where a shop stands in the storefront's lists, not what it is like.
_WITHOUT_PINS = Edition(key="", pins=())


def shelves_of(merchant: Merchant) -> list[Category]:
    """Where the merchant stands, the narrowest shelf first. Each knows its `size`."""
    shelves = Category.objects.filter(pk__in=merchant.categories.values("pk"))
    return list(shelves.annotate(size=Count("merchants")).order_by("size", "pk"))


def similar(storefront: Storefront, *, to: Merchant, shelves: Sequence[Category]) -> list[Shop]:
    shelf = next((each for each in shelves if each.size > 1), None)
    if shelf is None:
        return []
    beside = catalogue.shops(storefront, Wish(category=shelf.slug), edition=_WITHOUT_PINS).rows
    return [shop for shop in beside if shop.slug != to.slug][:SHOWN]
