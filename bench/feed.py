"""The catalogue feed, three thousand merchants with two hundred rates each, beside the json module writing the same."""

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

from django.core.handlers.wsgi import WSGIHandler
from django.db import connection
from django.test import RequestFactory

from bench.measure import Comparison, rotate
from bench.town import Town
from partners.keys import api_keys

RATES = 200
# A page is what a caller may ask for at most.
PAGE = 200
OURS, KNOWN, JSON = "feed, all its pages", "feed, all known (304)", "json.dumps of the same"

_RATES = """
INSERT INTO offers_rate (offer_id, external_id, name, kind, value, currency, country, min_order_minor, seen_at)
SELECT o.id, 'bench-' || n, 'Заказ из раздела ' || n, CASE WHEN n %% 5 = 0 THEN 'fixed' ELSE 'percent' END,
       (n %% 37 + 1) / 2.0, o.currency, '', 0, now()
FROM offers_offer o CROSS JOIN generate_series(4, %s) n
"""


def run(town: Town, *, repetitions: int) -> Comparison:
    """Seconds for the whole catalogue, request by request through all middleware."""
    with connection.cursor() as cursor:
        cursor.execute(_RATES, [RATES])
        cursor.execute("ANALYZE offers_rate")
    _row, key = api_keys.create(partner=town.storefront.partner, name="bench")
    handler = WSGIHandler()
    request = RequestFactory(headers={"Host": "localhost", "Authorization": f"Bearer {key}"})

    def ask(cursor: str | None, **headers: str) -> Any:
        query = {"limit": str(PAGE)} | ({"cursor": cursor} if cursor else {})
        return handler.get_response(request.get("/api/v1/merchants", query, headers=headers))

    pages = list(_pages(ask))
    merchants = [merchant for _cursor, _tag, told in pages for merchant in told["data"]]
    if len(merchants) != len(town.merchants) or {len(each["rates"]) for each in merchants} != {RATES}:
        raise AssertionError(f"The feed told {len(merchants)} of {len(town.merchants)} merchants.")

    def ours() -> None:
        for cursor, _tag, _told in pages:
            if ask(cursor).status_code != 200:
                raise AssertionError("The feed does not answer.")

    def known() -> None:
        for cursor, tag, _told in pages:
            if ask(cursor, **{"If-None-Match": tag}).status_code != 304:
                raise AssertionError("What is known is told again.")

    def plain() -> None:
        for _cursor, _tag, told in pages:
            json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()

    comparison = Comparison("Catalogue feed, 3,000 merchants × 200 rates", "s")
    comparison.goal(OURS, JSON, "<=", 3)
    comparison.goal(KNOWN, OURS, "<=", 0.1)
    return rotate(
        comparison,
        {OURS: _timed(ours), KNOWN: _timed(known), JSON: _timed(plain)},
        repetitions=repetitions,
    )


def _pages(ask: Callable[[str | None], Any]) -> Iterator[tuple[str | None, str, dict[str, Any]]]:
    """Each page with the cursor that leads to it and its tag."""
    cursor: str | None = None
    while True:
        answer = ask(cursor)
        told = json.loads(answer.content)
        yield cursor, answer.headers["ETag"], told
        if (cursor := told["next_cursor"]) is None:
            return


def _timed(work: Callable[[], None]) -> Callable[[], float]:
    def measure() -> float:
        began = time.perf_counter()
        work()
        return time.perf_counter() - began

    return measure
