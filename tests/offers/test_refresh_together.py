"""Refreshes that run at once: of one account they follow each other, of two accounts they share their shops."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection

from offers import services
from offers.models import Merchant, Offer, Rate
from tests import make
from tests.offers import listing

pytestmark = pytest.mark.django_db(transaction=True)

WRITERS = 4


@pytest.fixture
def account(transactional_db, paper):
    paper.offers = [listing.offer(str(number)) for number in range(300)]
    return make.account(network="paper")


def _at_once(work, arguments):
    """Everyone reaches the same line before anyone goes on."""
    line = threading.Barrier(len(arguments))

    def run(argument):
        try:
            line.wait(timeout=10)
            return work(argument)
        except services.Overtaken as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(arguments)) as threads:
        return list(threads.map(run, arguments))


def test_refreshes_of_one_account_follow_each_other(account, at):
    results = _at_once(lambda at: services.refresh(account=account, at=at), [at] * WRITERS)
    assert sorted(result.opened for result in results) == [0] * (WRITERS - 1) + [300]
    assert (Offer.objects.count(), Rate.objects.count(), Merchant.objects.count()) == (300, 300, 300)


def test_refresh_waits_for_the_writer_of_its_account(account, at):
    released = threading.Event()
    finished = []

    def refresh():
        finished.append(services.refresh(account=account, at=at))
        released.set()
        connection.close()

    with connection.cursor() as cursor:
        cursor.execute("BEGIN")
        services._lock(account)
        thread = threading.Thread(target=refresh)
        thread.start()
        assert not released.wait(timeout=1)
        cursor.execute("COMMIT")
    thread.join(timeout=10)
    assert finished[0].opened == 300


def test_accounts_that_bring_the_same_shops_at_once_share_them(account, at):
    accounts = [account, *(make.account(network="paper") for _ in range(WRITERS - 1))]
    _at_once(lambda account: services.refresh(account=account, at=at), accounts)
    assert (Offer.objects.count(), Merchant.objects.count()) == (WRITERS * 300, 300)


def test_ranking_and_refreshing_at_once_do_not_meet_in_a_deadlock(account, paper, at):
    services.refresh(account=account, at=at)
    paper.offers = [listing.offer(str(number), hold_days=50) for number in reversed(range(300))]

    def work(number):
        if number % 2:
            return services.rank(at=at + timedelta(days=number))
        return services.refresh(account=account, at=at + timedelta(hours=1))

    _at_once(work, list(range(WRITERS)))
    assert Offer.objects.filter(hold_days=50).count() == 300
