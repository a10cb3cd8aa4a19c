"""The whole way in: a network process, its adapter, and our catalogue."""

from datetime import timedelta

import pytest

from offers import services
from offers.intake import logos
from offers.models import Category, Coupon, Merchant, Offer, Rate
from offers.networks.models import NetworkAccount
from tests.sandbox.conftest import Sandbox


@pytest.fixture(scope="module")
def network(tmp_path_factory):
    with Sandbox(tmp_path_factory.mktemp("network"), "http://localhost:1/postback/") as sandbox:
        yield sandbox


@pytest.fixture
def account(db, network):
    account = NetworkAccount(network="admitad", name="Sandbox", base_url=network.url)
    account.credentials = network.credentials
    account.save()
    return account


def test_sandboxs_catalogue_comes_in_whole_and_twice_changes_nothing(account, at):
    first = services.refresh(account=account, at=at)
    assert first.unreadable == 0
    assert first.offers_seen == Offer.objects.count() >= 1200
    assert Merchant.objects.count() == len(set(Offer.objects.values_list("merchant__domain", flat=True)))
    for currency in ("RUB", "USD"):
        assert Offer.objects.filter(currency=currency, is_open=True, score__gt=0).count() >= 24
    assert Coupon.objects.live(at=at).count() >= 40
    assert Category.objects.count() >= 14
    closed = Offer.objects.filter(is_open=False)
    assert closed.filter(closed_because__contains="cashback").exists()
    assert Rate.objects.filter(value=0).exists()
    second = services.refresh(account=account, at=at + timedelta(hours=6))
    assert (second.opened, second.changed, second.closed) == (0, 0, 0)
    assert (second.rates_begun, second.rates_ended, second.coupons_changed) == (0, 0, 0)


def test_shops_have_names_and_addresses_that_people_can_read(account, at):
    services.refresh(account=account, at=at)
    for merchant in Merchant.objects.all():
        assert merchant.slug.isascii()
        assert merchant.name and "[" not in merchant.name
        assert merchant.domain == merchant.domain.lower()


def test_sandboxs_logos_are_fetched(account, at):
    services.refresh(account=account, at=at)
    due = logos.due(at=at).count()
    fetched = logos.fetch(at=at)
    assert (fetched.stored, fetched.failed, fetched.left) == (due, 0, 0)
    assert not Merchant.objects.exclude(logo_url="").filter(logo_digest="").exists()
