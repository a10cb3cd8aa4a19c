from datetime import UTC, datetime

import pytest

from tests import make
from tests.paper_network import PaperNetwork
from tests.support import claims_make
from tests.support.claims_make import DAY


@pytest.fixture
def noon():
    """A fixed noon: what is about days must not depend on the hour at which the tests run."""
    return datetime(2026, 11, 24, 9, 0, tzinfo=UTC)  # 12:00 in Moscow


@pytest.fixture
def paper_account(monkeypatch, db):
    from offers.networks import registry

    PaperNetwork.forget()
    monkeypatch.setitem(registry.NETWORKS, PaperNetwork.slug, PaperNetwork)
    return make.account(network=PaperNetwork.slug)


@pytest.fixture
def moscow(acorn):
    acorn.time_zone = "Europe/Moscow"
    acorn.save()
    return acorn


@pytest.fixture
def shop(paper_account):
    """A shop at a network that is asked by a file, and asks for no receipt."""
    return claims_make.offer(of=make.merchant("Harbor", slug="harbor"), at=paper_account)


@pytest.fixture
def click(alice, moscow, shop, noon):
    """Alice's trip of five days ago."""
    alice.storefront = moscow
    return claims_make.trip(by=alice, on=shop, at=noon - 5 * DAY)


@pytest.fixture
def kim(django_user_model, db):
    """An agent."""
    return claims_make.agent(django_user_model, "kim")
