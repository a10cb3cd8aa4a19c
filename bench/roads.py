"""The click-out and the postback under load, beside a plain Django 302 on the same server."""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from bench.measure import Comparison, rotate
from bench.town import Town
from cashback.embedded import free_port
from offers.networks.models import InboundMessage
from transactions import tickets
from transactions.models import Click

SECONDS = 2
CONNECTIONS = 16
# Each thread of wrk walks through the list on its own.
_WALK = """
local paths = {}
for line in io.lines("%s") do paths[#paths + 1] = line end
local at = math.random(#paths)
request = function()
  at = at %% #paths + 1
  return wrk.format("GET", paths[at])
end
"""
_COUNT = """
local n = %d
request = function()
  n = n + 1
  return wrk.format("GET", "%s" .. n)
end
"""


class WrkMissing(Exception):
    """The load generator is not on this machine."""


def run(town: Town, *, repetitions: int) -> list[Comparison]:
    if shutil.which("wrk") is None:
        raise WrkMissing("These benches need wrk: apt-get install wrk.")
    with _server() as address, tempfile.TemporaryDirectory() as folder:
        return [
            _click_out(town, address, Path(folder), repetitions),
            _postback(town, address, Path(folder), repetitions),
        ]


def _click_out(town: Town, address: str, folder: Path, repetitions: int) -> Comparison:
    now = datetime.now(tz=UTC)
    signed = [
        "/go/" + tickets.issue(tickets.Ticket(town.storefront.pk, town.shopper.pk, merchant), at=now)
        for merchant in town.merchants
    ]
    by_orm = [f"/go/by-orm/{town.shopper.pk}/{merchant}/" for merchant in town.merchants]
    stored = Click.objects.count()
    scripts = {
        "plain 302": _script(folder, "plain", _WALK, _paths(folder, "plain", ["/go/plain/"])),
        "ORM select + insert": _script(folder, "orm", _WALK, _paths(folder, "orm", by_orm)),
        "click-out": _script(folder, "go", _WALK, _paths(folder, "go", signed)),
    }
    answered: dict[str, int] = dict.fromkeys(scripts, 0)
    variants = {name: _load(address, script, answered, name) for name, script in scripts.items()}
    comparison = Comparison("Click-out: the click is durable before the 302", "requests/s")
    comparison.goal("click-out", "plain 302", ">=", 0.20)
    comparison.goal("click-out", "ORM select + insert", ">=", 3)
    rotate(comparison, variants, repetitions=repetitions)
    lost = answered["click-out"] + answered["ORM select + insert"] - (Click.objects.count() - stored)
    if lost > 0:
        raise AssertionError(f"{lost} redirects were answered without a stored click.")
    return comparison


def _postback(town: Town, address: str, folder: Path, repetitions: int) -> Comparison:
    path = f"/postback/{town.account.postback_token}/?subid4={'0' * 26}&admitad_id="
    starts = iter(range(1, 10**12, 10**7))
    answered = {"plain 302": 0, "postback": 0}

    def load_postbacks() -> float:
        script = _script(folder, "postback", _COUNT, next(starts), path)
        return _load(address, script, answered, "postback")()

    plain = _load(
        address,
        _script(folder, "plain", _WALK, _paths(folder, "plain", ["/go/plain/"])),
        answered,
        "plain 302",
    )
    stored = InboundMessage.objects.count()
    comparison = Comparison("Postback: stored before the 200, the task rung", "requests/s")
    comparison.goal("postback", "plain 302", ">=", 0.15)
    rotate(comparison, {"plain 302": plain, "postback": load_postbacks}, repetitions=repetitions)
    lost = answered["postback"] - (InboundMessage.objects.count() - stored)
    if lost > 0:
        raise AssertionError(f"{lost} postbacks were answered and are not stored.")
    return comparison


def _paths(folder: Path, name: str, paths: list[str]) -> Path:
    file = folder / f"{name}.txt"
    file.write_text("\n".join(paths))
    return file


def _script(folder: Path, name: str, template: str, *values: object) -> Path:
    script = folder / f"{name}.lua"
    script.write_text(template % values)
    return script


def _load(address: str, script: Path, answered: dict[str, int], name: str):
    """Requests per second over SECONDS; any answer but 2xx or 3xx is an error, for speed at failing is no speed."""

    def measure() -> float:
        command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s", "-s", str(script), address]
        report = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        if "Non-2xx or 3xx" in report:
            raise AssertionError(f"{name}: {report}")
        answered[name] += int(re.search(r"(\d+) requests in", report)[1])
        return float(re.search(r"Requests/sec:\s+([\d.]+)", report)[1])

    return measure


@contextmanager
def _server() -> Iterator[str]:
    """The demo's web server on a free port, with the yardsticks' addresses beside the product's own."""
    port = free_port()
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "bench.settings", "LOG_LEVEL": "ERROR"}
    command = [
        sys.executable,
        "-m",
        "granian",
        "--interface",
        "wsgi",
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
    ]
    command += [
        "--workers",
        "2",
        "--blocking-threads",
        "4",
        "--no-ws",
        "--log-level",
        "error",
        "cashback.wsgi:application",
    ]
    server = subprocess.Popen(command, env=environment, start_new_session=True)
    address = f"http://127.0.0.1:{port}"
    try:
        _wait(f"{address}/healthz")
        yield address
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(20)


def _wait(url: str) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            with urllib.request.urlopen(url, timeout=2):  # noqa: S310 - our own loopback address
                return
        except (urllib.error.URLError, OSError):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
