"""Events arrive, signed, whatever happens to the receiver; and nobody waits for another's."""

import json
import time
from datetime import timedelta

import pytest
from django.utils import timezone
from standardwebhooks import WebhookVerificationError

from cashback.embedded import free_port
from partners.models import OutboxCursor
from partners.webhooks import schedule, services
from partners.webhooks.models import Delivery, DeliveryAttempt, WebhookEndpoint
from tests.lib.wire import dripping
from tests.partners.webhooks.conftest import happen, listen, live, names, send

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
OFF = WebhookEndpoint.OffBecause


def test_an_event_arrives_signed_and_in_its_envelope(acorn, endpoint, receiver, clock):
    (event,) = happen(acorn, clock.now)

    assert send(clock) == 1

    (heard,) = receiver.accepted
    assert heard.verified(endpoint.secret) == {
        "id": names([event])[0],
        "type": "transaction.created",
        "timestamp": clock.now.isoformat(),
        "version": "v1",
        "data": {"order_id": "№ 0"},
    }
    assert heard.headers["webhook-id"] == names([event])[0]
    assert heard.headers["content-type"] == "application/json"
    assert heard.headers["user-agent"].startswith("Vitrina/")
    delivery = Delivery.objects.get()
    assert (delivery.status, delivery.tries) == ("delivered", 1)
    attempt = delivery.attempts.get()
    assert (attempt.status_code, attempt.answer, attempt.error) == (200, "answer 200", "")


def test_a_wrong_secret_does_not_verify(acorn, endpoint, receiver, clock):
    happen(acorn, clock.now)
    send(clock)

    with pytest.raises(WebhookVerificationError):
        receiver.accepted[0].verified("whsec_" + "A" * 43 + "=")


def test_an_old_or_future_timestamp_does_not_verify(acorn, endpoint, receiver, clock):
    clock.now -= timedelta(seconds=400)
    WebhookEndpoint.objects.update(created_at=clock.now)
    happen(acorn, clock.now)
    send(clock)

    with pytest.raises(WebhookVerificationError, match="too old"):
        receiver.accepted[0].verified(endpoint.secret)


def test_only_the_types_that_were_asked_for_come(acorn, receiver, clock):
    listen(acorn, receiver.url, clock.now, event_types=["claim.opened", "balance.changed"])
    for type in ("claim.opened", "claim.closed", "balance.changed"):
        happen(acorn, clock.now, type=type)

    send(clock)

    assert sorted(json.loads(each.body)["type"] for each in receiver.accepted) == [
        "balance.changed",
        "claim.opened",
    ]


def test_nobody_hears_of_anothers_events_or_of_those_before_its_time(
    acorn, birch, endpoint, receiver, other_receiver, clock
):
    listen(birch, other_receiver.url, clock.now)
    happen(acorn, clock.now - timedelta(seconds=1))
    theirs = happen(birch, clock.now)

    send(clock)

    assert (receiver.ids(), other_receiver.ids()) == ([], names(theirs))


def test_in_good_days_events_come_in_their_order(acorn, endpoint, receiver, clock):
    events = happen(acorn, clock.now, count=10)

    send(clock)

    assert receiver.ids() == names(events)
    assert names(events) == sorted(names(events))


def test_the_schedule_is_kept_for_five_days_and_ends_with_a_switched_off_endpoint(
    acorn, endpoint, receiver, clock
):
    receiver.answer = lambda _number: 500
    happen(acorn, clock.now)

    live(clock, until=clock.now + 7 * DAY)

    tried = list(DeliveryAttempt.objects.order_by("at").values_list("at", flat=True))
    waits = [(after - before).total_seconds() for before, after in zip(tried, tried[1:], strict=False)]
    plan = [5, 300, 1800, 7200, 18000, 36000, 36000, 86400, 86400, 86400, 86400]
    # The last wait ends with the five days; by its jitter that is the eleventh or the twelfth.
    assert len(waits) in (len(plan), len(plan) + 1)
    for wait, planned in zip(waits[:-1], plan, strict=False):
        assert 0.9 * planned <= wait <= 1.1 * planned + 10  # how long the call itself took
    assert tried[-1] - tried[0] == 5 * DAY
    assert len(set(waits)) == len(waits)
    endpoint.refresh_from_db()
    assert (endpoint.is_enabled, endpoint.off_because, endpoint.failures) == (
        False,
        OFF.FAILING,
        len(tried),
    )
    assert Delivery.objects.get().status == "failed"


def test_a_receiver_that_is_down_for_four_days_gets_everything_by_itself(acorn, endpoint, receiver, clock):
    began, events = clock.now, []
    receiver.answer = lambda _number: 200 if began + 4 * DAY < clock.now else 503

    def something_happens():
        if len(events) < 60 and began + len(events) * HOUR <= clock.now:
            events.extend(happen(acorn, clock.now))

    live(clock, until=began + 7 * DAY, step=HOUR, each_time=something_happens)

    assert len(events) == 60
    assert sorted(receiver.ids()) == sorted(names(events))
    assert all(heard.is_signed_with(endpoint.secret) for heard in receiver.heard)
    endpoint.refresh_from_db()
    assert (endpoint.is_enabled, endpoint.failures) == (True, 0)


def test_after_a_week_of_silence_a_replay_brings_everything(acorn, endpoint, receiver, clock):
    began, is_up = clock.now, False
    receiver.answer = lambda _number: 200 if is_up else 503
    events = happen(acorn, clock.now, count=25)
    live(clock, until=began + 7 * DAY)
    endpoint.refresh_from_db()
    assert endpoint.off_because == OFF.FAILING
    # While it is off nothing is noted down for it.
    events += happen(acorn, clock.now, count=3)
    send(clock)
    assert Delivery.objects.count() == 25

    is_up = True
    services.switch_on(endpoint=endpoint, at=clock.now)
    count = services.replay_range(endpoint=endpoint, since=began - DAY, until=clock.now + DAY, at=clock.now)
    send(clock)

    assert count == 28
    assert sorted(receiver.ids()) == sorted(names(events))


def test_a_flapping_receiver_loses_nothing(acorn, endpoint, receiver, clock):
    receiver.answer = lambda number: (200, 500, 204, 404, 301, 200, 429)[number % 7]
    events = happen(acorn, clock.now, count=40)

    live(clock, until=clock.now + 3 * DAY)

    assert set(receiver.ids()) == set(names(events))
    assert Delivery.objects.exclude(status="delivered").count() == 0
    assert all(heard.is_signed_with(endpoint.secret) for heard in receiver.heard)


def test_a_redirect_is_a_failure_and_is_not_followed(acorn, serve, other_receiver, clock):
    head = f"HTTP/1.1 302 Found\r\nLocation: {other_receiver.url}\r\nContent-Length: 0\r\n\r\n".encode()
    listen(acorn, serve(lambda connection: connection.sendall(head)).url, clock.now)
    happen(acorn, clock.now)

    send(clock)

    assert other_receiver.heard == []
    assert Delivery.objects.get().status == "waiting"
    assert DeliveryAttempt.objects.get().status_code == 302


def test_410_switches_the_endpoint_off_at_once(acorn, endpoint, receiver, clock):
    receiver.answer = lambda _number: 410
    happen(acorn, clock.now, count=5)

    send(clock)

    endpoint.refresh_from_db()
    assert (endpoint.is_enabled, endpoint.off_because, len(receiver.heard)) == (False, OFF.GONE, 1)
    assert sorted(Delivery.objects.values_list("status", flat=True)) == ["failed", *["waiting"] * 4]


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_any_2xx_is_a_success(acorn, endpoint, receiver, clock, status):
    receiver.answer = lambda _number: status
    happen(acorn, clock.now)

    send(clock)

    assert Delivery.objects.get().status == "delivered"


def test_a_slow_drip_is_cut_after_ten_seconds(acorn, serve, clock):
    drip = dripping(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", b"x", every=0.3)
    listen(acorn, serve(drip).url, clock.now)
    happen(acorn, clock.now)
    began = time.monotonic()

    send(clock)

    assert 9 < time.monotonic() - began < 14
    attempt = DeliveryAttempt.objects.get()
    assert (attempt.status_code, attempt.error.endswith("took longer than 10 seconds.")) == (None, True)
    assert Delivery.objects.get().status == "waiting"


def test_of_400_megabytes_two_kilobytes_are_kept_and_hardly_more_are_read(acorn, serve, clock):
    written = []

    def flood(connection):
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 400000000\r\n\r\n")
        for _ in range(400):
            connection.sendall(b"x" * 1_000_000)
            written.append(1)

    listen(acorn, serve(flood).url, clock.now)
    happen(acorn, clock.now)

    send(clock)

    assert DeliveryAttempt.objects.get().answer == "x" * 2048
    assert len(written) < 20
    assert Delivery.objects.get().status == "delivered"


def test_what_a_text_column_cannot_hold_is_replaced(acorn, serve, clock):
    said = b"HTTP/1.1 500 No\r\nContent-Length: 4\r\n\r\na\x00\xff\xd8"
    listen(acorn, serve(lambda connection: connection.sendall(said)).url, clock.now)
    happen(acorn, clock.now)

    send(clock)

    assert DeliveryAttempt.objects.get().answer == "a\ufffd\ufffd\ufffd"


def test_nobody_listening_is_told_without_the_query(acorn, clock):
    listen(acorn, f"http://127.0.0.1:{free_port()}/hooks?token=hunter2", clock.now)
    happen(acorn, clock.now)

    send(clock)

    attempt = DeliveryAttempt.objects.get()
    assert (attempt.status_code, "connection failed" in attempt.error) == (None, True)
    assert "hunter2" not in attempt.error


def test_a_dead_partner_delays_nobody(acorn, birch, receiver, serve, clock):
    """Acorn's server takes calls and never answers; Birch's events arrive meanwhile as if it were not there."""
    silent = serve(lambda connection: time.sleep(30))
    for _ in range(5):
        listen(acorn, silent.url, clock.now)
    listen(birch, receiver.url, clock.now)
    happen(acorn, clock.now, count=200)
    happen(birch, clock.now, count=100)
    began = time.monotonic()
    arrived = []
    receiver.answer = lambda _number: arrived.append(time.monotonic() - began) or 200

    send(timezone.now, seconds=8)

    assert len(receiver.accepted) == 100
    assert sorted(arrived)[94] < 10


def test_an_endpoint_has_two_calls_at_once_at_most(acorn, endpoint, receiver, clock):
    receiver.answer = lambda _number: time.sleep(0.05) or 200
    happen(acorn, clock.now, count=60)

    send(clock)

    assert receiver.most_at_once == 2
    assert len(receiver.accepted) == 60


def test_an_endpoint_that_fails_rests_between_single_tries(acorn, endpoint, receiver, clock):
    receiver.answer = lambda _number: 500
    happen(acorn, clock.now, count=50)

    send(clock)

    endpoint.refresh_from_db()
    assert endpoint.failures == schedule._FORGIVEN == len(receiver.heard)
    assert endpoint.rests_until >= clock.now + timedelta(seconds=30)
    clock.now = endpoint.rests_until
    send(clock)
    assert len(receiver.heard) == 6
    receiver.answer = lambda _number: 200
    endpoint.refresh_from_db()
    clock.now = endpoint.rests_until
    live(clock, until=clock.now + timedelta(minutes=10))
    assert len(receiver.accepted) == 50


def test_two_secrets_sign_during_a_rotation_and_one_after_it(acorn, endpoint, receiver, clock):
    new = services.rotate_secret(endpoint=endpoint, at=clock.now)
    happen(acorn, clock.now)
    send(clock)
    during = receiver.accepted[-1]
    assert during.verified(new) == during.verified(endpoint.secret)
    assert len(during.headers["webhook-signature"].split(" ")) == 2

    clock.now += services.OLD_SECRET_SIGNS_FOR
    happen(acorn, clock.now)
    send(clock)
    assert len(receiver.accepted[-1].headers["webhook-signature"].split(" ")) == 1


def test_a_second_rotation_leaves_the_secret_that_the_partner_has(acorn, endpoint, receiver, at, clock):
    first = endpoint.secret
    second = services.rotate_secret(endpoint=endpoint, at=at)
    third = services.rotate_secret(endpoint=endpoint, at=at)
    happen(acorn, clock.now)
    send(clock)

    (heard,) = receiver.accepted
    assert heard.verified(first) == heard.verified(third)
    with pytest.raises(WebhookVerificationError):
        heard.verified(second)


def test_a_closed_partner_hears_nothing(acorn, endpoint, receiver, clock):
    happen(acorn, clock.now)
    acorn.partner.is_active = False
    acorn.partner.save()

    send(clock)

    assert receiver.heard == []


def test_events_are_read_twice_and_sent_once(acorn, endpoint, receiver, clock):
    happen(acorn, clock.now, count=3)
    send(clock)
    OutboxCursor.objects.filter(reader="webhooks").delete()

    send(clock)

    assert len(receiver.heard) == 3
