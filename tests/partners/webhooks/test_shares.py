"""Nobody holds up another: neither a slow partner, nor an endpoint that cannot be signed for, nor a call in flight."""

import time
from collections import Counter
from datetime import timedelta

from django.db import connection, connections

from partners.webhooks import reading, sending, services
from partners.webhooks.models import Delivery
from tests.partners.webhooks.conftest import happen, listen, send


def test_a_partner_with_many_slow_endpoints_delays_their_own_only(
    acorn, birch, receiver, other_receiver, clock
):
    receiver.answer = lambda _number: time.sleep(0.2) or 200
    for _ in range(services.MOST_ENDPOINTS):
        listen(acorn, receiver.url, clock.now)
    listen(birch, other_receiver.url, clock.now)
    happen(acorn, clock.now, count=2)
    clock.now += timedelta(minutes=1)
    happen(birch, clock.now)
    reading.read_outbox(at=clock())
    lanes = list(sending._open_lanes([], at=clock()))
    assert Counter(lane.endpoint.partner_id for lane in lanes) == {
        acorn.partner_id: sending.LANES_OF_A_PARTNER,
        birch.partner_id: 1,
    }
    Delivery.objects.update(next_attempt_at=clock())
    sending.deliver(clock=clock, seconds=60)
    assert not Delivery.objects.waiting().exists()
    assert receiver.most_at_once <= sending.LANES_OF_A_PARTNER
    assert len(other_receiver.heard) == 1


def test_a_replay_that_comes_while_it_is_sent_is_sent_again(acorn, endpoint, receiver, clock):
    def ask_again(number: int) -> int:
        if number == 0:
            services.replay(delivery=Delivery.objects.get(), at=clock())
            connections.close_all()
        return 200

    receiver.answer = ask_again
    happen(acorn, clock.now)
    send(clock)
    send(clock)
    assert len(receiver.heard) == 2
    assert Delivery.objects.get().status == "delivered"


def test_an_unreadable_secret_stops_its_own_endpoint_only(
    acorn, birch, receiver, other_receiver, clock, caplog
):
    """Acorn's secret was written under a key that nobody has any more."""
    broken = listen(acorn, receiver.url, clock.now)
    listen(birch, other_receiver.url, clock.now)
    happen(acorn, clock.now)
    happen(birch, clock.now)
    with connection.cursor() as database:
        database.execute("UPDATE webhooks_webhookendpoint SET secret = 'rubbish' WHERE id = %s", [broken.pk])
    send(clock)
    assert len(other_receiver.heard) == 1
    assert receiver.heard == []
    assert broken.public_id in caplog.text
    assert Delivery.objects.waiting().count() == 1
