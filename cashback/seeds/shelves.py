"""How the demo's shelves look after a few months: two shops put first, a few that came lately, and what Alice keeps."""

from datetime import datetime, timedelta

from django.db import transaction

from offers import rules, shelf, shelving
from offers.models import CatalogueRule, Merchant, Offer
from offers.networks.models import NetworkAccount
from partners.models import Shopper, Storefront

_FIRST = {"acorn": ("okolitsa", "severny-chay"), "birch": ("wayfarer-stays",)}
_CAME_LATELY = ("gornaya-tropa", "kofeynaya-milya", "lumen-audio", "velvet-fig")
_KEPT = {"alice": ("kot-matvey", "polyus-tekhnika", "knizhny-rodnik"), "bob": ("northpeak-outfitters",)}
_SEEN = {
    "alice": ("bilety-vdal", "kot-matvey", "okolitsa", "svet-i-provod"),
    "bob": ("skylark-flights", "violet-hour"),
}


@transaction.atomic
def fill_shelves(*, at: datetime) -> None:
    """The catalogue is three months old; pins, favourites and visits are there. Says nothing new a second time."""
    opened = at - timedelta(days=100)
    NetworkAccount.objects.filter(created_at__gt=opened).update(created_at=opened)
    offers = Offer.objects.filter(first_seen_at__gt=at - timedelta(days=30))
    offers.exclude(merchant__slug__in=_CAME_LATELY).update(first_seen_at=at - timedelta(days=90))
    offers.filter(merchant__slug__in=_CAME_LATELY).update(first_seen_at=at - timedelta(days=5))
    merchants = dict(Merchant.objects.values_list("slug", "pk"))
    for slug, pinned in _FIRST.items():
        storefront = Storefront.objects.get(slug=slug)
        if CatalogueRule.objects.filter(storefront=storefront).exists():
            continue
        for merchant in pinned:
            if merchant in merchants:
                shelving.add_rule(storefront=storefront, kind="pin", merchant_id=merchants[merchant])
    for shopper in Shopper.objects.filter(storefront__slug__in=_FIRST, external_id__in=_KEPT):
        _remember(shopper, merchants, at=at)
    rules.turn()


def _remember(shopper: Shopper, merchants: dict, *, at: datetime) -> None:
    for minutes, slug in enumerate(_KEPT[shopper.external_id]):
        if slug in merchants:
            shelf.keep(shopper=shopper, slug=slug, at=at - timedelta(minutes=minutes))
    for minutes, slug in enumerate(_SEEN[shopper.external_id]):
        if slug in merchants:
            shelf.note_visit(
                shopper=shopper, merchant_id=merchants[slug], at=at - timedelta(hours=1, minutes=minutes)
            )
