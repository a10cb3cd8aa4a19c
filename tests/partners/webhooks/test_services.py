"""Endpoints are made, changed, switched and deleted; events are sent again; and nothing is sent where it must not."""

import json
import socket
from datetime import timedelta

import pytest
from django.db import connection

from cashback.lib.crypto import decrypt
from partners.models import OutboxEvent
from partners.notices import rendering
from partners.notices.models import Letter
from partners.webhooks import addresses, notices, services
from partners.webhooks.models import Delivery, DeliveryAttempt, WebhookEndpoint
from tests.partners.webhooks.conftest import happen, listen, names, send

OFF = WebhookEndpoint.OffBecause
MONTH = timedelta(days=30)

INSIDE = [
    "127.0.0.1",
    "localhost",
    "[::1]",
    "127.1",
    "2130706433",
    "0x7f000001",
    "017700000001",
    "[::ffff:127.0.0.1]",
    "0.0.0.0",  # noqa: S104 - called, not bound
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "192.0.0.8",
    "224.0.0.1",
    "[2002:7f00:1::]",
    "[64:ff9b::7f00:1]",
    "[fd00::1]",
    "[fe80::1]",
    "[::ffff:10.0.0.1]",
]


@pytest.fixture
def production(settings):
    settings.EGRESS_LOOPBACK = False


def test_21_spellings_of_addresses_inside_are_refused_when_they_are_saved(acorn, production, at):
    refused = []
    for host in INSIDE:
        with pytest.raises(addresses.AddressRefused) as refusal:
            listen(acorn, f"https://{host}/hooks", at)
        refused.append(refusal.value.code)

    assert refused == ["url_refused"] * 21
    assert WebhookEndpoint.objects.count() == 0


def test_21_spellings_of_addresses_inside_are_refused_when_they_are_called(
    acorn, receiver, production, clock
):
    """As if they had become what they are since they were saved."""
    made = [
        WebhookEndpoint.objects.create(
            partner=acorn.partner, url=f"https://{host}/hooks", created_at=clock.now, updated_at=clock.now
        )
        for host in INSIDE
    ]
    happen(acorn, clock.now)

    send(clock)

    told = DeliveryAttempt.objects.values_list("status_code", "error")
    assert [(status, error.endswith("never called.")) for status, error in told] == [(None, True)] * 21
    assert len(made) == 21


NO_ADDRESSES = [
    "",
    "hooks",
    "//example.com/",
    "http://example.com/",
    "ftp://example.com/",
    "https://example.com:8080/",
    "https://example.com:22/",
    "https://example.com:0/",
    "https://user:pass@example.com/",
    "https://user@example.com/",
    "https://example.com/#top",
    "https://",
    "https://[::1",
    "https://a:b:c/",
    "https://example.com/a b",
    "https://example.com\\@127.0.0.1/",
    "https://exämple.com/",
    "https://example.com/\r\nHost: x",
    "https://example.com/" + "a" * 2000,
]


def test_what_is_no_address_on_the_web_is_refused():
    for url in NO_ADDRESSES:
        with pytest.raises(addresses.AddressRefused):
            addresses.check(url)


def test_a_public_address_on_the_two_ports_is_taken(acorn, production, at):
    for url in ("https://8.8.8.8/hooks", "https://8.8.8.8:8443/?a=1"):
        assert listen(acorn, url, at).url == url


def test_a_name_that_leads_inside_later_is_not_called(acorn, production, receiver, clock, monkeypatch):
    """DNS rebinding: public when it is saved, this machine when it is called."""
    answers = ["8.8.8.8", "127.0.0.1"]

    def look_up(host, port, *_how, **_more):
        assert host == "rebinding.example"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (answers.pop(0), port))]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    listen(acorn, "https://rebinding.example/hooks", clock.now)
    happen(acorn, clock.now)

    send(clock)

    assert answers == []
    assert DeliveryAttempt.objects.get().error.endswith("never called.")


def test_a_certificate_that_is_not_for_the_host_is_refused(acorn, clock, tls_server):
    listen(acorn, tls_server.url, clock.now)
    happen(acorn, clock.now)

    send(clock)

    attempt = DeliveryAttempt.objects.get()
    assert (attempt.status_code, "SSLError" in attempt.error) == (None, True)
    assert tls_server.heard == []


def test_secrets_are_encrypted_at_rest(endpoint):
    with connection.cursor() as cursor:
        cursor.execute("SELECT secret FROM webhooks_webhookendpoint")
        (kept,) = cursor.fetchone()
    assert endpoint.secret.startswith("whsec_")
    assert endpoint.secret not in kept
    assert decrypt(kept) == endpoint.secret


def test_a_partner_has_twenty_endpoints_at_most(acorn, receiver, at):
    for _ in range(services.MOST_ENDPOINTS):
        last = listen(acorn, receiver.url, at)
    with pytest.raises(services.TooManyEndpoints):
        listen(acorn, receiver.url, at)

    services.delete(endpoint=last, at=at)
    listen(acorn, receiver.url, at)


def test_a_deleted_endpoint_hears_nothing_more_and_its_secret_is_gone(acorn, endpoint, receiver, clock):
    secret = endpoint.secret
    happen(acorn, clock.now)
    services.delete(endpoint=endpoint, at=clock.now)
    send(clock)
    kept = WebhookEndpoint.objects.get()
    assert receiver.heard == []
    assert kept.secret != secret
    assert list(WebhookEndpoint.objects.kept()) == []


def test_a_switched_off_endpoint_hears_nothing_until_it_is_on_again(acorn, endpoint, receiver, clock):
    receiver.answer = lambda _number: 500
    events = happen(acorn, clock.now)
    send(clock)
    services.change(endpoint=endpoint, at=clock.now, is_enabled=False)
    clock.now += timedelta(hours=1)
    missed = happen(acorn, clock.now)
    assert send(clock) == 0
    receiver.answer = lambda _number: 200

    services.change(endpoint=endpoint, at=clock.now, is_enabled=True)
    send(clock)
    assert receiver.ids() == names(events)

    services.replay_range(endpoint=endpoint, since=clock.now - MONTH, until=clock.now + MONTH, at=clock.now)
    send(clock)
    assert sorted(receiver.ids()) == sorted(names(events) * 2 + names(missed))


def test_nothing_can_be_asked_of_an_endpoint_that_is_off(endpoint, at):
    services.switch_off(endpoint=endpoint, at=at)
    for ask in (
        lambda: services.ping(endpoint=endpoint, at=at),
        lambda: services.replay_failed(endpoint=endpoint, since=at, until=at, at=at),
        lambda: services.replay_range(endpoint=endpoint, since=at, until=at, at=at),
    ):
        with pytest.raises(services.EndpointIsOff):
            ask()
    assert (OutboxEvent.objects.count(), Delivery.objects.count()) == (0, 0)


def test_a_ping_comes_to_its_endpoint_alone_whatever_it_asks_for(acorn, receiver, other_receiver, clock):
    asked = listen(acorn, receiver.url, clock.now, event_types=["claim.opened"])
    listen(acorn, other_receiver.url, clock.now)

    services.ping(endpoint=asked, at=clock.now)
    send(clock)

    (heard,) = receiver.accepted
    assert heard.verified(asked.secret)["type"] == "test.ping"
    assert other_receiver.heard == []


def test_one_delivery_is_sent_again(acorn, endpoint, receiver, clock):
    (event, _other) = happen(acorn, clock.now, count=2)
    send(clock)

    services.replay(delivery=Delivery.objects.get(event=event), at=clock.now)
    send(clock)

    assert receiver.ids().count(names([event])[0]) == 2
    assert len(receiver.heard) == 3
    assert Delivery.objects.get(event=event).tries == 1


def test_what_was_given_up_is_sent_again_and_nothing_else(acorn, endpoint, receiver, clock):
    given_up, _arrived = happen(acorn, clock.now, count=2)
    send(clock)
    Delivery.objects.filter(event=given_up).update(status="failed")

    span = {"since": clock.now - MONTH, "until": clock.now + MONTH, "at": clock.now}
    assert services.replay_failed(endpoint=endpoint, **span) == 1
    send(clock)

    assert receiver.ids()[2:] == names([given_up])


def test_a_range_has_the_types_and_the_times_that_were_asked_for(acorn, birch, receiver, clock):
    happen(acorn, clock.now, type="claim.opened")
    happen(acorn, clock.now, type="balance.changed")
    happen(birch, clock.now, type="claim.opened")
    asked = listen(acorn, receiver.url, clock.now, event_types=["claim.opened"])
    services.ping(endpoint=asked, at=clock.now)

    def replay(since, until):
        return services.replay_range(endpoint=asked, since=since, until=until, at=clock.now)

    hour = timedelta(hours=1)
    assert replay(clock.now + hour, clock.now + 2 * hour) == 0
    assert replay(clock.now - 2 * hour, clock.now - hour) == 0
    assert replay(clock.now - hour, clock.now + hour) == 1


def test_events_older_than_thirty_days_are_not_sent_again(acorn, endpoint, at):
    happen(acorn, at)
    with pytest.raises(services.ReplayRefused):
        services.replay_range(endpoint=endpoint, since=at - MONTH - timedelta(seconds=1), until=at, at=at)
    sent = services.ping(endpoint=endpoint, at=at)
    with pytest.raises(services.ReplayRefused):
        services.replay(delivery=sent, at=at + MONTH + timedelta(seconds=1))


def test_too_many_events_at_once_change_nothing(acorn, endpoint, at, monkeypatch):
    monkeypatch.setattr(services, "MOST_REPLAYED", 2)
    happen(acorn, at, count=3)
    with pytest.raises(services.ReplayRefused) as refused:
        services.replay_range(endpoint=endpoint, since=at - MONTH, until=at + MONTH, at=at)
    assert refused.value.code == "replay_too_large"
    assert Delivery.objects.count() == 0


def test_the_contact_hears_that_the_endpoint_is_off(acorn, receiver, clock):
    asked = listen(acorn, receiver.url, clock.now, contact_email="ops@acorn.test")
    receiver.answer = lambda _number: 410
    happen(acorn, clock.now)

    send(clock)

    letter = Letter.objects.get()
    assert (letter.to, letter.letter, letter.language) == ("ops@acorn.test", "webhook_switched_off", "ru")
    assert asked.url in letter.context


@pytest.mark.parametrize("is_gone", [True, False])
def test_the_letter_can_be_read(acorn, endpoint, at, is_gone):
    endpoint.contact_email = "ops@acorn.test"
    services.switch_off(endpoint=endpoint, at=at, because=OFF.GONE if is_gone else OFF.FAILING)
    acorn.locale = "en"
    acorn.save()
    notices.tell_switched_off(endpoint, at=at)
    letter = Letter.objects.get()
    mail = rendering.message(letter, json.loads(letter.context))

    assert mail.subject == "Acorn Bank: webhooks no longer reach your server"
    assert f"{endpoint.url} ({endpoint.public_id})" in mail.body
    assert ("answered 410" in mail.body) == is_gone
    assert endpoint.url in mail.alternatives[0].content


def test_old_deliveries_are_forgotten_and_what_can_be_sent_again_is_not(acorn, endpoint, receiver, clock):
    began = clock.now
    old = happen(acorn, clock.now, count=3)
    send(clock)
    clock.now += MONTH - timedelta(days=1)
    new = happen(acorn, clock.now)
    send(clock)
    services.replay(delivery=Delivery.objects.get(event=old[0]), at=clock.now)

    services.forget_old(at=began + MONTH + timedelta(hours=1))

    assert set(Delivery.objects.values_list("event", flat=True)) == {old[0].pk, new[0].pk}
    services.delete(endpoint=endpoint, at=clock.now)
    services.forget_old(at=clock.now + 2 * MONTH)
    assert (Delivery.objects.count(), WebhookEndpoint.objects.count()) == (0, 0)


def test_what_waits_for_an_endpoint_that_works_is_never_forgotten(acorn, endpoint, receiver, at):
    services.ping(endpoint=endpoint, at=at)
    services.forget_old(at=at + 2 * MONTH)
    assert Delivery.objects.count() == 1


def test_what_was_deleted_meanwhile_is_not_switched_on_again(endpoint, clock):
    services.switch_off(endpoint=endpoint, at=clock())
    as_it_was_read = WebhookEndpoint.objects.get(pk=endpoint.pk)
    services.delete(endpoint=endpoint, at=clock())
    with pytest.raises(services.EndpointIsGone):
        services.change(endpoint=as_it_was_read, at=clock(), is_enabled=True)
    with pytest.raises(services.EndpointIsGone):
        services.switch_on(endpoint=as_it_was_read, at=clock())
    assert not WebhookEndpoint.objects.kept().exists()


def test_a_second_rotation_within_the_day_leaves_the_secret_that_the_partner_has(endpoint, clock):
    deployed = endpoint.secret
    services.rotate_secret(endpoint=endpoint, at=clock())
    newest = services.rotate_secret(endpoint=endpoint, at=clock() + timedelta(hours=1))
    endpoint.refresh_from_db()
    assert endpoint.signs_with(clock() + timedelta(hours=23)) == [newest, deployed]
    assert endpoint.signs_with(clock() + timedelta(hours=25)) == [newest]
