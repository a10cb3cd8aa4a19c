"""Staff at their desks: Olga may do all of the business, Sam is in support, and the root is a superuser."""

import pytest
from django.contrib.auth.models import Group
from django.test import Client

from cashback import staff
from offers.networks.base import SaleStatus
from tests import make
from transactions import services
from transactions.models import TransactionEvent


@pytest.fixture(autouse=True)
def _light_settings(settings):
    """Nobody has to collect static files first, and nobody waits for a password to be stretched."""
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": plain}
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def groups(db):
    staff.make_groups()


@pytest.fixture
def root(client, admin_user):
    client.force_login(admin_user)
    return client


@pytest.fixture
def operator(django_user_model, groups):
    olga = django_user_model.objects.create_user("olga", password="a-long-password", is_staff=True)
    olga.groups.add(Group.objects.get(name=staff.OPERATORS))
    return _at_the_desk(olga)


@pytest.fixture
def support(sam, groups):
    sam.groups.add(staff.support_group())
    return _at_the_desk(sam)


def _at_the_desk(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def trip(alice, account):
    """Alice's click on a shop of the account."""
    return make.click(by=alice, on=make.offer(at=account, external_id="100"))


@pytest.fixture
def purchase(trip, account, at):
    """Alice's purchase, confirmed and credited: 69.65 of a commission of 99.50."""
    sale = make.sale(click_ref=trip.public_id.removeprefix("clk_"), status=SaleStatus.APPROVED)
    return services.record(sale=sale, account=account, via=TransactionEvent.Via.POLL, at=at).transaction


@pytest.fixture
def waiting_sale(account, at):
    """A sale on the shop of `trip` whose report names no click."""
    sale = make.sale(offer_external_id="100")
    return services.record(sale=sale, account=account, via=TransactionEvent.Via.POLL, at=at).unattributed


def messages_of(response) -> list[str]:
    """What the page that follows a press tells its presser."""
    return [str(message) for message in response.context["messages"]]
