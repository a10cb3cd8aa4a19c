"""Webhooks: deliveries that one worker makes, signed, guarded, logged and durable, beside bare `requests` in a loop."""

import json
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import requests

from bench.measure import Comparison, rotate
from bench.town import Town
from cashback.embedded import free_port
from partners.services import emit
from partners.webhooks import reading, sending, services
from partners.webhooks.models import Delivery, WebhookEndpoint

BARE, OURS = "requests.post in a loop", "deliveries, one worker"
EVENTS, ENDPOINTS = 250, 4
# A partner's server in a process of its own: it reads the body, says 204 and keeps the connection, as servers do.
_RECEIVER = """
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(204)
        self.end_headers()
    def log_message(self, *said): pass
ThreadingHTTPServer.request_queue_size = 128
ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""


def run(town: Town, *, repetitions: int) -> Comparison:
    comparison = Comparison("Webhooks: signed, logged, durable", "deliveries/s")
    comparison.goal(OURS, BARE, ">=", 0.6)
    with _receiver() as url:
        for _ in range(ENDPOINTS):
            services.create(partner=town.storefront.partner, url=url, at=datetime.now(tz=UTC))
        variants = {BARE: lambda: _bare(url), OURS: lambda: _ours(town)}
        return rotate(comparison, variants, repetitions=repetitions)


def _payload() -> dict[str, object]:
    return {"id": f"txn_{uuid.uuid4().hex}", "status": "approved", "shopper": "alice", "note": "x" * 400}


def _bare(url: str) -> float:
    bodies = [json.dumps(_payload()).encode() for _ in range(EVENTS * ENDPOINTS)]
    began = time.perf_counter()
    for body in bodies:
        requests.post(url, data=body, headers={"Content-Type": "application/json"}, timeout=10)
    return len(bodies) / (time.perf_counter() - began)


def _ours(town: Town) -> float:
    """From the outbox to the log: reading, sending and recording."""
    now = datetime.now(tz=UTC)
    for _ in range(EVENTS):
        emit(
            partner_id=town.storefront.partner_id,
            type="transaction.approved",
            subject_id=uuid.uuid4(),
            payload=_payload(),
            at=now,
        )
    began = time.perf_counter()
    reading.read_outbox(at=datetime.now(tz=UTC))
    calls = sending.deliver(clock=lambda: datetime.now(tz=UTC), seconds=60)
    rate = calls / (time.perf_counter() - began)
    missing = EVENTS * ENDPOINTS - calls
    if missing or Delivery.objects.exclude(status=Delivery.Status.DELIVERED).exists():
        raise AssertionError(f"{missing} deliveries were not made.")
    return rate


@contextmanager
def _receiver() -> Iterator[str]:
    port = free_port()
    server = subprocess.Popen([sys.executable, "-c", _RECEIVER, str(port)], start_new_session=True)
    url = f"http://127.0.0.1:{port}/hooks"
    deadline = time.monotonic() + 20
    try:
        while True:
            try:
                requests.post(url, data=b"{}", timeout=2)
                break
            except requests.ConnectionError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)
        yield url
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(20)
        WebhookEndpoint.objects.all().delete()
