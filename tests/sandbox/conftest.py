"""The sandbox as a process of its own on a free port, and a door at which its postbacks arrive."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from cashback.embedded import free_port

ROOT = Path(__file__).parents[2]
ALL_SCOPES = (
    "public_data websites advcampaigns advcampaigns_for_website coupons coupons_for_website statistics"
    " deeplink_generator private_data private_data_balance payments opt_codes lost_orders manage_lost_orders"
)
# A partner whose site the sandbox plays.
ACORN = {
    "name": "Acorn Bank",
    "locale": "ru",
    "brand": "#2f7d4f",
    "sso_secret": "a-secret-that-is-long-enough-for-hs256",
    "storefront": "http://localhost:8000/s/acorn/",
    "shoppers": ["alice", "carol"],
}


class PostbackDoor:
    """Keeps what the network reports, and by which method."""

    def __init__(self, port: int = 0) -> None:
        self.received: list[dict[str, str]] = []
        door = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.take(urlsplit(self.path).query)

            def do_POST(self) -> None:
                self.take(self.rfile.read(int(self.headers["Content-Length"])).decode())

            def take(self, query: str) -> None:
                fields = parse_qs(query, keep_blank_values=True)
                door.received.append({"method": self.command, **{name: fields[name][0] for name in fields}})
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/postback/secret/"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def about(self, action: dict[str, Any]) -> list[dict[str, str]]:
        """One of an earlier test may still be on its way: what counts is which action it is about."""
        return [postback for postback in self.received if postback["admitad_id"] == str(action["id"])]

    def wait_for(self, count: int, action: dict[str, Any]) -> list[dict[str, str]]:
        until(lambda: len(self.about(action)) >= count)
        return self.about(action)

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


class Sandbox:
    """One running sandbox; `api` speaks to its network with a token for everything."""

    def __init__(
        self,
        directory: Path,
        postback_url: str,
        *,
        rate_limit: int = 100_000,
        smtp_port: int | None = None,
        **config: Any,
    ) -> None:
        self.port = free_port()
        self.url = f"http://localhost:{self.port}"
        self.client_id, self.client_secret = "an-application", "its-secret"
        self._directory = directory
        self._rate_limit = rate_limit
        # The port that the tests' own stack names is one; several sandboxes cannot all listen there.
        self._smtp_port = str(smtp_port or "")
        self._process: subprocess.Popen[bytes] | None = None
        self._config = {
            "web": "http://localhost:8000",
            "client_id": self.client_id,
            "client_secret": self.client_secret,
            "website": 7,
            "postback_url": postback_url,
            "partners": {"acorn": ACORN},
            **config,
        }

    def __enter__(self) -> "Sandbox":
        self.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop()

    @property
    def credentials(self) -> dict[str, str]:
        """What an account of ours at it knows."""
        return {"client_id": self.client_id, "client_secret": self.client_secret, "website": "7"}

    def start(self) -> None:
        self._directory.mkdir(exist_ok=True)
        path = self._directory / "sandbox.json"
        path.write_text(json.dumps(self._config))
        environment = {
            **os.environ,
            "SANDBOX_PORT": str(self.port),
            "SANDBOX_STATE": str(self._directory / "state.sqlite3"),
            "SANDBOX_CONFIG": str(path),
            "SANDBOX_RATE_LIMIT": str(self._rate_limit),
            "SANDBOX_SMTP_PORT": self._smtp_port,
        }
        with (self._directory / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "cashback.sandbox"], cwd=ROOT, env=environment, stdout=log, stderr=log
            )
        until(self._answers)
        self.token = self.new_token(ALL_SCOPES)["access_token"]

    def stop(self) -> None:
        self._process.send_signal(signal.SIGTERM)
        assert self._process.wait(timeout=10) == 0

    def new_token(self, scope: str) -> dict[str, Any]:
        return self.post_token(grant_type="client_credentials", client_id=self.client_id, scope=scope).json()

    def post_token(self, **form: str) -> requests.Response:
        return requests.post(f"{self.url}/token/", data=form, auth=(self.client_id, self.client_secret))

    def get(self, path: str, token: str | None = None, **query: object) -> requests.Response:
        headers = {"Authorization": f"Bearer {token or self.token}"}
        return requests.get(self.url + path, params=query, headers=headers, timeout=30)

    def post(self, path: str, form: dict[str, Any], **files: Any) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.token}"}
        return requests.post(self.url + path, data=form, files=files or None, headers=headers, timeout=30)

    def look(self, path: str) -> Any:
        answer = requests.get(f"{self.url}/control/{path}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    def actions(self, **query: object) -> list[dict[str, Any]]:
        answer = self.get("/statistics/actions/", **query)
        assert answer.status_code == 200, answer.text
        return answer.json()["results"]

    def control(self, path: str, body: object = None) -> Any:
        answer = requests.post(f"{self.url}/control/{path}", json={} if body is None else body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def truth(self) -> list[dict[str, Any]]:
        return requests.get(f"{self.url}/control/actions").json()["data"]

    def log(self) -> str:
        return (self._directory / "log").read_text()

    def _answers(self) -> bool:
        try:
            return requests.get(f"{self.url}/healthz").status_code == 200
        except requests.ConnectionError:
            return False


def until(condition: Callable[[], bool], seconds: float = 15) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.03)


@pytest.fixture(scope="session")
def door() -> Iterator[PostbackDoor]:
    door = PostbackDoor()
    yield door
    door.close()


@pytest.fixture(scope="session")
def _running(tmp_path_factory: pytest.TempPathFactory, door: PostbackDoor) -> Iterator[Sandbox]:
    with Sandbox(tmp_path_factory.mktemp("sandbox"), door.url) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(_running: Sandbox) -> Sandbox:
    """As at the start."""
    _running.control("reset")
    return _running


@pytest.fixture
def another_sandbox(tmp_path: Path, door: PostbackDoor) -> Iterator[Callable[..., Sandbox]]:
    """Makes sandboxes that a test may starve, stop and start again."""
    started: list[Sandbox] = []

    def make(*, postback_url: str = door.url, **settings: Any) -> Sandbox:
        sandbox = Sandbox(tmp_path / f"sandbox-{len(started)}", postback_url, **settings)
        started.append(sandbox)
        sandbox.start()
        return sandbox

    yield make
    for sandbox in started:
        sandbox.stop()
