"""Wakes a task by name once the database transaction has committed.

PostgreSQL is the record and Redis only a doorbell: a lost ring delays work until the task's sweeper comes by, so a
broker that is away is logged and never fails the write that rang.
"""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock, local

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

SOON = 0.2
# A broker that hangs costs its time-out: one thread pays it, and nobody again for this many seconds.
AFTER_A_FAILURE = 10.0


@dataclass(slots=True)
class _Bell:
    quiet_until: float = 0.0
    ringing: Lock = field(default_factory=Lock)


_bells: dict[str, _Bell] = {}


class _Muted(local):
    is_on = False


_muted = _Muted()


def ring(task: str, **ids: object) -> None:
    """After commit, queue `task` (`"transactions.tasks.process_inbox"`) with plain ids as its arguments."""
    if not _muted.is_on:
        transaction.on_commit(lambda: _send(task, ids))


def ring_soon(task: str) -> None:
    """After commit, see to it that `task`, which looks for all waiting work itself, runs within `SOON` seconds.

    For work that comes in thousands: a process rings once, for a moment a little ahead, and what comes until then is
    found by that same run. So most of it costs no word with the broker at all.
    """
    if not _muted.is_on:
        transaction.on_commit(lambda: _send_soon(task))


@contextmanager
def muted() -> Iterator[None]:
    """Nothing rings: for work in bulk whose tasks nobody has to run, or whose sweepers are enough."""
    was, _muted.is_on = _muted.is_on, True
    try:
        yield
    finally:
        _muted.is_on = was


def _send_soon(task: str) -> None:
    bell = _bells.setdefault(task, _Bell())
    if time.monotonic() < bell.quiet_until or not bell.ringing.acquire(blocking=False):
        return
    try:
        bell.quiet_until = time.monotonic() + SOON
        if not _send(task, {}, countdown=SOON):
            bell.quiet_until = time.monotonic() + AFTER_A_FAILURE
    finally:
        bell.ringing.release()


def _send(task: str, ids: dict[str, object], countdown: float | None = None) -> bool:
    try:
        current_app.send_task(task, kwargs=ids, countdown=countdown, retry=False)
    except (OperationalError, RedisError, OSError):
        logger.warning("The doorbell is out of reach; %s waits for its sweeper.", task)
        return False
    return True
