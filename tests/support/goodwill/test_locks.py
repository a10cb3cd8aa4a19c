"""Nobody waits for whom they hold up: a purchase, an agent and a lead, each begun in the midst of the other's work."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, transaction

from offers.networks.base import SaleStatus
from support.claims import moves
from support.goodwill import services as goodwill
from support.goodwill.models import GoodwillGrant
from tests.support import claims_make
from tests.support.claims.test_triage import balance

pytestmark = pytest.mark.django_db(transaction=True)
DAY = timedelta(days=1)


def _ends_or_waits(work) -> None:
    """It is done, or the database says that somebody waits for a lock."""
    until = time.monotonic() + 30
    while not work.done():
        with connection.cursor() as cursor:
            cursor.execute("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)")
            if cursor.fetchone()[0]:
                return
        assert time.monotonic() < until
        time.sleep(0.02)


def in_the_midst(first, other, then):
    """`other` begins when `first` has done its part, in a connection of its own, and goes as far as it comes; `then`
    ends what `first` began."""

    def run():
        try:
            return other()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as threads:
        with transaction.atomic():
            first()
            begun = threads.submit(run)
            _ends_or_waits(begun)
            then()
        return begun.result(timeout=30)


def test_a_purchase_that_comes_while_an_agent_gives(case, claim, click, kim, noon, alice):
    """The agent holds the claim and wants the balance; the purchase holds the balance and wants the claim."""
    sale = claims_make.sold(click, at=noon, status=SaleStatus.PENDING, commission=200_000)
    in_the_midst(
        lambda: moves.lock(claim.pk),
        lambda: claims_make.say(sale, SaleStatus.APPROVED, at=noon + DAY),
        lambda: goodwill.ask(case=case, amount_minor=100_000, why="Late", by=kim, at=noon + DAY),
    )
    assert GoodwillGrant.objects.paid().count() == 1
    # The reward has repaid what was given in its midst.
    assert balance(alice) == 140_000
    claim.refresh_from_db()
    assert (claim.status, claim.wake_at) == ("credited", None)


def test_a_purchase_that_comes_while_another_claim_of_the_shopper_is_paid(
    case, claim, click, kim, noon, alice
):
    """The shopper's limits are reckoned under the shopper's lock, which is not waited for either."""
    sale = claims_make.sold(click, at=noon, status=SaleStatus.PENDING, commission=200_000)
    other = claims_make.claim(click, at=noon, order_no="OTHER-1", order_minor=5_000)
    in_the_midst(
        lambda: goodwill._lock_shopper(case),
        lambda: claims_make.say(sale, SaleStatus.APPROVED, at=noon + DAY),
        lambda: goodwill.ask(
            case=claims_make.services.case_of(other), amount_minor=100_000, why="Late", by=kim, at=noon + DAY
        ),
    )
    claim.refresh_from_db()
    assert (claim.status, balance(alice)) == ("credited", 240_000)


def test_a_lead_who_decides_while_the_agent_is_at_the_claim(case, claim, kim, lena, noon, alice):
    grant = goodwill.ask(case=case, amount_minor=200_000, why="Late", by=kim, at=noon)
    in_the_midst(
        lambda: moves.lock(claim.pk),
        lambda: goodwill.approve(grant=grant, by=lena, at=noon),
        lambda: goodwill.ask(case=case, amount_minor=1_000, why="Late", by=kim, at=noon),
    )
    assert balance(alice) == 200_000
    assert GoodwillGrant.objects.waiting().get().amount_minor == 1_000
