"""Several calls over one connection: it is kept where the answer was read to its end, and never taken for another."""

import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from cashback.lib.http import Unavailable
from tests.lib.wire import local

FLOOD = b"x" * 5_000_000


class Partner(BaseHTTPRequestHandler):
    """Keeps its connections, and says to each request which of its connections it came by."""

    protocol_version = "HTTP/1.1"
    timeout = 10
    connections = 0

    def setup(self):
        super().setup()
        type(self).connections += 1
        self.number = self.connections

    def do_POST(self):
        asked = self.rfile.read(int(self.headers["Content-Length"])).decode()
        body = FLOOD if asked == "flood" else f"{asked} by {self.number}".encode()
        if asked == "sleep":
            time.sleep(2)
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_said):
        pass


@pytest.fixture
def url() -> Iterator[str]:
    Partner.connections = 0
    with ThreadingHTTPServer(("127.0.0.1", 0), Partner) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/hooks"
        server.shutdown()


def say(client, url: str, word: str) -> str:
    return client.post_bytes(url, body=word.encode(), headers={}).body


def test_calls_in_a_row_share_a_connection_and_others_do_not(url):
    client = local()
    with client.kept_open(url) as kept:
        assert [say(kept, url, word) for word in ("a", "b", "c")] == ["a by 1", "b by 1", "c by 1"]
    assert [say(client, url, word) for word in ("d", "e")] == ["d by 2", "e by 3"]


def test_what_was_left_of_a_flood_is_not_the_next_answer(url):
    with local(max_bytes=1000).kept_open(url) as kept:
        assert say(kept, url, "flood") == "x" * 2048
        assert say(kept, url, "after") == "after by 2"


def test_after_a_deadline_the_next_call_is_a_fresh_one(url):
    with local(total_timeout=0.5, read_timeout=5).kept_open(url) as kept:
        with pytest.raises(Unavailable, match="longer than"):
            say(kept, url, "sleep")
        assert say(kept, url, "awake") == "awake by 2"
        assert say(kept, url, "still") == "still by 2"
