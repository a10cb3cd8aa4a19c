"""Wakes a task by name once the database transaction has committed.

PostgreSQL is the record and Redis only a doorbell: a lost ring delays work until the task's sweeper comes by, so a
broker that is away is logged and never fails the write that rang.
"""

import logging

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)


def ring(task: str, **ids: object) -> None:
    """After commit, queue `task` (`"transactions.tasks.process_inbox"`) with plain ids as its arguments."""
    transaction.on_commit(lambda: _send(task, ids))


def _send(task: str, ids: dict[str, object]) -> None:
    try:
        current_app.send_task(task, kwargs=ids, retry=False)
    except OperationalError:
        logger.warning("The doorbell is out of reach; %s waits for its sweeper.", task)
