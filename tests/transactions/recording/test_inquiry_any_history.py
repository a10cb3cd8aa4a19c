"""Whatever the network says before and after it granted an inquiry, and in whatever order: one purchase, one floor."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cashback.lib import ids
from cashback.lib.money import percent_of
from offers.networks.base import SaleStatus
from tests import make
from transactions import services
from transactions.ledger import services as ledger
from transactions.ledger.models import Account, AccountKind
from transactions.models import Transaction, TransactionEvent, UnattributedSale

EPOCH = datetime(2026, 11, 1, tzinfo=UTC)
WORDS = st.lists(
    st.tuples(st.sampled_from(list(SaleStatus)), st.integers(0, 500_00), st.booleans(), st.booleans()),
    max_size=5,
)


@pytest.mark.django_db
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(words=WORDS, grants=st.lists(st.integers(1, 500_00), min_size=1, max_size=2), data=st.data())
def test_a_grant_is_a_floor_in_any_history(alice, bob, account, words, grants, data):
    with transaction.atomic():
        for shopper, currency in ((alice, "RUB"), (bob, "USD")):
            _live(shopper, currency, account, words, grants, data)
        transaction.set_rollback(True)


def _live(shopper, currency, account, words, grants, data):
    offer = make.offer(at=account, currency=currency)
    click = make.click(by=shopper, on=offer)
    sales = [
        make.sale(
            external_id=offer.external_id,
            offer_external_id=offer.external_id,
            click_ref=ids.suffix(click.pk) if names_click else "",
            currency=currency,
            order_id="AB-1",
            status=status,
            commission_minor=minor,
            paid=paid and status == SaleStatus.APPROVED,
            occurred_at=EPOCH,
            changed_at=EPOCH + timedelta(seconds=number),
            observed_at=EPOCH + timedelta(seconds=number),
        )
        for number, (status, minor, paid, names_click) in enumerate(words)
    ]
    happened = data.draw(st.permutations([*sales, *grants, *sales[-1:]]))
    for what in happened:
        if isinstance(what, int):
            services.record_inquiry(
                click=click,
                offer=offer,
                account=account,
                reference=f"{offer.external_id}-{what}",
                order_id="AB 1",
                commission_minor=what,
                sale_minor=None,
                occurred_at=EPOCH,
                at=EPOCH,
            )
        else:
            services.record(sale=what, account=account, via=TransactionEvent.Via.POLL, at=EPOCH)
    for waiting in UnattributedSale.objects.filter(account=account, transaction=None):
        click.created_at = EPOCH
        services.attribute(sale=waiting, click=click, at=EPOCH)

    (known,) = Transaction.objects.filter(shopper=shopper)
    floor = max(grants)
    owed = floor
    if sales and sales[-1].status == SaleStatus.APPROVED:
        counts = shopper.storefront.credit_on == "approved" or sales[-1].paid
        owed = max(floor, sales[-1].commission_minor) if counts else floor
    assert (known.status, known.granted_minor, known.commission_minor) == ("approved", floor, owed)
    assert services.settle(transaction=known, at=EPOCH) is False
    wallet = Account.objects.get(kind=AccountKind.SHOPPER, owner_id=shopper.pk)
    assert ledger.balance(account=wallet) == percent_of(owed, known.shopper_percent)
    assert not any(ledger.totals().values())
