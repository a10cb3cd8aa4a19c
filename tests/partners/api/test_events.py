"""The outbox as a feed: every event once, in an order in which nothing can still come in between."""

from datetime import timedelta

import psycopg
import pytest
from django.db import connection

from cashback.lib import ids
from partners.models import OutboxEvent
from partners.services import emit
from tests.api_client import RUBBISH, Server, assert_problem, is_a_problem

MARK = "Birkenwald"


@pytest.fixture
def server(acorn) -> Server:
    return Server(acorn.partner)


def tell(storefront, at, *, type: str = "transaction.created", **payload) -> OutboxEvent:
    return emit(partner_id=storefront.partner_id, type=type, subject_id=storefront.pk, payload=payload, at=at)


@pytest.mark.django_db(transaction=True)
def test_an_event_is_told_to_the_letter(server, acorn, at):
    event = tell(acorn, at, order_id="A-1")
    [told] = server.all("events")
    assert told == {
        "id": ids.public("evt", event.pk),
        "type": "transaction.created",
        "timestamp": at.isoformat(),
        "version": told["version"],
        "data": {"order_id": "A-1"},
    }
    assert server.get(f"events/{told['id']}").json() == told


@pytest.mark.django_db(transaction=True)
def test_they_come_in_their_order_and_the_last_cursor_leads_on(server, acorn, at):
    made = [ids.public("evt", tell(acorn, at, number=number).pk) for number in range(3)]
    first = server.get("events", {"limit": 2}).json()
    second = server.get("events", {"limit": 2, "cursor": first["next_cursor"]}).json()
    assert [each["id"] for each in first["data"] + second["data"]] == made
    end = server.get("events", {"cursor": second["next_cursor"]}).json()
    assert end == {"data": [], "next_cursor": None}
    later = ids.public("evt", tell(acorn, at).pk)
    [told] = server.get("events", {"cursor": second["next_cursor"]}).json()["data"]
    assert told["id"] == later


@pytest.mark.django_db(transaction=True)
def test_an_event_that_is_committed_late_is_not_stepped_over(server, acorn, at):
    options = connection.get_connection_params()
    facts = {
        name: options[name] for name in ("dbname", "user", "password", "host", "port") if options.get(name)
    }
    with psycopg.connect(**facts) as late:
        late.execute(
            "INSERT INTO partners_outboxevent (partner_id, type, subject_id, payload, occurred_at) "
            "VALUES (%s, 'balance.changed', %s, '{}', now())",
            [acorn.partner_id, acorn.pk],
        )
        tell(acorn, at)
        assert list(server.all("events")) == []
        late.commit()
    assert [each["type"] for each in server.all("events")] == ["balance.changed", "transaction.created"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("count", [1, 3])
def test_the_list_asks_twice_however_long_it_is(server, acorn, at, count, django_assert_num_queries):
    for _ in range(count):
        tell(acorn, at)
    server.get("events")
    with django_assert_num_queries(2):  # the key with its partner, the page
        assert len(server.get("events").json()["data"]) == count


@pytest.mark.django_db(transaction=True)
def test_nothing_of_another_partner_is_told(server, birch, at):
    event = tell(birch, at - timedelta(days=1), order_id=MARK)
    answer = server.get(f"events/{ids.public('evt', event.pk)}")
    assert_problem(answer, 404, "not_found")
    assert MARK not in answer.content.decode()
    assert server.get("events").json() == {"data": [], "next_cursor": None}
    cursor = f"1.{ids.suffix(event.pk)}"
    assert server.get("events", {"cursor": cursor}).json()["data"] == []
    assert [each["data"]["order_id"] for each in Server(birch.partner).all("events")] == [MARK]


def test_rubbish_is_refused(server):
    for rubbish in RUBBISH:
        for name in ("limit", "cursor"):
            assert is_a_problem(server.get("events", {name: rubbish})), (name, rubbish)
    for rubbish in ("x", "evt_x", "evt_" + "z" * 26, "%00", "evt_" + "0" * 26):
        assert_problem(server.get(f"events/{rubbish}"), 404, "not_found")
