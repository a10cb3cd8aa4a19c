"""What row-level security costs: the same requests, in process through all the middleware, behind the wall and without.

Without means as whoever sees all partners: no role, no setting, no transaction around a lone statement. A hundred
thousand clicks of twenty partners lie in the table.
"""

import time
from collections.abc import Callable
from contextlib import nullcontext
from datetime import UTC, datetime
from unittest import mock

from django.db import connection
from django.test import Client
from django.utils.crypto import get_random_string

from bench.measure import Comparison, rotate
from bench.pages import cookie
from bench.town import Town
from cashback.lib import sight
from partners import api_keys
from partners.models import Partner, Shopper, Storefront
from transactions import clicks, tickets
from transactions.models import Click

PARTNERS, CLICKS = 20, 100_000
ROUNDS = 100


def run(town: Town, *, repetitions: int) -> Comparison:
    _fill(town)
    _row, key = api_keys.create(partner=town.storefront.partner, name=get_random_string(8))
    shopper, server = Client(), Client(headers={"authorization": f"Bearer {key}"})
    name, _, value = cookie(town).partition("=")
    shopper.cookies[name] = value
    ticket = tickets.Ticket(
        town.storefront.partner_id, town.storefront.pk, town.shopper.pk, town.merchants[0]
    )
    roads: dict[str, Callable[[], object]] = {
        "click-out": lambda: clicks.depart(ticket=ticket, user_agent="bench"),
        "a shopper's trips": lambda: _ok(shopper.get("/s/bench/me/trips/")),
        "a page of clicks by API": lambda: _ok(server.get("/api/v1/clicks")),
    }
    comparison = Comparison("Row-level security on and off", "requests/s")
    variants = {}
    for road, drive in roads.items():
        variants[f"{road}, on"] = _rate(drive, is_on=True)
        variants[f"{road}, off"] = _rate(drive, is_on=False)
        comparison.goal(f"{road}, off", f"{road}, on", "<=", 1.1)
    return rotate(comparison, variants, repetitions=repetitions)


def _rate(drive: Callable[[], object], *, is_on: bool) -> Callable[[], float]:
    sees_all = mock.patch.object(sight, "current", return_value=sight.Sight(reason="bench"))

    def measure() -> float:
        with nullcontext() if is_on else sees_all:
            drive()
            began = time.perf_counter()
            for _ in range(ROUNDS):
                drive()
            return ROUNDS / (time.perf_counter() - began)

    return measure


def _ok(answer: object) -> None:
    if answer.status_code != 200:
        raise RuntimeError(f"{answer.status_code}: {answer.content[:500]!r}")


def _fill(town: Town) -> None:
    now = datetime.now(tz=UTC)
    people = [town.shopper, *(_stranger(number) for number in range(PARTNERS - 1))]
    offer = town.account.offers.get(merchant_id=town.merchants[0])
    Click.objects.bulk_create(
        (
            Click(
                partner_id=people[number % PARTNERS].partner_id,
                storefront_id=people[number % PARTNERS].storefront_id,
                shopper=people[number % PARTNERS],
                merchant_id=offer.merchant_id,
                offer=offer,
                account=town.account,
                currency="RUB",
                shopper_percent=70,
                partner_percent=10,
                credit_on="approved",
                best_percent=offer.best_percent,
                best_fixed_minor=offer.best_fixed_minor,
                terms_digest=offer.terms_digest,
                user_agent="bench",
                created_at=now,
            )
            for number in range(CLICKS)
        ),
        batch_size=2_000,
    )
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE transactions_click")


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
