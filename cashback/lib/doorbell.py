"""Wakes a task by name once the database transaction has committed.

PostgreSQL is the record and Redis only a doorbell: a lost ring delays work until the task's sweeper comes by, so a
broker that is away is logged and never fails the write that rang.
"""

import logging
import time

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)

SOON = 0.2
_ringing_until: dict[str, float] = {}


def ring(task: str, **ids: object) -> None:
    """After commit, queue `task` (`"transactions.tasks.process_inbox"`) with plain ids as its arguments."""
    transaction.on_commit(lambda: _send(task, ids))


def ring_soon(task: str) -> None:
    """After commit, see to it that `task`, which looks for all waiting work itself, runs within `SOON` seconds.

    For work that comes in thousands: a process rings once, for a moment a little ahead, and what comes until then is
    found by that same run. So most of it costs no word with the broker at all.
    """
    transaction.on_commit(lambda: _send_soon(task))


def _send_soon(task: str) -> None:
    now = time.monotonic()
    if _ringing_until.get(task, 0.0) <= now:
        _ringing_until[task] = now + SOON
        _send(task, {}, countdown=SOON)


def _send(task: str, ids: dict[str, object], countdown: float | None = None) -> None:
    try:
        current_app.send_task(task, kwargs=ids, countdown=countdown, retry=False)
    except OperationalError:
        logger.warning("The doorbell is out of reach; %s waits for its sweeper.", task)
