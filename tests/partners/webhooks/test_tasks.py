"""Beat and the doorbell: an event reaches a worker within seconds, and what nobody rang for is swept up."""

import time
from collections.abc import Callable

import pytest
from celery.contrib.testing.worker import start_worker
from django.db import connection
from django.utils import timezone

from cashback.celery import app
from partners.webhooks import services, tasks
from partners.webhooks.models import Delivery
from tests.partners.webhooks.conftest import happen, names


def wait_for(fact: Callable[[], bool], *, patience: float = 20) -> None:
    deadline = time.monotonic() + patience
    while not fact():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.fixture
def worker():
    app.control.purge()
    with start_worker(app, pool="solo", perform_ping_check=False):
        yield


def test_an_event_comes_by_the_doorbell_alone(acorn, endpoint, receiver, worker):
    events = happen(acorn, timezone.now(), count=3)

    wait_for(lambda: len(receiver.accepted) == 3)

    assert receiver.ids() == names(events)


def test_the_sweeper_finds_what_nobody_rang_for(acorn, endpoint, receiver, worker):
    sent = services.ping(endpoint=endpoint, at=timezone.now())
    wait_for(lambda: Delivery.objects.get().status == "delivered")
    Delivery.objects.filter(pk=sent.pk).update(status="waiting", next_attempt_at=timezone.now())

    tasks.sweep()

    wait_for(lambda: len(receiver.accepted) == 2)


def test_one_sender_at_a_time(acorn, endpoint, receiver):
    """While another holds the lock, a worker leaves the work to that one."""
    services.ping(endpoint=endpoint, at=timezone.now())
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(hashtextextended('deliver-webhooks', 0))")
        tasks.deliver()
        assert receiver.heard == []
    finally:
        other.close()


def test_beat_and_the_queues_know_them():
    assert {"sweep-webhooks", "forget-webhooks"} <= set(app.conf.beat_schedule)
    assert app.conf.task_routes["partners.webhooks.tasks.deliver"] == {"queue": "webhooks"}
    assert app.conf.task_routes["partners.webhooks.tasks.sweep"] == {"queue": "clock"}
