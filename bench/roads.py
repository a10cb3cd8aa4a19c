"""The click-out and the postback under load, beside a plain Django 302 on the same server."""

import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from bench.load import Load, serve
from bench.measure import Comparison, rotate
from bench.town import Town
from offers.networks.models import InboundMessage
from transactions.click_out import tickets
from transactions.models import Click

_COUNT = """
local n = %d
request = function()
  n = n + 1
  return wrk.format("GET", "%s" .. n)
end
"""
PLAIN, ORM, OURS, POSTBACK = "plain 302", "ORM select + insert", "click-out", "postback"
# What a browser says of a click on a link: it is shown the page before the shop.
NAVIGATION = {"Sec-Fetch-Mode": "navigate"}
BROWSERS, MEMORY = "click-out, by a browser", "302 from memory"


def signed(town: Town) -> list[str]:
    """A way out to each shop."""
    now = datetime.now(tz=UTC)
    return [
        "/go/"
        + tickets.issue(
            tickets.Ticket(town.storefront.partner_id, town.storefront.pk, town.shopper.pk, merchant), at=now
        )
        for merchant in town.merchants
    ]


def click_out(town: Town, *, repetitions: int) -> Comparison:
    ways = signed(town)
    by_orm = [f"/go/by-orm/{town.shopper.pk}/{merchant}/" for merchant in town.merchants]
    stored = Click.objects.count()
    comparison = Comparison("Click-out: the click is durable before the 302", "requests/s")
    comparison.goal(OURS, PLAIN, ">=", 0.20)
    comparison.goal(OURS, ORM, ">=", 3)
    with _load() as load, _web() as web, serve("bench.memory:application") as limit:
        variants = {
            MEMORY: load.walk(MEMORY, limit, ["/go/plain/"]),
            PLAIN: load.walk(PLAIN, web, ["/go/plain/"]),
            ORM: load.walk(ORM, web, by_orm),
            OURS: load.walk(OURS, web, ways),
            BROWSERS: load.walk(BROWSERS, web, ways, NAVIGATION),
        }
        rotate(comparison, variants, repetitions=repetitions)
    comparison.latencies = load.latencies
    storing = sum(load.answered[name] for name in (ORM, OURS, BROWSERS))
    if (lost := storing - (Click.objects.count() - stored)) > 0:
        raise AssertionError(f"{lost} redirects were answered without a stored click.")
    return comparison


def postback(town: Town, *, repetitions: int) -> Comparison:
    path = f"/postback/{town.account.postback_token}/?subid4={'0' * 26}&admitad_id="
    starts = iter(range(1, 10**12, 10**7))
    stored = InboundMessage.objects.count()
    comparison = Comparison("Postback: stored before the 200, the task rung", "requests/s")
    comparison.goal(POSTBACK, PLAIN, ">=", 0.15)
    with _load() as load, _web() as web:
        variants = {
            PLAIN: load.walk(PLAIN, web, ["/go/plain/"]),
            POSTBACK: lambda: load.run(POSTBACK, web, _COUNT % (next(starts), path)),
        }
        rotate(comparison, variants, repetitions=repetitions)
    comparison.latencies = load.latencies
    if (lost := load.answered[POSTBACK] - (InboundMessage.objects.count() - stored)) > 0:
        raise AssertionError(f"{lost} postbacks were answered and are not stored.")
    return comparison


def _web() -> AbstractContextManager[str]:
    return serve(DJANGO_SETTINGS_MODULE="bench.settings")


@contextmanager
def _load() -> Iterator[Load]:
    with tempfile.TemporaryDirectory() as folder:
        yield Load(Path(folder))
