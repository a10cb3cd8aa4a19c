"""What row-level security costs: the same requests under load, behind the wall and without it.

Without means as whoever sees all partners: no role, no setting, no transaction around a lone statement. A hundred
thousand clicks of twenty partners lie in the table.
"""

import tempfile
from datetime import UTC, datetime
from pathlib import Path

from django.db import connection

from bench.load import Load, serve
from bench.measure import Comparison, rotate
from bench.pages import cookie
from bench.roads import signed
from bench.town import Town
from partners.keys import api_keys
from partners.models import Partner, Shopper, Storefront
from transactions.models import Click

PARTNERS, CLICKS = 20, 100_000


def run(town: Town, *, repetitions: int) -> Comparison:
    _fill(town)
    _row, key = api_keys.create(partner=town.storefront.partner, name="bench")
    roads = {
        "click-out": (signed(town), {}),
        "a shopper's trips": (["/s/bench/me/trips/"], {"Cookie": cookie(town)}),
        "a page of clicks by API": (["/api/v1/clicks"], {"Authorization": f"Bearer {key}"}),
    }
    given = {"DJANGO_SETTINGS_MODULE": "bench.settings", "API_CALLS_PER_MINUTE": "1000000"}
    comparison = Comparison("Row-level security on and off", "requests/s")
    with (
        tempfile.TemporaryDirectory() as folder,
        serve(**given) as behind,
        serve(**given, WALLS="off") as without,
    ):
        load = Load(Path(folder))
        variants = {}
        for road, (paths, headers) in roads.items():
            for state, web in (("on", behind), ("off", without)):
                name = f"{road}, {state}"
                variants[name] = load.walk(name, web, paths, headers)
            comparison.goal(f"{road}, off", f"{road}, on", "<=", 1.1)
        rotate(comparison, variants, repetitions=repetitions)
    comparison.latencies = load.latencies
    return comparison


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
