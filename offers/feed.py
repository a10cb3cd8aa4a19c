"""The catalogue as partners' servers fetch it: every shop of a storefront with all that it pays, in bulk.

Written for speed: a page of it may hold forty thousand rates, so they are read past the ORM, and what is told of those
that pay alike is worked out, and written as JSON, once.
"""

import json
import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

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

# The columns up to the heading say which kind of order it is. To sort so many here would take a file.
_RATES = """
SELECT r.offer_id::text, r.name, r.country, r.min_order_minor, coalesce(f.customer, ''), coalesce(f.coupon, ''),
       coalesce(f.channel, ''), coalesce(f.group_ru, ''), coalesce(f.group_en, ''),
       r.kind, r.value::text, r.currency, r.starts_on, r.id::text
FROM offers_rate r
LEFT JOIN offers_offerfacts s ON s.offer_id = r.offer_id
LEFT JOIN offers_ratefacts f ON f.facts_id = s.id AND f.rate_external_id = r.external_id
WHERE r.offer_id = ANY (%s::uuid[]) AND r.replaced_at IS NULL
"""
_KIND = 9
_written = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
# Rates have four decimals and are below 10**10 (Rate.value).
_RATE_DECIMALS, _ABOVE_ALL = 4, 10**14
_Row = tuple[Any, ...]
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
        return cls(storefronts.origin(storefront), storefront.currency, storefront.shopper_percent)


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
    """In the language that is active; three queries, however many they are. Their `rates` are a text of JSON, which the
    API's renderer puts in its place."""
    place = Place.of(storefront)
    offers = Offer.objects.in_bulk([row.offer_id for row in found])
    rates = _rates(list(offers), place, at=at)
    shelves = _shelves([row.pk for row in found])
    return [
        _merchant_as_json(
            row,
            offers[row.offer_id],
            place,
            rates=rates.get(str(row.offer_id), "[]"),
            shelves=shelves[row.pk],
        )
        for row in found
    ]


def _merchant_as_json(
    merchant: Merchant, offer: Offer, place: Place, *, rates: str, shelves: list[str]
) -> dict[str, Any]:
    best = (offer.best_percent, offer.best_fixed_minor, place.currency, place.share)
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


def _rates(offers: Sequence[uuid.UUID], place: Place, *, at: datetime) -> Mapping[str, str]:
    """By the offer's id as a text: the list of its rates, as JSON."""
    told_alike = (place.share, get_language())
    with connection.cursor() as cursor:
        cursor.execute(_RATES, [list(offers)])
        rows = cursor.fetchall()
    found: dict[str, list[str]] = defaultdict(list)
    for row in _in_force(rows, today=at.date()):
        offer, name, *rest, _id = row
        found[offer].append(f'{{"name":{_written(name)},{_rate_but_its_name(*rest, *told_alike)}')
    return {offer: f"[{','.join(rates)}]" for offer, rates in found.items()}


@lru_cache(maxsize=16384)
def _rate_but_its_name(
    country: str,
    least: int,
    customer: str,
    coupon: str,
    channel: str,
    group_ru: str,
    group_en: str,
    kind: str,
    value: str,
    currency: str,
    starts: date | None,
    share: Decimal,
    language: str,
) -> str:
    """The end of its JSON, from the second field on."""
    is_percent = kind == RateKind.PERCENT
    percent, fixed = (Decimal(value), None) if is_percent else (None, to_minor(value, currency))
    told = {
        "group": ((group_ru or group_en) if language == "ru" else (group_en or group_ru)) or None,
        "reward": _reward(percent, fixed, currency, share),
        "country": country or None,
        "min_order": Money(least, currency).as_json() if least else None,
        "customer": customer or None,
        "coupon": coupon or None,
        "channel": channel or None,
        "starts_on": starts.isoformat() if starts else None,
    }
    return _written(told)[1:]


def _in_force(rows: Iterable[_Row], *, today: date) -> list[_Row]:
    """Of two rates for one kind of order the later begun has replaced the other, as in the shop's own table
    (offers.pages.rate_table). Those that pay most first; those that are still to begin last."""
    begun: dict[_Row, _Row] = {}
    later = []
    for row in rows:
        starts = row[-2]
        if starts is not None and starts > today:
            later.append(row)
            continue
        kind = row[:_KIND]
        known = begun.get(kind)
        if known is None or _begun_on(known) < _begun_on(row):
            begun[kind] = row
    return [*sorted(begun.values(), key=_place_of), *sorted(later, key=_place_of)]


def _place_of(row: _Row) -> tuple[int, str]:
    """Per cent before fixed amounts, which say little without a basket; then by height."""
    return _worth(row[_KIND], row[_KIND + 1]), row[-1]


@lru_cache(maxsize=16384)
def _worth(kind: str, value: str) -> int:
    height = int(Decimal(value).scaleb(_RATE_DECIMALS))
    return -height - (_ABOVE_ALL if kind == RateKind.PERCENT and height else 0)


def _begun_on(row: _Row) -> tuple[date, str]:
    return row[-2] or date.min, row[-1]


def _shelves(merchants: Sequence[uuid.UUID]) -> Mapping[uuid.UUID, list[str]]:
    with connection.cursor() as cursor:
        cursor.execute(_SHELVES, [list(merchants)])
        return defaultdict(list, cursor.fetchall())


def _reward(
    percent: Decimal | None, fixed_minor: int | None, currency: str, share: Decimal
) -> dict[str, Any] | None:
    """The shopper's part: as a number, and as the storefront's own pages write it. None is nothing."""
    text = promises.reward(percent=percent, fixed_minor=fixed_minor, currency=currency, share=share)
    if not text:
        return None
    is_percent = bool(percent and share)
    return {
        "text": text,
        "percent": f"{(percent * share / 100).normalize():f}" if percent and is_percent else None,
        "amount": None if is_percent else Money(percent_of(fixed_minor or 0, share), currency).as_json(),
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
