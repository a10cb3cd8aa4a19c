"""A network's refresh of 50,000 offers: our staging and MERGE, Django's bulk upsert, and COPY alone.

Of the 50,000 offers 40,000 are known, a tenth of those has changed, and 10,000 are new. Each method starts from
the same vacuumed table, the methods take turns, and each figure is the median of its repetitions.
"""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

from django.db import connection, transaction

from bench.measure import Comparison, rotate
from bench.town import Town
from offers.intake import refresh, staging
from offers.models import Merchant, Offer
from offers.networks.base import OfferData
from offers.networks.models import NetworkAccount

TITLE = "Refresh of 50,000 offers (40,000 known, 10 % of them changed)"
OURS, BULK, COPY = "staging + MERGE", "bulk_create(update_conflicts)", "COPY alone"
MOST_REPETITIONS = 3  # one of Django's takes half a minute

_KNOWN, _NEW, _CHANGED_EVERY = 40_000, 10_000, 10
_ACCOUNT = "bench: refresh"
_DOMAIN = "bench-refresh.example"
_WORDS = "Tea, spices and everything for a quiet evening, delivered to the door within two days. " * 3

Listed = dict[str, refresh.ListedOffer]


def run(_town: Town, *, repetitions: int) -> Comparison:
    """Rows per second of each method. Makes its own rows, and leaves none behind."""
    comparison = Comparison(title=TITLE, unit="rows/s")
    comparison.goal(OURS, BULK, ">=", 4)
    comparison.goal(OURS, COPY, ">=", 0.15)
    _clean()
    try:
        account = NetworkAccount.objects.create(network="admitad", name=_ACCOUNT)
        known, feed, merchants = _known(), _feed(), _make_merchants()

        def by_merge() -> float:
            _reset(known, account)
            return _rate(lambda: _merge(feed, account), account, stored=True)

        def by_bulk_create() -> float:
            _reset(known, account)
            objects = _objects(feed, account, merchants)  # not timed: a gift to the method
            return _rate(lambda: _bulk_create(objects), account, stored=True)

        def by_copy() -> float:
            _reset(known, account)
            return _rate(lambda: _copy(feed), account, stored=False)

        variants = {OURS: by_merge, BULK: by_bulk_create, COPY: by_copy}
        return rotate(comparison, variants, repetitions=min(repetitions, MOST_REPETITIONS))
    finally:
        _clean()


def _rate(method: Callable[[], None], account: NetworkAccount, *, stored: bool) -> float:
    began = time.perf_counter()
    with transaction.atomic():
        method()
    seconds = time.perf_counter() - began
    held = Offer.objects.filter(account=account)
    changed = held.filter(name__endswith="renamed").count()
    expected = (_KNOWN + _NEW, _KNOWN // _CHANGED_EVERY) if stored else (_KNOWN, 0)
    assert (held.count(), changed) == expected, "The method did something else."
    return (_KNOWN + _NEW) / seconds


def _merge(feed: Listed, account: NetworkAccount) -> None:
    at = datetime.now(tz=UTC)
    listing = refresh.Listing(offers=feed)
    staging.stage(listing)
    staging.open_merchants(listing)
    staging.merge_offers(account=account, at=at)
    staging.close_gone_offers(account=account, spared=(), at=at)


def _bulk_create(objects: list[Offer]) -> None:
    columns = [column for column in refresh.OFFER_COLUMNS if column != "external_id"]
    Offer.objects.bulk_create(
        objects,
        batch_size=1000,
        update_conflicts=True,
        update_fields=[*columns, "merchant", "changed_at"],
        unique_fields=["account", "external_id"],
    )


def _copy(feed: Listed) -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE copied (LIKE offers_offer) ON COMMIT DROP")
        for column in ("id", "merchant_id", "account_id", "score", "first_seen_at", "changed_at"):
            cursor.execute(f"ALTER TABLE copied DROP COLUMN {column}")
    staging.copy_into("copied", refresh.OFFER_COLUMNS, (offer.row for offer in feed.values()))


def _reset(known: Listed, account: NetworkAccount) -> None:
    Offer.objects.filter(account=account)._raw_delete("default")
    with transaction.atomic():
        _merge(known, account)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE offers_offer")


def _known() -> Listed:
    return {str(number): refresh.prepare_offer(_offer(number)) for number in range(_KNOWN)}


def _feed() -> Listed:
    """What the network lists now."""
    feed = _known()
    for number in range(0, _KNOWN, _CHANGED_EVERY):
        feed[str(number)] = refresh.prepare_offer(replace(_offer(number), name=f"Shop {number} renamed"))
    for number in range(_KNOWN, _KNOWN + _NEW):
        feed[str(number)] = refresh.prepare_offer(_offer(number))
    return feed


def _offer(number: int) -> OfferData:
    return OfferData(
        external_id=str(number),
        name=f"Shop {number}",
        site_url=f"https://{number}.{_DOMAIN}/",
        currency="RUB",
        tracking_url=f"https://ad.example/g/{number:08x}/?i=4",
        is_open=True,
        allows_deeplinks=True,
        description=_WORDS,
        terms_html=f"<p>{_WORDS}</p>",
        logo_url=f"https://cdn.example/logos/{number}.png",
        countries=("RU", "BY", "KZ"),
        cookie_days=30,
        hold_days=20 + number % 40,
        approval_rate=Decimal(50 + number % 50),
        conversion_rate=Decimal(number % 700) / 100,
        earnings_per_click=Decimal(number % 900) / 100,
        rating=Decimal("4.50"),
    )


def _make_merchants() -> dict[str, UUID]:
    """Ids by domain."""
    domains = [f"{number}.{_DOMAIN}" for number in range(_KNOWN + _NEW)]
    Merchant.objects.bulk_create(
        [Merchant(domain=domain, name=domain, slug=domain.replace(".", "-")) for domain in domains],
        batch_size=5000,
    )
    return dict(Merchant.objects.filter(domain__endswith=f".{_DOMAIN}").values_list("domain", "pk"))


def _objects(feed: Listed, account: NetworkAccount, merchants: dict[str, UUID]) -> list[Offer]:
    at = datetime.now(tz=UTC)
    return [
        Offer(
            account=account,
            merchant_id=merchants[offer.domain],
            changed_at=at,
            **dict(zip(refresh.OFFER_COLUMNS, offer.row, strict=True)),
        )
        for offer in feed.values()
    ]


def _clean() -> None:
    Offer.objects.filter(account__name=_ACCOUNT)._raw_delete("default")
    Merchant.objects.filter(domain__endswith=f".{_DOMAIN}")._raw_delete("default")
    NetworkAccount.objects.filter(name=_ACCOUNT)._raw_delete("default")
