"""`Idempotency-Key`: sent again, a write is answered again and done once."""

import json
import threading
from collections import Counter
from datetime import timedelta

import pytest
from django.db import connections, transaction

from partners import answers
from partners.models import LaunchToken, StoredAnswer
from tests.api_client import Server, assert_problem

SENDERS = 50
PATH = "embed-sessions"
BODY = {"shopper": "alice", "locale": "en"}


@pytest.fixture
def server(acorn) -> Server:
    return Server(acorn.partner)


def test_the_same_write_is_answered_the_same_and_done_once(server):
    first = server.post(PATH, BODY, idempotency_key="k1")
    again = server.post(PATH, BODY, idempotency_key="k1")
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.headers["Cache-Control"] == "no-store"
    assert "Idempotent-Replayed" not in first.headers
    assert LaunchToken.objects.count() == 1


def test_json_that_is_spaced_differently_is_the_same(server):
    server.post(PATH, json.dumps(BODY), idempotency_key="k1")
    again = server.post(PATH, json.dumps(dict(reversed(BODY.items())), indent=2), idempotency_key="k1")
    assert (again.status_code, LaunchToken.objects.count()) == (201, 1)


def test_without_a_key_each_write_is_done(server):
    server.post(PATH, BODY)
    server.post(PATH, BODY)
    assert LaunchToken.objects.count() == 2


def test_another_body_under_the_same_key_is_refused(server):
    server.post(PATH, BODY, idempotency_key="k1")
    assert_problem(
        server.post(PATH, {"shopper": "carol"}, idempotency_key="k1"), 422, "idempotency_key_reused"
    )
    assert [row.external_id for row in LaunchToken.objects.all()] == ["alice"]


def test_another_partner_may_use_the_same_key(server, birch):
    server.post(PATH, BODY, idempotency_key="k1")
    assert Server(birch.partner).post(PATH, BODY, idempotency_key="k1").json()["storefront"] == "birch"


def test_a_refusal_is_not_kept(server):
    assert_problem(server.post(PATH, {}, idempotency_key="k1"), 400, "shopper_unsaid", field="")
    assert not StoredAnswer.objects.exists()
    assert server.post(PATH, BODY, idempotency_key="k1").status_code == 201


def test_after_a_day_the_key_is_free(server, at):
    server.post(PATH, BODY, idempotency_key="k1")
    StoredAnswer.objects.update(created_at=at - timedelta(hours=24))
    assert server.post(PATH, {"shopper": "carol"}, idempotency_key="k1").status_code == 201
    assert answers.forget(at=at) == 0
    StoredAnswer.objects.update(created_at=at - timedelta(hours=24))
    assert answers.forget(at=at) == 1


def test_what_is_kept_is_not_read_in_the_database(server):
    token = server.post(PATH, BODY, idempotency_key="k1").json()["launch_token"]
    assert token in StoredAnswer.objects.get().answer
    assert not StoredAnswer.objects.extra(where=["answer LIKE %s"], params=[f"%{token}%"]).exists()


@pytest.mark.parametrize("key", ["", " ", "a b", "é", "x" * 256, "\t"])
def test_a_key_that_is_none_is_refused(server, key):
    assert_problem(server.post(PATH, BODY, idempotency_key=key), 400, "idempotency_key_invalid")
    assert not LaunchToken.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_write_whose_first_is_under_way_is_told_so(server, acorn, at):
    with transaction.atomic():
        assert answers.find(partner=acorn.partner, key="k1", digest="d", at=at) is None
        seen = in_another_connection(lambda: server.post(PATH, BODY, idempotency_key="k1"))
    assert_problem(seen, 409, "idempotency_key_in_flight")
    assert seen.headers["Retry-After"] == "1"
    assert not LaunchToken.objects.exists()
    assert server.post(PATH, BODY, idempotency_key="k1").status_code == 201


@pytest.mark.django_db(transaction=True)
def test_fifty_at_once_are_one_write(acorn):
    server, found = Server(acorn.partner), []
    start = threading.Barrier(SENDERS)

    def send() -> None:
        start.wait(60)
        found.append(server.post(PATH, BODY, idempotency_key="k1"))
        connections.close_all()

    senders = [threading.Thread(target=send) for _ in range(SENDERS)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join(120)
    statuses = Counter(answer.status_code for answer in found)
    assert set(statuses) <= {201, 409} and sum(statuses.values()) == SENDERS, statuses
    assert LaunchToken.objects.count() == StoredAnswer.objects.count() == 1
    assert len({answer.content for answer in found if answer.status_code == 201}) == 1


def in_another_connection(ask):
    found = []

    def run() -> None:
        found.append(ask())
        connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(60)
    return found[0]
