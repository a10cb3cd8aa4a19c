"""One at a time, across all processes: a lock in the database that dies with whoever holds it."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

_KEY = "hashtextextended(%s, 0)"


@contextmanager
def alone(name: str) -> Iterator[bool]:
    """True for one holder of this name at a time, false for the others, who should leave it to that one. The lock is
    the connection's: a killed worker leaves none behind."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_try_advisory_lock({_KEY})", [name])
        (is_alone,) = cursor.fetchone()
    try:
        yield is_alone
    finally:
        if is_alone:
            with connection.cursor() as cursor:
                cursor.execute(f"SELECT pg_advisory_unlock({_KEY})", [name])
                if not cursor.fetchone()[0]:
                    raise RuntimeError(
                        f"The lock on {name} is another connection's: workers need a session of their own."
                    )
