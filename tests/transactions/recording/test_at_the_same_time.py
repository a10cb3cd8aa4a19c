"""Two workers with one sale: whoever comes first, it is recorded once and credited once."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection

from cashback.lib import ids
from offers.networks.base import SaleStatus
from partners.models import OutboxEvent
from tests import make
from transactions import services
from transactions.ledger import services as ledger
from transactions.ledger.models import Account, AccountKind
from transactions.models import Transaction, TransactionEvent

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(call, arguments, workers=8):
    def run(argument):
        try:
            return call(argument)
        finally:
            connection.close()

    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(run, arguments))


@pytest.fixture
def sale(alice, account):
    click = make.click(by=alice, on=make.offer(at=account))
    return make.sale(click_ref=ids.suffix(click.pk), status=SaleStatus.APPROVED)


def recorder(account, at):
    return lambda sale: services.record(sale=sale, account=account, via=TransactionEvent.Via.POLL, at=at)


def wallet() -> int:
    return ledger.balance(account=Account.objects.get(kind=AccountKind.SHOPPER))


def test_first_word_heard_by_eight_at_once_is_one_transaction(sale, account, at):
    at_once(recorder(account, at), [sale] * 24)
    assert Transaction.objects.count() == 1
    assert OutboxEvent.objects.filter(type="transaction.created").count() == 1
    assert wallet() == 6965


def test_changes_in_any_order_at_once_end_at_the_last(sale, account, at):
    words = [
        replace(
            sale,
            commission_minor=1000 * n,
            changed_at=sale.changed_at + timedelta(seconds=n),
            observed_at=sale.observed_at + timedelta(seconds=n),
        )
        for n in range(1, 21)
    ]
    at_once(recorder(account, at), [*words[::-1], *words[::2], *words[1::2]])
    assert Transaction.objects.get().commission_minor == 20_000
    assert wallet() == 14_000
    assert ledger.verify() == []


def test_many_purchases_of_one_shopper_at_once_lose_nothing(alice, account, at):
    offer = make.offer(at=account)
    sales = [
        make.sale(click_ref=ids.suffix(make.click(by=alice, on=offer).pk), status=SaleStatus.APPROVED)
        for _ in range(24)
    ]
    at_once(recorder(account, at), sales * 2)
    assert Transaction.objects.count() == 24
    assert wallet() == 24 * 6965


def test_settling_from_eight_sides_posts_once(sale, account, at):
    made = recorder(account, at)(sale).transaction
    Transaction.objects.update(commission_minor=200, cashback_minor=140, partner_minor=20)
    posted = at_once(lambda _: services.settle(transaction=made, at=at), range(16))
    assert posted.count(True) == 1
    assert wallet() == 140
