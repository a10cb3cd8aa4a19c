"""The demo's two months of purchases, lived through at a sandbox of its own."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db.models import F, Q

from cashback.advertisers import Advertisers
from cashback.seeds import trade
from offers import services as offers
from offers.networks.models import NetworkAccount
from tests.sandbox.conftest import Sandbox
from transactions.ledger.models import Transfer
from transactions.models import Click, Status, Transaction, UnattributedSale


@pytest.fixture(scope="module")
def network(tmp_path_factory):
    with Sandbox(tmp_path_factory.mktemp("network"), "http://localhost:1/postback/") as sandbox:
        yield sandbox


@pytest.fixture
def shops(db, network) -> NetworkAccount:
    now = datetime.now(tz=UTC)
    account = NetworkAccount(
        network="admitad", name="Sandbox", base_url=network.url, created_at=now - timedelta(days=100)
    )
    account.credentials = network.credentials
    account.save()
    offers.refresh(account=account, at=now)
    return account


def test_two_months_are_lived_through_in_their_order(acorn, shops, network):
    now = datetime.now(tz=UTC)
    lines = trade.live_through(
        advertisers=Advertisers(network.url),
        account=shops,
        cast={acorn.slug: ["alice", "carol"]},
        cart=lambda _currency, number: Decimal(1490 + 100 * number),
        at=now,
    )
    assert len(list(lines)) > 100

    sales = Transaction.objects.filter(account=shops)
    assert sales.count() == 20
    assert set(sales.values_list("status", flat=True)) == set(Status.values)
    assert sales.filter(is_stalled=True).count() == 1
    assert sales.filter(status=Status.PENDING, occurred_at__gt=now - timedelta(days=10)).count() >= 2
    assert not UnattributedSale.objects.exists()
    out_of_order = Q(click__created_at__gte=F("occurred_at")) | Q(created_at__lte=F("occurred_at"))
    assert not sales.filter(out_of_order | Q(updated_at__lt=F("created_at")) | Q(updated_at__gt=now)).exists()
    assert Click.objects.filter(account=shops).count() == 80
    assert not Click.objects.filter(created_at__gt=now).exists()
    assert Transfer.objects.exists()
    assert not Transfer.objects.filter(occurred_at__gt=now).exists()
    # Today is today again there.
    action = Advertisers(network.url).say("actions", campaign="harbor-goods", cart="10.00")
    assert datetime.fromisoformat(action["action_date"]) > now.replace(tzinfo=None)
