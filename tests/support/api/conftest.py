"""Acorn's server, and the claim that it makes in Alice's name."""

from datetime import timedelta

import pytest

from tests import make
from tests.api_client import Server
from tests.support import claims_make

DAY = timedelta(days=1)


@pytest.fixture
def server(acorn) -> Server:
    return Server(acorn.partner)


@pytest.fixture
def kim(django_user_model, db):
    return claims_make.agent(django_user_model, "kim")


@pytest.fixture
def trip(alice, account, at):
    """Alice's trip of five days ago."""
    shop = claims_make.offer(of=make.merchant("Harbor", slug="harbor"), at=account)
    return claims_make.trip(by=alice, on=shop, at=at - 5 * DAY)


@pytest.fixture
def body(trip) -> dict:
    return {
        "shopper": "alice",
        "kind": "untracked",
        "click_id": trip.public_id,
        "order_no": "AB-1001",
        "order_amount": {"amount": "1990.00", "currency": "RUB"},
        "locale": "en",
    }
