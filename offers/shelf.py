"""What a shopper keeps at hand: favourite shops, and those looked at lately."""

import uuid
from datetime import datetime, timedelta

from django.db import connection, transaction

from cashback.lib.errors import DomainError
from offers import catalogue
from offers.models import FavouriteShop, Merchant, ShopVisit
from partners.models import Shopper

MOST_FAVOURITES = 200
VISITS_KEPT = 30
VISITS_SHOWN = 6
# Whoever loads the page again within this time is still on the same visit: nothing is written.
_ONE_VISIT = timedelta(minutes=1)

# Written at every page of a shop, so it is one statement; what it deletes it sees as it was before.
_NOTE_VISIT = """
WITH noted AS (
    INSERT INTO offers_shopvisit (partner_id, shopper_id, merchant_id, visited_at)
    VALUES (%(partner)s, %(shopper)s, %(merchant)s, %(at)s)
    ON CONFLICT (shopper_id, merchant_id) DO UPDATE SET visited_at = excluded.visited_at
        WHERE offers_shopvisit.visited_at < %(before)s
    RETURNING id
)
DELETE FROM offers_shopvisit WHERE EXISTS (SELECT FROM noted) AND id IN (
    SELECT id FROM offers_shopvisit
    WHERE shopper_id = %(shopper)s AND merchant_id <> %(merchant)s
    ORDER BY visited_at DESC, id OFFSET %(others_kept)s
)
"""


class NoSuchShop(DomainError):
    """The storefront shows no such shop."""

    code = "no_such_shop"


class TooManyFavourites(DomainError):
    code = "too_many_favourites"


@transaction.atomic
def keep(*, shopper: Shopper, slug: str, at: datetime) -> str:
    """The shop is a favourite of the shopper's. Its name. Raises NoSuchShop or TooManyFavourites."""
    shop = _shop(shopper, slug)
    kept = FavouriteShop.objects.filter(shopper=shopper)
    if not kept.filter(merchant=shop.merchant_id).exists() and kept.count() >= MOST_FAVOURITES:
        raise TooManyFavourites(f"{MOST_FAVOURITES} shops are kept already.")
    FavouriteShop.objects.bulk_create(
        [
            FavouriteShop(
                partner_id=shopper.partner_id, shopper=shopper, merchant_id=shop.merchant_id, kept_at=at
            )
        ],
        ignore_conflicts=True,
    )
    return shop.name


def let_go(*, shopper: Shopper, slug: str) -> str:
    """The shop is no favourite of the shopper's, whether the storefront still shows it or not. Its name. Raises
    NoSuchShop for one that neither has."""
    merchant = Merchant.objects.filter(slug=slug).first()
    if merchant is None:
        raise NoSuchShop("There is no such shop.")
    let_go_of, _rows = FavouriteShop.objects.filter(shopper=shopper, merchant=merchant).delete()
    # Of a shop that the storefront leaves out nobody but who kept it here learns as much as its name.
    return merchant.name if let_go_of else _shop(shopper, slug).name


def favourites(shopper: Shopper) -> tuple[list[catalogue.Shop], int]:
    """The latest kept first; and how many more are kept that the storefront does not show now."""
    kept = list(
        FavouriteShop.objects.filter(shopper=shopper)
        .order_by("-kept_at", "pk")
        .values_list("merchant", flat=True)
    )
    shown = catalogue.shops_of(shopper.storefront, kept)
    return shown, len(kept) - len(shown)


def favourite_slugs(shopper: Shopper) -> set[str]:
    return set(FavouriteShop.objects.filter(shopper=shopper).values_list("merchant__slug", flat=True))


def note_visit(*, shopper: Shopper, merchant_id: uuid.UUID, at: datetime) -> None:
    """The shopper looked at the shop's page at that time. Only the latest are kept, one for each shop."""
    with connection.cursor() as cursor:
        cursor.execute(
            _NOTE_VISIT,
            {
                "partner": shopper.partner_id,
                "shopper": shopper.pk,
                "merchant": merchant_id,
                "at": at,
                "before": at - _ONE_VISIT,
                "others_kept": VISITS_KEPT - 1,
            },
        )


def visited(shopper: Shopper) -> list[catalogue.Shop]:
    """The shops looked at last, as far as the storefront still shows them."""
    seen = ShopVisit.objects.filter(shopper=shopper).order_by("-visited_at", "pk")
    return catalogue.shops_of(
        shopper.storefront, list(seen.values_list("merchant", flat=True)[:VISITS_SHOWN])
    )


def _shop(shopper: Shopper, slug: str) -> catalogue.Shop:
    merchant = Merchant.objects.filter(slug=slug).values_list("pk", flat=True).first()
    shops = catalogue.shops_of(shopper.storefront, [merchant]) if merchant else []
    if not shops:
        raise NoSuchShop("This storefront shows no such shop.")
    return shops[0]
