"""The shops page under load, beside a plain Django page of the same size and the same page from the server's memory."""

import os
import tempfile
import urllib.request
from pathlib import Path

from django.http import HttpResponse
from django.test import RequestFactory

from bench.load import Load, serve
from bench.measure import Comparison, rotate
from bench.town import Town
from partners import shopper_session

GUESTS, SHOPPERS = "shops page, a guest", "shops page, a shopper"
PLAIN, MEMORY = "plain Django page, same size", "same page from memory"


def run(town: Town, *, repetitions: int) -> Comparison:
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "page.html"
        with serve(DJANGO_SETTINGS_MODULE="bench.settings", PAGE_FILE=str(page)) as web:
            page.write_bytes(_read(f"{web}/s/bench/"))
            with serve("bench.memory:application", PAGE_FILE=str(page)) as limit:
                load = Load(Path(folder))
                comparison = Comparison(
                    f"Shops page under load ({os.cpu_count()} cores, {page.stat().st_size:,} bytes)",
                    "requests/s",
                )
                comparison.goal(GUESTS, PLAIN, ">=", 0.05)
                comparison.goal(SHOPPERS, PLAIN, ">=", 0.01)
                variants = {
                    MEMORY: load.walk(MEMORY, limit, ["/"]),
                    PLAIN: load.walk(PLAIN, web, ["/plain/"]),
                    GUESTS: load.walk(GUESTS, web, ["/s/bench/"]),
                    SHOPPERS: load.walk(SHOPPERS, web, ["/s/bench/"], {"Cookie": cookie(town)}),
                }
                rotate(comparison, variants, repetitions=repetitions)
                comparison.latencies = load.latencies
                return comparison


def _read(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310 - our own loopback address
        return answer.read()


def cookie(town: Town) -> str:
    """As the browser of the town's shopper sends it."""
    response = HttpResponse()
    shopper_session.start(
        response, request=RequestFactory().get("/"), shopper=town.shopper, storefront=town.storefront
    )
    [(name, morsel)] = response.cookies.items()
    return f"{name}={morsel.value}"
