"""What a storefront has on its shelves. Every list begins at a storefront and holds its currency only."""

import uuid
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby

from django.db import connection
from django.db.models import Exists, F, OuterRef, QuerySet
from django.utils.translation import get_language

from cashback.lib.money import Money, to_minor
from cashback.lib.paging import Page, page
from offers import promises
from offers.models import Category, Coupon, CouponQuerySet, Merchant, MerchantLogo, Offer, Rate
from offers.networks.base import RateKind
from offers.wishes import Sort, Wish
from partners.models import Storefront

SHOPS_PER_PAGE = 24
COUPONS_PER_PAGE = 24
SUGGESTIONS = 6
_TONES = 8

# Per cent before fixed amounts, which say little without a basket; then by height.
_Worth = tuple[bool, Decimal]

# The page that everybody opens, written for speed: to compile this from the ORM takes longer than to run it.
# Of a merchant's offers it lists the one that the click-out would take (transactions.clicks has the same order).
_LIST = """
SELECT m.slug, m.name, m.logo_digest, o.best_percent, o.best_fixed_minor, o.hold_days, o.max_hold_days
FROM offers_offer o
JOIN networks_networkaccount a ON a.id = o.account_id AND a.is_active
JOIN offers_merchant m ON m.id = o.merchant_id AND NOT m.is_hidden
WHERE o.is_open AND o.currency = %(currency)s AND NOT EXISTS (
    SELECT FROM offers_offer better
    JOIN networks_networkaccount b ON b.id = better.account_id AND b.is_active
    WHERE better.merchant_id = o.merchant_id AND better.is_open AND better.currency = o.currency
      AND (better.score > o.score OR (better.score = o.score AND better.id < o.id))
)"""
_OF_CATEGORY = """
AND EXISTS (
    SELECT FROM offers_merchant_categories mc JOIN offers_category c ON c.id = mc.category_id
    WHERE mc.merchant_id = m.id AND c.slug = %(category)s
)"""
# A collation that is in every PostgreSQL since 17 and knows all letters, whatever the database's own locale.
_NAMED = """
AND (
    SELECT bool_and(
        strpos(replace(lower(m.name COLLATE "pg_c_utf8"), 'ё', 'е'), word) > 0
        OR strpos(m.domain, word) > 0 OR strpos(m.slug, word) > 0)
    FROM unnest(%(words)s::text[]) AS word
)"""
_ORDERS: dict[str, str] = {
    Sort.RECOMMENDED: "o.score DESC, o.id",
    Sort.RATE: "o.best_percent DESC NULLS LAST, o.best_fixed_minor DESC NULLS LAST, o.id",
    Sort.NEW: "o.first_seen_at DESC, o.id",
    Sort.NAME: 'lower(m.name COLLATE "pg_c_utf8"), o.id',
}


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
class RateLine:
    """One kind of order in the rate table: what it earns now ("" is nothing), and from which days on something else."""

    name: str
    limits: str
    is_known_now: bool
    reward: str
    later: Sequence[tuple[date, str]]


@dataclass(frozen=True, slots=True)
class CouponLine:
    coupon: Coupon
    shop: Shop


def shops(storefront: Storefront, wish: Wish) -> Page[Shop]:
    start = (wish.page - 1) * SHOPS_PER_PAGE
    found = _listed(storefront, wish, start=start, most=SHOPS_PER_PAGE + 1)
    return Page(found[:SHOPS_PER_PAGE], wish.page, has_next=len(found) > SHOPS_PER_PAGE)


def suggestions(storefront: Storefront) -> list[Shop]:
    """The shops to show where a search found none."""
    return _listed(storefront, Wish(), start=0, most=SUGGESTIONS)


def _listed(storefront: Storefront, wish: Wish, *, start: int, most: int) -> list[Shop]:
    narrowed = (_OF_CATEGORY if wish.category else "") + (_NAMED if wish.text else "")
    statement = f"{_LIST}{narrowed}\nORDER BY {_ORDERS[wish.sort]} LIMIT %(most)s OFFSET %(start)s"
    with connection.cursor() as cursor:
        cursor.execute(
            statement,
            {
                "currency": storefront.currency,
                "category": wish.category,
                "words": _folded(wish.text).split(),
                "most": most,
                "start": start,
            },
        )
        return [Shop(*row, storefront.currency, storefront.shopper_percent) for row in cursor]


def _folded(text: str) -> str:
    """Search minds neither case nor the dots of ё, which few people type."""
    return text.lower().replace("ё", "е")


def categories(storefront: Storefront) -> QuerySet[Category]:
    """The shelves with something on them."""
    shelved = Merchant.categories.through.objects.filter(
        category=OuterRef("pk"),
        merchant__is_hidden=False,
        merchant__offers__is_open=True,
        merchant__offers__currency=storefront.currency,
        merchant__offers__account__is_active=True,
    )
    return Category.objects.filter(Exists(shelved)).order_by(
        "name_ru" if get_language() == "ru" else "name_en", "pk"
    )


def best_offer(storefront: Storefront, *, slug: str) -> Offer | None:
    """The merchant's offer that a click would use, or None where the storefront has none of it now."""
    found = Offer.objects.filter(
        merchant__slug=slug,
        merchant__is_hidden=False,
        is_open=True,
        currency=storefront.currency,
        account__is_active=True,
    )
    return found.select_related("merchant").order_by("-score", "pk").first()


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
    )


def rate_table(offer: Offer, *, share: Decimal, at: datetime) -> list[RateLine]:
    """The offer's kinds of orders, those that earn most first and those that earn nothing last.

    Of two rates for one kind of order the later begun has replaced the other; what begins later is told as such.
    """
    rates = offer.rates.current().order_by(
        "name", "country", "min_order_minor", F("starts_on").asc(nulls_first=True), "pk"
    )
    table: list[tuple[_Worth, list[RateLine]]] = []
    for _name, of_one_name in groupby(rates, key=lambda rate: rate.name):
        by_limits = groupby(of_one_name, key=lambda rate: (rate.country, rate.min_order_minor))
        kinds = [list(versions) for _limits, versions in by_limits]
        kinds.sort(key=lambda versions: _worth(versions, today=at.date()), reverse=True)
        lines = [
            _rate_line(versions, share=share, today=at.date(), is_only=len(kinds) == 1) for versions in kinds
        ]
        table.append((_worth(kinds[0], today=at.date()), lines))
    table.sort(key=lambda group: group[0], reverse=True)
    return [line for _best, lines in table for line in lines]


def _in_force(versions: list[Rate], *, today: date) -> Rate | None:
    """The last to have begun. `versions` are in the order of their first days."""
    begun = [rate for rate in versions if rate.starts_on is None or rate.starts_on <= today]
    return begun[-1] if begun else None


def _worth(versions: list[Rate], *, today: date) -> _Worth:
    now = _in_force(versions, today=today)
    return (
        (False, Decimal(-1)) if now is None else (now.kind == RateKind.PERCENT and now.value > 0, now.value)
    )


def _rate_line(versions: list[Rate], *, share: Decimal, today: date, is_only: bool) -> RateLine:
    now, one = _in_force(versions, today=today), versions[0]
    later = [
        (rate.starts_on, _reward(rate, share))
        for rate in versions
        if rate.starts_on and rate.starts_on > today
    ]
    return RateLine(
        name=one.name,
        limits=promises.limits(
            country_code=one.country,
            min_order=Money(one.min_order_minor, one.currency) if one.min_order_minor else None,
            is_only=is_only,
        ),
        is_known_now=now is not None,
        reward=_reward(now, share) if now else "",
        later=later,
    )


def _reward(rate: Rate, share: Decimal) -> str:
    is_percent = rate.kind == RateKind.PERCENT
    return promises.reward(
        percent=rate.value if is_percent else None,
        fixed_minor=None if is_percent else to_minor(rate.value, rate.currency),
        currency=rate.currency,
        share=share,
    )


def coupons(storefront: Storefront, *, number: int, at: datetime) -> Page[CouponLine]:
    """Codes and deals that can be used now: those that nobody else has, then those that end soonest."""
    found = page(_live_coupons(storefront, at=at), number=number, size=COUPONS_PER_PAGE)
    return Page(_lines(found.rows, storefront), found.number, found.has_next)


def coupons_of(offer: Offer, storefront: Storefront, *, at: datetime) -> list[CouponLine]:
    """The merchant's, through whichever network they come."""
    return _lines(
        _live_coupons(storefront, at=at).filter(offer__merchant=offer.merchant)[:COUPONS_PER_PAGE], storefront
    )


def _lines(found: Iterable[Coupon], storefront: Storefront) -> list[CouponLine]:
    return [CouponLine(coupon, as_shop(coupon.offer, storefront)) for coupon in found]


def _live_coupons(storefront: Storefront, *, at: datetime) -> CouponQuerySet:
    live = Coupon.objects.live(at=at).filter(
        offer__is_open=True,
        offer__currency=storefront.currency,
        offer__account__is_active=True,
        offer__merchant__is_hidden=False,
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
