"""Connections of a thread that has ended, as web servers end their idle ones."""

import gc
import threading

import pytest
from django.core.cache import cache
from django.db import connection

from cashback.lib import sight

pytestmark = pytest.mark.django_db(transaction=True)


def _open() -> int:
    with sight.all_partners("a test"), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()")
        return cursor.fetchone()[0]


def _work() -> None:
    with sight.all_partners("a test"), connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def test_a_threads_connection_ends_with_it_and_waits_for_no_garbage_collection():
    before = _open()
    gc.disable()
    try:
        for _ in range(5):
            thread = threading.Thread(target=_work)
            thread.start()
            thread.join()
        # The server has let the last one go when its process is gone.
        patience = 200
        while _open() > before and (patience := patience - 1):
            threading.Event().wait(0.02)
        assert _open() == before
    finally:
        gc.enable()


def test_another_threads_end_leaves_ours_open():
    _work()
    ours = connection.connection
    thread = threading.Thread(target=_work)
    thread.start()
    thread.join()
    assert not ours.closed
    assert _open()


def test_threads_that_have_ended_leave_no_connection_to_redis():
    cache.get("anything")
    before = len(cache._cache.get_client().client_list())
    for _ in range(5):
        thread = threading.Thread(target=lambda: cache.get("anything"))
        thread.start()
        thread.join()
    assert len(cache._cache.get_client().client_list()) == before
