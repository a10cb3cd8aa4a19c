"""What a storefront has on its shelves. Every list begins at a storefront and holds its currency only."""

import uuid
import zlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Count, F, Func, OuterRef, Q, QuerySet, Subquery, TextField, Value
from django.db.models.functions import Collate, Concat, Lower
from django.utils.translation import get_language

from cashback.lib.paging import Page, page
from offers import promises, rules, search
from offers.models import Coupon, CouponQuerySet, Merchant, MerchantLogo, Offer
from offers.rules import Edition
from offers.search.sounds import plain
from offers.search.wishes import CouponWish, Sort, Wish
from partners.models import Storefront

SHOPS_PER_PAGE = 24
COUPONS_PER_PAGE = 24
SUGGESTIONS = 6
_TONES = 8

# The page that everybody opens, written for speed: to compile this from the ORM takes longer than to run it.
# Of a merchant's offers it lists the one that the click-out takes: transactions.click_out.clicks has the same order.
_SHELVED = f"""
FROM offers_offer
JOIN networks_networkaccount a ON a.id = offers_offer.account_id AND a.is_active
JOIN offers_merchant m ON m.id = offers_offer.merchant_id AND NOT m.is_hidden
WHERE offers_offer.is_open AND offers_offer.currency = %(currency)s AND NOT EXISTS (
    SELECT FROM offers_offer better
    JOIN networks_networkaccount b ON b.id = better.account_id AND b.is_active
    WHERE better.merchant_id = offers_offer.merchant_id AND better.is_open AND better.currency = offers_offer.currency
      AND (better.score > offers_offer.score OR (better.score = offers_offer.score AND better.id < offers_offer.id))
) AND {rules.SHOWN}"""
# New is what came later than the rest of its account's catalogue; raised, a best rate that was lower until lately.
_LIST = f"""
SELECT m.slug, m.name, m.logo_digest, offers_offer.best_percent, offers_offer.best_fixed_minor, offers_offer.hold_days,
       offers_offer.max_hold_days, m.id,
       offers_offer.first_seen_at > greatest(now() - interval '30 days', a.created_at + interval '2 days'),
       EXISTS (
           SELECT FROM offers_rate rate
           WHERE rate.offer_id = offers_offer.id AND rate.replaced_at IS NULL AND rate.kind = 'percent'
             AND rate.value = offers_offer.best_percent AND EXISTS (
               SELECT FROM offers_rate old
               WHERE old.offer_id = offers_offer.id AND old.external_id = rate.external_id AND old.kind = 'percent'
                 AND old.value > 0 AND old.value < rate.value AND old.replaced_at > now() - interval '30 days'))
{_SHELVED}{{narrowed}}
ORDER BY {{order}} LIMIT %(most)s OFFSET %(start)s
"""  # noqa: S608 - of our own constants
_OF_CATEGORY = """
AND EXISTS (
    SELECT FROM offers_merchant_categories mc JOIN offers_category c ON c.id = mc.category_id
    WHERE mc.merchant_id = m.id AND c.slug = %(category)s
)"""
_FOR_COUNTRY = """
AND (cardinality(offers_offer.countries) = 0 OR %(country)s = ANY (offers_offer.countries))"""
_AMONG = "\nAND m.id = ANY (%(merchants)s::uuid[])"
_AS_GIVEN = "array_position(%(merchants)s::uuid[], m.id), offers_offer.id"
_PINS_FIRST = "array_position(%(pins)s::uuid[], m.id), "
_ORDERS: dict[str, str] = {
    Sort.RECOMMENDED: "offers_offer.score DESC, offers_offer.id",
    Sort.RATE: "offers_offer.best_percent DESC NULLS LAST, offers_offer.best_fixed_minor DESC NULLS LAST, "
    "offers_offer.id",
    Sort.NEW: "offers_offer.first_seen_at DESC, offers_offer.id",
    Sort.NAME: 'lower(m.name COLLATE "pg_c_utf8"), offers_offer.id',
}
# Counts everything, so it goes over the offers once: of a merchant's several, the first of each is taken.
_SHELVES = f"""
WITH shown AS MATERIALIZED (
    SELECT merchant_id, countries FROM (
        SELECT DISTINCT ON (offers_offer.merchant_id) offers_offer.merchant_id, offers_offer.countries,
               {rules.SHOWN} AS is_shown
        FROM offers_offer
        JOIN networks_networkaccount a ON a.id = offers_offer.account_id AND a.is_active
        JOIN offers_merchant m ON m.id = offers_offer.merchant_id AND NOT m.is_hidden
        WHERE offers_offer.is_open AND offers_offer.currency = %(currency)s
        ORDER BY offers_offer.merchant_id, offers_offer.score DESC, offers_offer.id
    ) AS best WHERE is_shown
)
SELECT c.slug, c.name_ru, c.name_en, '{{}}', counted.count FROM (
    SELECT mc.category_id, count(*) AS count
    FROM shown JOIN offers_merchant_categories mc ON mc.merchant_id = shown.merchant_id GROUP BY mc.category_id
) AS counted JOIN offers_category c ON c.id = counted.category_id
UNION ALL
SELECT '', '', '', countries::text[], count(*) FROM shown GROUP BY countries
"""  # noqa: S608 - of our own constants


@dataclass(frozen=True, slots=True)
class Face:
    """What a merchant looks like beside its name: its logo, or a letter on a tint."""

    slug: str
    name: str
    logo_digest: str

    @classmethod
    def of(cls, merchant: Merchant) -> "Face":
        return cls(merchant.slug, merchant.name, merchant.logo_digest)

    @property
    def monogram(self) -> str:
        return self.name[:1].upper()

    @property
    def tone(self) -> int:
        """Which of the stylesheet's tints."""
        return zlib.crc32(self.slug.encode()) % _TONES


@dataclass(frozen=True, slots=True)
class Shop(Face):
    """A merchant as a storefront's lists show it, with the offer that a click would use."""

    best_percent: Decimal | None
    best_fixed_minor: int | None
    hold_days: int | None
    max_hold_days: int | None
    currency: str
    share: Decimal
    merchant_id: uuid.UUID
    is_new: bool = False
    is_raised: bool = False

    @property
    def reward(self) -> str:
        """The best that an order can earn the shopper, or "" where nothing is known."""
        return promises.reward(
            percent=self.best_percent,
            fixed_minor=self.best_fixed_minor,
            currency=self.currency,
            share=self.share,
        )

    @property
    def confirms_within(self) -> str:
        return promises.confirms_within(hold_days=self.hold_days, max_hold_days=self.max_hold_days)


@dataclass(frozen=True, slots=True)
class Shelf:
    """A category with something on it."""

    slug: str
    names: dict[str, str]
    count: int


@dataclass(frozen=True, slots=True)
class Shelves:
    """All that a storefront shows, counted."""

    count: int
    categories: Sequence[Shelf]
    # Shops by the country that they deliver to; none where all shops deliver to the same.
    countries: dict[str, int]

    def category(self, slug: str) -> Shelf | None:
        return next((shelf for shelf in self.categories if shelf.slug == slug), None)


@dataclass(frozen=True, slots=True)
class ShopPage(Page[Shop]):
    """`count` is of all pages, where it costs nothing to know; `meant` is what a search took its text for."""

    count: int | None = None
    meant: str = ""


@dataclass(frozen=True, slots=True)
class CouponLine:
    coupon: Coupon
    shop: Shop


def name_of(shelf: Shelf) -> str:
    """In the language that is active."""
    return shelf.names["ru" if get_language() == "ru" else "en"]


def shops(storefront: Storefront, wish: Wish, *, edition: Edition) -> ShopPage:
    """The pages of the wish, from its first to its last, as one."""
    start = (wish.first_page - 1) * SHOPS_PER_PAGE
    most = wish.page * SHOPS_PER_PAGE - start
    found = search.Found()
    if wish.text:
        found = search.index(storefront, edition).find(wish.text)
        if not found.merchants:
            return ShopPage([], wish.page, has_next=False, count=0)
    rows = _listed(storefront, wish, start=start, most=most + 1, among=found.merchants, pins=edition.pins)
    count = None
    if wish.text and not wish.category and not wish.country:
        count = len(found.merchants)
    return ShopPage(rows[:most], wish.page, len(rows) > most, count, found.meant)


def suggestions(storefront: Storefront) -> list[Shop]:
    """The shops to show where a search found none."""
    return _listed(storefront, Wish(), start=0, most=SUGGESTIONS)


def shops_of(storefront: Storefront, merchants: Sequence[uuid.UUID]) -> list[Shop]:
    """Those of the merchants that the storefront shows now, in their order."""
    if not merchants:
        return []
    return _listed(storefront, Wish(), start=0, most=len(merchants), among=merchants)


def guess(storefront: Storefront, text: str, *, edition: Edition) -> tuple[list[Shop], str]:
    """What somebody who has typed so far may be looking for, and what was meant where the text does not say it."""
    found = search.index(storefront, edition).find(text)
    return shops_of(storefront, found.merchants[:SUGGESTIONS]), found.meant


def _listed(
    storefront: Storefront,
    wish: Wish,
    *,
    start: int,
    most: int,
    among: Sequence[uuid.UUID] = (),
    pins: Sequence[uuid.UUID] = (),
) -> list[Shop]:
    narrowed = _OF_CATEGORY if wish.category else ""
    narrowed += _FOR_COUNTRY if wish.country else ""
    order = _ORDERS[wish.sort]
    if among:
        narrowed += _AMONG
        order = _AS_GIVEN if wish.sort == Sort.RECOMMENDED else order
    elif pins and wish.sort == Sort.RECOMMENDED:
        order = _PINS_FIRST + order
    rows = _rows(
        _LIST.format(order=order, narrowed=narrowed),
        storefront,
        category=wish.category,
        country=wish.country,
        merchants=list(among),
        pins=list(pins),
        most=most,
        start=start,
    )
    return [
        Shop(*facts, storefront.currency, storefront.shopper_percent, *marks)
        for *facts, marks in ((*row[:7], row[7:]) for row in rows)
    ]


def _rows(statement: str, storefront: Storefront, **values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, {"currency": storefront.currency, **rules.parameters(storefront), **values})
        return cursor.fetchall()


def shelves(storefront: Storefront) -> Shelves:
    """The categories with something on them, the countries, and how many shops there are in each."""
    categories: list[Shelf] = []
    everywhere, of_all, countries = 0, 0, Counter[str]()
    for slug, name_ru, name_en, codes, count in _rows(_SHELVES, storefront):
        if slug:
            categories.append(Shelf(slug, {"ru": name_ru, "en": name_en}, count))
            continue
        of_all += count
        everywhere += 0 if codes else count
        countries.update({code: count for code in codes})
    reached = {
        code: count + everywhere
        for code, count in countries.items()
        if not storefront.ships_to or code in storefront.ships_to
    }
    if len(reached) < 2 or all(count == of_all for count in reached.values()):
        reached = {}
    return Shelves(of_all, categories, reached)


def best_offer(storefront: Storefront, *, slug: str) -> Offer | None:
    """The merchant's offer that a click would use, or None where the storefront has none of it now."""
    found = _on_offer(storefront).filter(merchant__slug=slug, merchant__is_hidden=False)
    offer = found.annotate(is_shown=rules.shown(storefront)).select_related("merchant").first()
    return offer if offer and offer.is_shown else None


def _on_offer(storefront: Storefront) -> "QuerySet[Offer]":
    """The offers that pay now; of a merchant's several, first the one that a click would use."""
    live = Offer.objects.filter(is_open=True, currency=storefront.currency, account__is_active=True)
    return live.order_by("-score", "pk")


def as_shop(offer: Offer, storefront: Storefront) -> Shop:
    merchant = offer.merchant
    return Shop(
        merchant.slug,
        merchant.name,
        merchant.logo_digest,
        offer.best_percent,
        offer.best_fixed_minor,
        offer.hold_days,
        offer.max_hold_days,
        storefront.currency,
        storefront.shopper_percent,
        merchant.pk,
    )


def coupons(storefront: Storefront, wish: CouponWish, *, edition: Edition, at: datetime) -> Page[CouponLine]:
    """Codes and deals that can be used now: those that nobody else has, then those that end soonest."""
    wanted = live_coupons(storefront, at=at)
    if wish.category:
        wanted = wanted.filter(offer__merchant__categories__slug=wish.category)
    if wish.shop:
        wanted = wanted.filter(offer__merchant__slug=wish.shop)
    if wish.text and edition:
        of_shops = search.index(storefront, edition).find(wish.text).merchants
        wanted = _saying(wanted, wish.text, of_shops)
    found = page(wanted, number=wish.page, size=COUPONS_PER_PAGE)
    return Page(_lines(found.rows, storefront), found.number, found.has_next)


def _saying(coupons: CouponQuerySet, text: str, of_shops: Sequence[uuid.UUID]) -> CouponQuerySet:
    """Coupons that say every word of the text, or whose shop is called so."""
    whole = Concat("name", Value(" "), "description", output_field=TextField())
    said = Func(
        Lower(Collate(whole, "pg_c_utf8")),
        Value("ё"),
        Value("е"),
        function="replace",
        output_field=TextField(),
    )
    says_all = Q()
    for word in plain(text).split():
        says_all &= Q(said__contains=word)
    return coupons.annotate(said=said).filter(says_all | Q(offer__merchant__in=of_shops))


def coupons_of(offer: Offer, storefront: Storefront, *, at: datetime) -> list[CouponLine]:
    """The merchant's, through whichever network they come."""
    return _lines(
        live_coupons(storefront, at=at).filter(offer__merchant=offer.merchant)[:COUPONS_PER_PAGE], storefront
    )


def coupon_filters(storefront: Storefront, *, at: datetime) -> tuple[list[tuple[str, str, int]], list[Shelf]]:
    """The shops and the categories that have coupons now, with how many."""
    live = live_coupons(storefront, at=at).order_by()
    merchant = "offer__merchant__"
    of_shops = (
        live.values_list(f"{merchant}slug", f"{merchant}name")
        .annotate(count=Count("pk"))
        .order_by(f"{merchant}name", f"{merchant}slug")
    )
    category = f"{merchant}categories__"
    of_categories = (
        live.filter(**{f"{category}isnull": False})
        .values_list(f"{category}slug", f"{category}name_ru", f"{category}name_en")
        .annotate(count=Count("pk"))
        .order_by(f"{category}slug")
    )
    return list(of_shops), [Shelf(slug, {"ru": ru, "en": en}, count) for slug, ru, en, count in of_categories]


def _lines(found: Iterable[Coupon], storefront: Storefront) -> list[CouponLine]:
    return [CouponLine(coupon, as_shop(coupon.offer, storefront)) for coupon in found]


def live_coupons(storefront: Storefront, *, at: datetime) -> CouponQuerySet:
    live = Coupon.objects.live(at=at).filter(
        rules.shown(storefront),
        offer__is_open=True,
        offer__currency=storefront.currency,
        offer__account__is_active=True,
        offer__merchant__is_hidden=False,
    )
    if storefront.ships_to:
        # Nor of a lesser offer of a shop that is not shown: of several, the one that a click would take decides.
        best = _on_offer(storefront).filter(merchant=OuterRef("offer__merchant"))
        live = live.alias(delivers_to=Subquery(best.values("countries")[:1])).filter(
            Q(countries=[]) | Q(countries__overlap=storefront.ships_to),
            Q(delivers_to=[]) | Q(delivers_to__overlap=storefront.ships_to),
        )
    return live.select_related("offer__merchant").order_by(
        "-is_exclusive", F("ends_at").asc(nulls_last=True), "pk"
    )


def logo(digest: str) -> MerchantLogo | None:
    return MerchantLogo.objects.filter(digest=digest.replace("\x00", "")).first()


def slug_of(merchant_id: uuid.UUID) -> str:
    """ "" for a merchant that nobody may see."""
    return (
        Merchant.objects.filter(pk=merchant_id, is_hidden=False).values_list("slug", flat=True).first() or ""
    )
