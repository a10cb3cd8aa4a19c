"""Another worker, as far as the database can tell: a connection of its own."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection


@contextmanager
def held_elsewhere(name: str) -> Iterator[None]:
    """Somebody else holds `cashback.lib.alone`'s lock of this name, and dies at the end without letting go."""
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [name])
            cursor.execute("SELECT pg_backend_pid()")
            (pid,) = cursor.fetchone()
        yield
        _kill(pid)
    finally:
        other.close()


def _kill(pid: int) -> None:
    """Closing alone is noticed by the server some moments later, and until then the lock stands."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
