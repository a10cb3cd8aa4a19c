"""Load on a web server by wrk: how many answers a second, how soon half of them came and all but a hundredth."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from cashback.embedded import free_port

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
_MILLISECONDS = {"us": 0.001, "ms": 1.0, "s": 1000.0}


class WrkMissing(Exception):
    """The load generator is not on this machine."""


@dataclass
class Load:
    """What was answered, by variant: the count of all, and (p50, p99) in milliseconds of each repetition."""

    folder: Path
    answered: dict[str, int] = field(default_factory=dict)
    latencies: dict[str, list[tuple[float, float]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if shutil.which("wrk") is None:
            raise WrkMissing("These benches need wrk: apt-get install wrk.")

    def walk(
        self, name: str, address: str, paths: list[str], headers: Mapping[str, str] | None = None
    ) -> Callable[[], float]:
        """Asks for these paths, again and again."""
        file = self.folder / f"{_slug(name)}.txt"
        file.write_text("\n".join(paths))
        return lambda: self.run(name, address, _WALK % file, headers)

    def run(self, name: str, address: str, script: str, headers: Mapping[str, str] | None = None) -> float:
        """Requests per second over SECONDS; any answer but 2xx or 3xx is an error: speed at failing is no speed."""
        file = self.folder / f"{_slug(name)}.lua"
        file.write_text(script)
        command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s", "--latency", "-s", str(file)]
        for header, value in (headers or {}).items():
            command += ["-H", f"{header}: {value}"]
        report = subprocess.run([*command, address], capture_output=True, text=True, check=True).stdout
        if "Non-2xx or 3xx" in report:
            raise AssertionError(f"{name}: {report}")
        self.answered[name] = self.answered.get(name, 0) + int(re.search(r"(\d+) requests in", report)[1])
        p50, p99 = (_latency(report, percent) for percent in (50, 99))
        self.latencies.setdefault(name, []).append((p50, p99))
        return float(re.search(r"Requests/sec:\s+([\d.]+)", report)[1])


def _latency(report: str, percent: int) -> float:
    value, unit = re.search(rf"{percent}%\s+([\d.]+)(us|ms|s)", report).groups()
    return float(value) * _MILLISECONDS[unit]


def _slug(name: str) -> str:
    return re.sub(r"\W+", "-", name)


@contextmanager
def serve(application: str = "cashback.wsgi:application", **environment: str) -> Iterator[str]:
    """A web server as the demo's, on a free port."""
    port = free_port()
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
        application,
    ]
    given = os.environ | {"LOG_LEVEL": "ERROR"} | environment
    server = subprocess.Popen(command, env=given, start_new_session=True)
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
