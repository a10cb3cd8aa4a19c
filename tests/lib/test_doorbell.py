"""The doorbell, at a broker that answers, one that is away and one that hangs."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import redis
from celery import Celery, current_app
from django.conf import settings
from django.core.cache.backends.redis import RedisCache

from cashback.embedded import free_port, redis_answers, redis_command
from cashback.lib import doorbell

TASK = "transactions.tasks.sweep_inbox"
PATIENCE = 2.0


class Broker:
    """A Redis of the test's own, which can be made to hang."""

    def __init__(self, directory) -> None:
        self.port = free_port()
        command = redis_command(directory, self.port, throwaway=True)
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + 10
        while not redis_answers(self.port) and time.monotonic() < deadline:
            time.sleep(0.02)
        self.url = f"redis://127.0.0.1:{self.port}/0"

    def hang(self) -> None:
        os.kill(self.process.pid, signal.SIGSTOP)

    def wake(self) -> None:
        os.kill(self.process.pid, signal.SIGCONT)

    def rings(self) -> int:
        with redis.Redis(port=self.port) as client:
            return client.llen("celery")

    def close(self) -> None:
        self.process.kill()
        self.process.wait()


@pytest.fixture
def broker(tmp_path) -> Iterator[Broker]:
    broker = Broker(tmp_path)
    yield broker
    broker.close()


@pytest.fixture
def house(broker, monkeypatch) -> Iterator[Celery]:
    """The application as it is set up, with this broker, and bells that nobody has rung."""
    before = current_app._get_current_object()
    app = Celery("doorbell")
    app.config_from_object("django.conf:settings", namespace="CELERY")
    app.conf.broker_url = broker.url
    app.set_current()
    monkeypatch.setattr(doorbell, "_bells", {})
    yield app
    app.close()
    before.set_current()


@pytest.fixture
def commits(db, house, django_capture_on_commit_callbacks) -> Callable[[int], list[Callable[[], None]]]:
    """What so many commits would do, each of which rings."""

    def made(count: int) -> list[Callable[[], None]]:
        with django_capture_on_commit_callbacks() as rings:
            for _ in range(count):
                doorbell.ring_soon(TASK)
        return rings

    return made


def seconds(work: Callable[[], object]) -> float:
    began = time.monotonic()
    work()
    return time.monotonic() - began


def test_many_commits_within_a_moment_ring_once(commits, broker, monkeypatch):
    monkeypatch.setattr(doorbell, "SOON", 2.0)  # a moment in which a busy machine makes fifty
    for commit in commits(50):
        commit()
    assert broker.rings() == 1
    time.sleep(doorbell.SOON)
    commits(1)[0]()
    assert broker.rings() == 2


def test_a_broker_that_hangs_costs_one_thread_two_seconds_and_the_others_nothing(commits, house, broker):
    first, *others = commits(9)
    first()
    time.sleep(doorbell.SOON)
    broker.hang()

    def one(commit: Callable[[], None]) -> float:
        house.set_current()
        return seconds(commit)

    with ThreadPoolExecutor(max_workers=8) as threads:
        took = sorted(threads.map(one, others))

    assert took[-1] < 2 * PATIENCE
    assert took[-2] < 0.5


def test_a_new_connection_to_a_broker_that_hangs_is_given_up_after_two_seconds(commits, broker):
    broker.hang()
    assert seconds(commits(1)[0]) < 2 * PATIENCE


def test_after_a_failure_nobody_rings_for_a_while_and_then_they_do_again(commits, broker, monkeypatch):
    monkeypatch.setattr(doorbell, "AFTER_A_FAILURE", 1.0)
    first, second, third = commits(3)
    broker.hang()
    first()
    assert seconds(second) < 0.1
    broker.wake()
    time.sleep(0.1)
    before = broker.rings()
    second()
    assert broker.rings() == before
    time.sleep(1.0)
    third()
    assert broker.rings() == before + 1


def test_a_broker_that_is_away_costs_next_to_nothing_and_fails_nobody(commits, broker, caplog):
    broker.close()
    assert seconds(commits(1)[0]) < 1.0
    assert f"The doorbell is out of reach; {TASK} waits for its sweeper." in caplog.text


def test_a_plain_ring_at_a_broker_that_hangs_fails_nobody(
    db, house, broker, django_capture_on_commit_callbacks
):
    broker.hang()
    with django_capture_on_commit_callbacks() as rings:
        doorbell.ring(TASK)
    assert seconds(rings[0]) < 2 * PATIENCE


def test_a_worker_that_waits_for_work_outlasts_the_time_out(house, broker):
    """Its BRPOP ends by itself before the time-out, as often as needed."""
    with (
        house.connection_for_read() as connection,
        connection.SimpleQueue("celery") as queue,
        ThreadPoolExecutor() as threads,
    ):
        waiting = threads.submit(queue.get, True, 10)
        time.sleep(2.5 * PATIENCE)
        house.send_task(TASK)
        assert waiting.result(timeout=5).headers["task"] == TASK


def test_the_cache_gives_up_on_a_redis_that_hangs(broker):
    cache = RedisCache(broker.url, {"OPTIONS": settings.CACHES["default"]["OPTIONS"]})
    broker.hang()
    assert seconds(lambda: pytest.raises(redis.TimeoutError, cache.get, "key")) < 2 * PATIENCE
