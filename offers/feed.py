"""The catalogue as partners' servers fetch it: every shop of a storefront with all that it pays, in bulk.

Written for speed: a page of it may hold forty thousand rates, so they are read past the ORM, and what they earn is
worked out once for all that pay alike.
"""

import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from django.db import connection
from django.db.models import Count, Exists, F, Max, OuterRef, Q, QuerySet
from django.utils.translation import get_language

from cashback.lib import ids
from cashback.lib.money import Money, percent_of, to_minor
from offers import catalogue, promises, rules
from offers.models import Category, Coupon, CouponQuerySet, Merchant, Offer, OfferFacts
from offers.networks.base import RateKind
from partners import storefronts
from partners.models import Storefront

# Of two rates for one kind of order the later begun has replaced the other, as in the shop's own table
# (offers.rate_table); one that begins later is told with its day.
_RATES = """
WITH told AS MATERIALIZED (
    SELECT r.offer_id, r.id, r.name, r.kind, r.value, r.currency, r.country, r.min_order_minor, r.starts_on,
           coalesce(f.customer, '') AS customer, coalesce(f.coupon, '') AS coupon, coalesce(f.channel, '') AS channel,
           coalesce(f.group_ru, '') AS group_ru, coalesce(f.group_en, '') AS group_en
    FROM offers_rate r
    LEFT JOIN offers_offerfacts s ON s.offer_id = r.offer_id
    LEFT JOIN offers_ratefacts f ON f.facts_id = s.id AND f.rate_external_id = r.external_id
    WHERE r.offer_id = ANY (%(offers)s::uuid[]) AND r.replaced_at IS NULL
)
SELECT offer_id, name, kind, value, currency, country, min_order_minor, starts_on, customer, coupon, channel,
       group_ru, group_en
FROM told
WHERE starts_on > %(today)s OR NOT EXISTS (
    SELECT FROM told later
    WHERE later.offer_id = told.offer_id AND later.name = told.name AND later.country = told.country
      AND later.min_order_minor = told.min_order_minor AND later.customer = told.customer
      AND later.coupon = told.coupon AND later.channel = told.channel
      AND coalesce(later.starts_on, '-infinity') <= %(today)s
      AND (coalesce(later.starts_on, '-infinity'), later.id) > (coalesce(told.starts_on, '-infinity'), told.id)
)
ORDER BY offer_id, starts_on > %(today)s IS TRUE, kind = 'percent' AND value > 0 DESC, value DESC, name, id
"""
_SHELVES = """
SELECT mc.merchant_id, array_agg(c.slug ORDER BY c.slug)
FROM offers_merchant_categories mc JOIN offers_category c ON c.id = mc.category_id
WHERE mc.merchant_id = ANY (%s::uuid[]) GROUP BY mc.merchant_id
"""


@dataclass(frozen=True, slots=True)
class Place:
    """What a storefront makes of an offer."""

    origin: str
    currency: str
    share: Decimal

    @classmethod
    def of(cls, storefront: Storefront) -> "Place":
        site = urlsplit(storefronts.address(storefront))
        return cls(f"{site.scheme}://{site.netloc}", storefront.currency, storefront.shopper_percent)


def merchants(storefront: Storefront) -> QuerySet[Merchant]:
    """The shops that the storefront shows, each with the offer that a click would use as `offer_id`."""
    pays = {"is_open": True, "currency": storefront.currency, "account__is_active": True}
    better = Offer.objects.filter(
        Q(score__gt=OuterRef("offers__score"))
        | Q(score=OuterRef("offers__score"), pk__lt=OuterRef("offers__pk")),
        merchant=OuterRef("pk"),
        **pays,
    )
    return Merchant.objects.filter(
        rules.shown(storefront),
        ~Exists(better),
        is_hidden=False,
        **{f"offers__{name}": it for name, it in pays.items()},
    ).annotate(offer_id=F("offers__pk"))


def named(prefix: str, text: str) -> dict[str, Any]:
    """A condition for the row of this id, or of this slug. No slug of ours looks like an id."""
    try:
        return {"pk": ids.from_public(prefix, text)}
    except ids.InvalidId:
        return {"slug": text.replace("\x00", "")}


def merchants_as_json(found: Sequence[Any], storefront: Storefront, *, at: datetime) -> list[dict[str, Any]]:
    """In the language that is active; three queries, however many they are."""
    place = Place.of(storefront)
    offers = Offer.objects.in_bulk([row.offer_id for row in found])
    rates = _rates(list(offers), place, at=at)
    shelves = _shelves([row.pk for row in found])
    return [
        _merchant_as_json(
            row, offers[row.offer_id], place, rates=rates[row.offer_id], shelves=shelves[row.pk]
        )
        for row in found
    ]


def _merchant_as_json(
    merchant: Merchant, offer: Offer, place: Place, *, rates: list[dict[str, Any]], shelves: list[str]
) -> dict[str, Any]:
    best = (offer.best_percent, offer.best_fixed_minor, place.currency, place.share, get_language())
    return {
        "id": ids.public("mrc", merchant.pk),
        "name": merchant.name,
        "slug": merchant.slug,
        "logo_url": f"{place.origin}/logos/{merchant.logo_digest}" if merchant.logo_digest else None,
        "currency": place.currency,
        "up_to": _reward(*best),
        "rates": rates,
        "categories": shelves,
        "countries": offer.countries,
        "hold_days": offer.hold_days,
    }


def _rates(
    offers: Sequence[uuid.UUID], place: Place, *, at: datetime
) -> Mapping[uuid.UUID, list[dict[str, Any]]]:
    language, share, is_russian = get_language(), place.share, get_language() == "ru"
    found: dict[uuid.UUID, list[dict[str, Any]]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(_RATES, {"offers": list(offers), "today": at.date()})
        rows = cursor.fetchall()
    for offer, name, kind, value, currency, country, least, starts, customer, coupon, channel, ru, en in rows:
        found[offer].append(
            {
                "name": name,
                "group": ((ru or en) if is_russian else (en or ru)) or None,
                "reward": _rate_reward(kind, value, currency, share, language),
                "country": country or None,
                "min_order": _money(least, currency) if least else None,
                "customer": customer or None,
                "coupon": coupon or None,
                "channel": channel or None,
                "starts_on": starts.isoformat() if starts else None,
            }
        )
    return found


def _shelves(merchants: Sequence[uuid.UUID]) -> Mapping[uuid.UUID, list[str]]:
    with connection.cursor() as cursor:
        cursor.execute(_SHELVES, [list(merchants)])
        return defaultdict(list, cursor.fetchall())


@lru_cache(maxsize=4096)
def _money(minor: int, currency: str) -> dict[str, str]:
    return Money(minor, currency).as_json()


@lru_cache(maxsize=16384)
def _rate_reward(
    kind: str, value: Decimal, currency: str, share: Decimal, language: str
) -> dict[str, Any] | None:
    is_percent = kind == RateKind.PERCENT
    fixed = None if is_percent else to_minor(value, currency)
    return _reward(value if is_percent else None, fixed, currency, share, language)


@lru_cache(maxsize=16384)
def _reward(
    percent: Decimal | None, fixed_minor: int | None, currency: str, share: Decimal, language: str
) -> dict[str, Any] | None:
    """The shopper's part: as a number, and as the storefront's own pages write it. None is nothing."""
    text = promises.reward(percent=percent, fixed_minor=fixed_minor, currency=currency, share=share)
    if not text:
        return None
    is_percent = bool(percent and share)
    return {
        "text": text,
        "percent": f"{(percent * share / 100).normalize():f}" if percent and is_percent else None,
        "amount": None if is_percent else _money(percent_of(fixed_minor or 0, share), currency),
    }


def coupons(storefront: Storefront, *, at: datetime) -> CouponQuerySet:
    """Codes and deals that can be used now."""
    return catalogue.live_coupons(storefront, at=at)


def coupon_as_json(coupon: Coupon) -> dict[str, Any]:
    def moment(value: datetime | None) -> str | None:
        return value.isoformat() if value else None

    merchant = coupon.offer.merchant
    return {
        "id": ids.public("cpn", coupon.pk),
        "merchant": ids.public("mrc", merchant.pk),
        "merchant_name": merchant.name,
        "name": coupon.name,
        "kind": coupon.kind,
        "code": coupon.code or None,
        "description": coupon.description,
        "discount": coupon.discount,
        "is_exclusive": coupon.is_exclusive,
        "starts_at": moment(coupon.starts_at),
        "ends_at": moment(coupon.ends_at),
    }


def categories(storefront: Storefront) -> tuple[QuerySet[Category], Mapping[str, int]]:
    """Those with something on them, and how many shops are on each, by slug."""
    counts = {shelf.slug: shelf.count for shelf in catalogue.shelves(storefront).categories}
    return Category.objects.filter(slug__in=counts), counts


def category_as_json(category: Category, *, merchants: int) -> dict[str, Any]:
    return {
        "id": ids.public("cat", category.pk),
        "slug": category.slug,
        "name": category.name,
        "names": {"ru": category.name_ru, "en": category.name_en},
        "merchants": merchants,
    }


def mark(storefront: Storefront, *, at: datetime) -> str:
    """The same as long as all that the feed says of the storefront is: its shelves, what staff knows of offers, the
    day (rates begin at midnight), and the moment at which a coupon last began or ended."""
    known = OfferFacts.objects.aggregate(last=Max("changed_at"), count=Count("pk"))
    turned = Coupon.objects.filter(offer__currency=storefront.currency).aggregate(
        began=Max("starts_at", filter=Q(starts_at__lte=at)), ended=Max("ends_at", filter=Q(ends_at__lte=at))
    )
    facts = (*known.values(), *turned.values(), at.astimezone(UTC).date(), storefront.host, storefront.locale)
    return f"{rules.edition(storefront).key}.{facts}"
