"""One pool of connections to Redis for the whole process.

Django's cache makes one for each thread, and a web server's threads come and go: what a gone one had open would stay so
until a garbage collection.
"""

from functools import cache
from typing import Any

from redis import ConnectionPool


class SharedPool(ConnectionPool):
    @classmethod
    @cache
    def from_url(cls, url: str, **options: Any) -> "SharedPool":
        return super().from_url(url, **options)
