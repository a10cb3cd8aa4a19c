"""A sender that is killed in the middle, again and again: every event arrives at least once."""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.db import connection
from django.utils import timezone

from partners.webhooks import reading, sending
from partners.webhooks.models import Delivery
from tests.partners.webhooks.conftest import happen, listen, names

ROOT = Path(__file__).resolve().parents[3]
KILLS, EVENTS = 20, 1000
# At each line that it reads it has a child, which does what a worker does until it is killed.
NURSERY = """
import os, sys
import django
django.setup()
from partners.webhooks import reading, sending, services, tasks
for _line in sys.stdin:
    child = os.fork()
    if child == 0:
        while True:
            tasks.sweep()
            tasks.deliver()
    print(child, flush=True)
    os.waitpid(child, 0)
"""


@pytest.fixture
def nursery(transactional_db) -> Iterator[subprocess.Popen]:
    """On the test's own database."""
    address = urlsplit(os.environ["DATABASE_URL"])
    ours = address._replace(path=f"/{connection.settings_dict['NAME']}").geturl()
    process = subprocess.Popen(
        [sys.executable, "-c", NURSERY],
        cwd=ROOT,
        env=os.environ | {"DATABASE_URL": ours, "DJANGO_SETTINGS_MODULE": "cashback.settings"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    yield process
    process.communicate(timeout=20)


def test_a_killed_sender_loses_no_event(nursery, acorn, birch, receiver, other_receiver, at):
    dice = random.Random(20261126)
    endpoint = listen(acorn, receiver.url, at)
    listen(birch, other_receiver.url, at)
    receiver.answer = other_receiver.answer = lambda number: 500 if number % 50 == 49 else 200
    events = names(happen(acorn, timezone.now(), count=EVENTS))
    theirs = names(happen(birch, timezone.now(), count=EVENTS // 10))

    worked = []
    for number in range(KILLS):
        before = len(receiver.heard)
        print("", file=nursery.stdin, flush=True)
        worker = int(nursery.stdout.readline())
        # At any moment of its life, or in the midst of its calls.
        deadline = time.monotonic() + (number % 2 and 10)
        while len(receiver.heard) == before and time.monotonic() < deadline:
            time.sleep(0.005)
        time.sleep(dice.uniform(0, 0.3))
        os.kill(worker, signal.SIGKILL)
        worked.append(len(receiver.heard) - before)
    _finish()

    assert sum(1 for calls in worked if calls) >= KILLS // 2, worked
    assert set(receiver.ids()) == set(events)
    assert set(other_receiver.ids()) == set(theirs)
    assert set(Delivery.objects.values_list("status", flat=True)) == {"delivered"}
    assert all(heard.is_signed_with(endpoint.secret) for heard in receiver.heard)
    again = sum(count - 1 for count in Counter(receiver.ids()).values())
    print(f"{len(events)} events, {KILLS} kills, {again} arrived more than once")


def _finish() -> None:
    """What is left, once the leases of the dead have run out."""
    for minutes in range(1, 60):
        later = timezone.now() + timedelta(minutes=2 * minutes)
        reading.read_outbox(at=later)
        sending.deliver(clock=lambda later=later: later, seconds=60)
        if not Delivery.objects.waiting().exists():
            return
