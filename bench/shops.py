"""The shops page in process, through all its middleware, beside the same list from raw SQL and an f-string."""

import time
from collections.abc import Callable
from decimal import Decimal
from html import escape

from django.core.cache import caches
from django.core.handlers.wsgi import WSGIHandler
from django.db import connection
from django.test import RequestFactory

from bench.measure import Comparison, rotate
from bench.town import Town
from offers.catalogue import SHOPS_PER_PAGE

PAGES = 60
OURS, CACHED, RAW = "shops page, uncached", "shops page, cached", "raw SQL + f-string"

_SHOPS = """
SELECT m.slug, m.name, m.logo_digest, o.best_percent, o.hold_days
FROM offers_offer o JOIN offers_merchant m ON m.id = o.merchant_id
JOIN networks_networkaccount a ON a.id = o.account_id
WHERE o.is_open AND o.currency = %s AND a.is_active AND NOT m.is_hidden AND NOT EXISTS (
    SELECT FROM offers_offer better WHERE better.merchant_id = o.merchant_id AND better.is_open
    AND better.currency = o.currency AND (better.score > o.score OR better.score = o.score AND better.id < o.id))
ORDER BY o.score DESC, o.id LIMIT %s
"""
_SHELVES = """
SELECT c.slug, c.name_ru, count(DISTINCT o.merchant_id) FROM offers_category c
JOIN offers_merchant_categories mc ON mc.category_id = c.id
JOIN offers_offer o ON o.merchant_id = mc.merchant_id AND o.is_open AND o.currency = %s
GROUP BY c.id ORDER BY c.name_ru
"""


def run(town: Town, *, repetitions: int) -> Comparison:
    """Milliseconds a page; the lists must show the same shops in the same order."""
    handler = WSGIHandler()
    request = RequestFactory(headers={"Host": "localhost"})

    def ours() -> str:
        response = handler.get_response(request.get("/s/bench/"))
        if response.status_code != 200:
            raise AssertionError(f"The page answered {response.status_code}.")
        return response.content.decode()

    def uncached() -> str:
        caches["fragments"].clear()
        return ours()

    def raw() -> str:
        return _raw_page("bench")

    ours_shows, raw_shows = (_slugs(page()) for page in (ours, raw))
    if ours_shows != raw_shows or len(raw_shows) != SHOPS_PER_PAGE:
        raise AssertionError(f"The two pages show other shops: {ours_shows[:5]}, {raw_shows[:5]}.")
    comparison = Comparison("Shops page, 3,000 merchants", "ms/page")
    comparison.goal(OURS, RAW, "<=", 6)
    comparison.goal(CACHED, OURS, "<=", 0.15)
    pages = {OURS: _timed(uncached), CACHED: _timed(ours), RAW: _timed(raw)}
    return rotate(comparison, pages, repetitions=repetitions)


def _timed(page: Callable[[], str]) -> Callable[[], float]:
    def measure() -> float:
        began = time.perf_counter()
        for _ in range(PAGES):
            page()
        return (time.perf_counter() - began) / PAGES * 1000

    return measure


def _raw_page(slug: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT s.name, s.currency, s.shopper_percent, s.theme_digest FROM partners_storefront s "
            "JOIN partners_partner p ON p.id = s.partner_id WHERE s.slug = %s AND s.is_active AND p.is_active",
            [slug],
        )
        name, currency, share, theme = cursor.fetchone()
        cursor.execute(_SHELVES, [currency])
        shelves = "".join(
            f'<li><a href="?category={each}">{escape(title)} {count}</a></li>'
            for each, title, count in cursor
        )
        cursor.execute(_SHOPS, [currency, SHOPS_PER_PAGE])
        cards = "".join(_raw_card(slug, share, *row) for row in cursor)
    return (
        f'<!doctype html><html lang="ru"><head><title>{escape(name)}</title>'
        f'<link rel="stylesheet" href="/theme/{theme}.css"></head><body><h1>{escape(name)}</h1>'
        f'<nav><ul>{shelves}</ul></nav><ul class="cards">{cards}</ul></body></html>'
    )


def _raw_card(
    storefront: str, share: Decimal, slug: str, name: str, logo: str, percent: Decimal, days: int
) -> str:
    picture = f'<img src="/logos/{logo}" alt="">' if logo else escape(name[:1])
    return (
        f'<li><a class="card" href="/s/{storefront}/shops/{slug}/">{picture}<h3>{escape(name)}</h3>'
        f"<span>до {percent * share / 100:.2f} %</span><span>{days} дней</span></a></li>"
    )


def _slugs(page: str) -> list[str]:
    return [part.partition("/")[0] for part in page.split('class="card" href="/s/bench/shops/')[1:]]
