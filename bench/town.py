"""A town to measure: a partner with a shopper, and three thousand merchants with open offers and rates."""

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from django.core.management import call_command
from django.db import connection

from offers.models import Category, Merchant, Offer, Rate
from offers.networks.models import NetworkAccount
from partners.models import Partner, Shopper, Storefront

MERCHANTS = 3_000


@dataclass(frozen=True, slots=True)
class Town:
    storefront: Storefront
    shopper: Shopper
    account: NetworkAccount
    merchants: list[uuid.UUID]


def build() -> Town:
    """On a migrated, empty database; always the same town."""
    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    partner = Partner.objects.create(slug="bench", name="Bench")
    storefront = Storefront.objects.create(
        partner=partner,
        slug="bench",
        name="Bench",
        currency="RUB",
        locale="ru",
        shopper_percent=Decimal(70),
        partner_percent=Decimal(10),
    )
    shopper = Shopper.objects.create(partner=partner, storefront=storefront, external_id="alice")
    account = NetworkAccount(name="bench", network="admitad")
    account.credentials = {"client_id": "a", "client_secret": "b", "website": "1"}
    account.save()
    merchants = _merchants(account)
    with connection.cursor() as cursor:
        # What autovacuum would have done a minute after such a load.
        cursor.execute("VACUUM ANALYZE")
    return Town(storefront, shopper, account, merchants)


def _merchants(account: NetworkAccount) -> list[uuid.UUID]:
    now = datetime.now(tz=UTC)
    categories = Category.objects.bulk_create(
        Category(id=uuid.uuid4(), slug=f"shelf-{n}", name_ru=f"Полка {n}", name_en=f"Shelf {n}")
        for n in range(16)
    )
    merchants = Merchant.objects.bulk_create(
        Merchant(id=uuid.uuid4(), slug=f"merchant-{n}", domain=f"merchant-{n}.example", name=f"Магазин {n}")
        for n in range(MERCHANTS)
    )
    Merchant.categories.through.objects.bulk_create(
        Merchant.categories.through(merchant=merchant, category=categories[n % 16])
        for n, merchant in enumerate(merchants)
    )
    offers = Offer.objects.bulk_create(
        Offer(
            id=uuid.uuid4(),
            merchant=merchant,
            account=account,
            external_id=str(n),
            name=merchant.name,
            site_url=f"https://{merchant.domain}/",
            currency="RUB",
            tracking_url=f"https://ad.example/g/{n:040x}/",
            is_open=True,
            hold_days=30,
            best_percent=Decimal(n % 19 + 1),
            score=float(n % 977),
            terms_digest="0" * 16,
        )
        for n, merchant in enumerate(merchants)
    )
    Rate.objects.bulk_create(
        Rate(
            offer=offer,
            external_id=f"{n}-{kind}",
            name=f"Заказ {kind}",
            kind="percent",
            value=Decimal(n % 19 + 1) / (kind + 1),
            currency="RUB",
            seen_at=now,
        )
        for n, offer in enumerate(offers)
        for kind in range(3)
    )
    return [merchant.pk for merchant in merchants]
