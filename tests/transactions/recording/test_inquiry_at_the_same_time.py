"""A grant and the network's own row of the same order, at once: whoever comes first, the order is paid once."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from cashback.lib import ids
from offers.networks.base import SaleStatus
from tests import make
from transactions import services
from transactions.ledger import services as ledger
from transactions.ledger.models import Account, AccountKind
from transactions.models import Transaction, TransactionEvent

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_grant_and_its_row_at_once_are_one_purchase_paid_once(alice, account, at):
    offer = make.offer(at=account)
    click = make.click(by=alice, on=offer)
    orders = [f"AT-{number}" for number in range(12)]

    def record(order):
        row = make.sale(
            external_id=order.removeprefix("AT-") + "000",
            click_ref=ids.suffix(click.pk),
            order_id=order,
            status=SaleStatus.APPROVED,
            commission_minor=10000,
            changed_at=at,
            observed_at=at,
        )
        services.record(sale=row, account=account, via=TransactionEvent.Via.POLL, at=at)

    def grant(order):
        services.record_inquiry(
            click=click,
            offer=offer,
            account=account,
            reference=f"ref-{order}",
            order_id=order,
            commission_minor=10000,
            sale_minor=None,
            occurred_at=at,
            at=at,
        )

    def run(job):
        try:
            job[0](job[1])
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(run, [(work, order) for order in orders for work in (record, grant, record, grant)]))

    assert Transaction.objects.count() == 12
    assert {known.granted_minor for known in Transaction.objects.all()} == {10000}
    assert ledger.balance(account=Account.objects.get(kind=AccountKind.SHOPPER)) == 12 * 7000
    assert ledger.verify() == []
