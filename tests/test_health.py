"""An operator's probe: 200 while the whole service can do its work, and the failing part's name when it cannot."""

from datetime import timedelta

import pytest
from django.db import connection

from cashback import health
from offers.networks import services as networks
from offers.networks.models import InboundMessage, NetworkAccount

pytestmark = pytest.mark.django_db


def failing(client) -> list[str]:
    answer = client.get("/readyz")
    assert answer.status_code == (503 if answer.json()["failing"] else 200)
    return answer.json()["failing"]


def receive_an_hour_ago(account, at) -> None:
    networks.receive(
        token=account.postback_token,
        method="GET",
        content_type="",
        query="a=1",
        body=b"",
        at=at - timedelta(hours=1),
    )


def test_process_that_answers_is_healthy(client):
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_everything_in_order_is_ready(client):
    health.note_tick()
    assert failing(client) == []


def test_beat_that_never_ticked_is_named(client):
    assert failing(client) == ["beat"]


def test_message_is_named_when_it_is_overdue_and_not_while_it_waits_for_its_time(client, account, at):
    health.note_tick()
    receive_an_hour_ago(account, at)
    assert failing(client) == ["inbox"]
    InboundMessage.objects.update(next_attempt_at=at + timedelta(minutes=5))
    assert failing(client) == []


def test_message_of_an_account_that_waits_for_staff_is_not_the_services_fault(client, account, at):
    health.note_tick()
    receive_an_hour_ago(account, at)
    NetworkAccount.objects.update(refusal="The secret is wrong.")
    assert failing(client) == []


def test_missing_months_of_clicks_are_named(client, at):
    health.note_tick()
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE transactions_click_{at + timedelta(days=40):%Y_%m}")
    assert failing(client) == ["click_partitions"]
