"""What row-level security costs: the same requests, behind the wall and without it, in turn.

Without means as whoever sees all partners: no role, no setting, no transaction around a lone statement. A hundred
thousand clicks of twenty partners lie in the table.

The cost is a few hundredths, and a busy machine's rate swings by tenths from second to second: under load, two servers
without a wall differed by 8 % over twenty seconds each. So one client asks now the one, now the other, and both meet
the machine's every mood within milliseconds of each other. A time is the middle of a repetition's.
"""

import random
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from http.client import HTTPConnection
from itertools import cycle
from statistics import median
from urllib.parse import urlsplit

from django.db import connection as database

from bench.load import serve
from bench.measure import Comparison
from bench.pages import cookie
from bench.roads import signed
from bench.town import Town
from partners.keys import api_keys
from partners.models import Partner, Shopper, Storefront
from transactions import seeds
from transactions.models import Click

PARTNERS, CLICKS = 20, 100_000
# Pairs before those that count: every thread of the servers has its connection, the database its caches.
WARMING = 50


def run(town: Town, *, repetitions: int) -> Comparison:
    _fill(town)
    _row, key = api_keys.create(partner=town.storefront.partner, name="bench")
    roads = {
        "click-out": (signed(town), {}, 1_000),
        "a shopper's trips": (["/s/bench/me/trips/"], {"Cookie": cookie(town)}, 200),
        "a page of clicks by API": (["/api/v1/clicks"], {"Authorization": f"Bearer {key}"}, 400),
    }
    given = {"DJANGO_SETTINGS_MODULE": "bench.settings", "API_CALLS_PER_MINUTE": "1000000"}
    comparison = Comparison("Row-level security on and off", "ms")
    with serve(**given) as behind, serve(**given, WALLS="off") as without:
        for road, (paths, headers, pairs) in roads.items():
            on, off = f"{road}, on", f"{road}, off"
            comparison.goal(on, off, "<=", 1.1)
            with _asker(behind, paths, headers) as ask_behind, _asker(without, paths, headers) as ask_without:
                _in_turn(ask_behind, ask_without, WARMING)
                times = [_in_turn(ask_behind, ask_without, pairs) for _ in range(repetitions)]
            comparison.rates[on], comparison.rates[off] = map(list, zip(*times, strict=True))
    return comparison


def _in_turn(one: Callable[[], float], other: Callable[[], float], pairs: int) -> tuple[float, float]:
    """The middle time of each, in milliseconds. Who is asked first changes with each pair."""
    times: dict[Callable[[], float], list[float]] = {one: [], other: []}
    for number in range(pairs):
        for ask in (other, one) if number % 2 else (one, other):
            times[ask].append(ask())
    return median(times[one]), median(times[other])


@contextmanager
def _asker(address: str, paths: list[str], headers: dict[str, str]) -> Iterator[Callable[[], float]]:
    """Asks for the next path over one connection, and tells how many milliseconds the answer took."""
    server = HTTPConnection(urlsplit(address).netloc, timeout=30)
    way = cycle(paths)

    def ask() -> float:
        path = next(way)
        start = time.perf_counter()
        server.request("GET", path, headers=headers)
        answer = server.getresponse()
        answer.read()
        took = time.perf_counter() - start
        if answer.status >= 400:
            raise AssertionError(f"{path}: {answer.status}")
        return took * 1000

    with closing(server):
        yield ask


def _fill(town: Town) -> None:
    now = datetime.now(tz=UTC)
    people = [town.shopper, *(_stranger(number) for number in range(PARTNERS - 1))]
    offer = town.account.offers.select_related("merchant").get(merchant_id=town.merchants[0])
    dice = random.Random(1)  # noqa: S311 - a bench's chance guards nothing
    Click.objects.bulk_create(
        (seeds.trip(people[number % PARTNERS], offer, at=now, dice=dice) for number in range(CLICKS)),
        batch_size=2_000,
    )
    with database.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def _stranger(number: int) -> Shopper:
    partner = Partner.objects.create(slug=f"stranger-{number}", name=f"Stranger {number}")
    storefront = Storefront.objects.create(
        partner=partner,
        slug=f"stranger-{number}",
        name=partner.name,
        currency="RUB",
        locale="ru",
        shopper_percent=70,
        partner_percent=10,
    )
    return Shopper.objects.create(partner=partner, storefront=storefront, external_id="alice")
