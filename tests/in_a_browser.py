"""Playwright in a test's own process: its loop runs in this thread, and Django keeps another connection meanwhile."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection
from playwright.sync_api import Playwright, sync_playwright


@contextmanager
def driven() -> Iterator[Playwright]:
    """None of that other connection stays behind: a later test may have thrown it out, and the last one wants the
    database to itself."""
    with sync_playwright() as playwright:
        try:
            yield playwright
        finally:
            connection.close()
