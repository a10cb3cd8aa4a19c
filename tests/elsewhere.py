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
        yield
    finally:
        other.close()
