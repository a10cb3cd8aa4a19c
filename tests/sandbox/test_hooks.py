"""A demo partner's server keeps what the product signed, and nothing else."""

import json
from datetime import UTC, datetime, timedelta

import pytest
import requests
from standardwebhooks import Webhook

from tests.sandbox.conftest import ACORN

SECRET = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
MESSAGE = {
    "id": "evt_1",
    "type": "transaction.approved",
    "timestamp": "2026-11-27T06:00:00+00:00",
    "version": "2026-11-01",
    "data": {
        "shopper": "alice",
        "merchant_name": "Околица",
        "status": "approved",
        "cashback": {"amount": "69.65", "currency": "RUB"},
    },
}


@pytest.fixture
def listener(another_sandbox):
    deaf = {**ACORN, "name": "Birch Club"}
    return another_sandbox(partners={"acorn": {**ACORN, "webhook_secret": SECRET}, "birch": deaf})


def send(sandbox, *, message=MESSAGE, secret=SECRET, at=None, to="acorn", **changes):
    at = at or datetime.now(UTC)
    body = json.dumps(message, ensure_ascii=False)
    headers = {
        "webhook-id": message["id"],
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(secret).sign(message["id"], at, body),
    }
    headers = {name: value for name, value in (headers | changes).items() if value is not None}
    return requests.post(f"{sandbox.url}/host/{to}/hooks", data=body.encode(), headers=headers, timeout=10)


def page(sandbox, **query):
    answer = requests.get(f"{sandbox.url}/host/acorn/hooks", params=query, timeout=10)
    assert answer.status_code == 200
    return answer.text


def test_a_signed_message_is_shown(listener):
    assert "Nothing yet" in page(listener)
    assert send(listener).status_code == 204
    shown = page(listener)
    assert "<code>transaction.approved</code>" in shown
    assert "alice · Околица · approved · 69.65 RUB" in shown
    assert "transaction.approved" in page(listener, type="transaction")
    assert "transaction.approved" not in page(listener, type="claim")


def test_one_that_comes_again_is_counted(listener):
    send(listener)
    send(listener)
    assert "came 2 times" in page(listener)


@pytest.mark.parametrize(
    "how",
    [
        {"secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"},
        {"at": datetime.now(UTC) - timedelta(minutes=6)},
        {"webhook-signature": None},
        {"webhook-signature": "v1,é".encode().decode("latin-1")},
        {"webhook-timestamp": "now"},
        {"webhook-id": "evt_2"},
    ],
)
def test_what_was_not_signed_is_refused_and_not_shown(listener, how):
    assert send(listener, **how).status_code == 400
    assert "Nothing yet" in page(listener)


@pytest.mark.parametrize("partner", ["birch", "nobody"])
def test_who_does_not_listen_hears_nothing(listener, partner):
    assert send(listener, to=partner).status_code == 404
