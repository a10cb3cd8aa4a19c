"""What the egress client never does: call inside, follow, wait for ever, swallow a flood, tell a secret."""

import gzip
import logging
import re
import threading
import time
import traceback

import pytest

from cashback.embedded import free_port
from cashback.lib.http import Client, Refused, Unavailable, client
from tests.lib.wire import answering, dripping, local


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "[::1]",
        "127.1",
        "2130706433",
        "0x7f000001",
        "017700000001",
        "[::ffff:127.0.0.1]",
        "0.0.0.0",  # noqa: S104 - called, not bound
    ],
)
def test_loopback_is_refused_by_default_however_it_is_spelt(serve, host):
    server = serve(answering("{}"))
    guarded = Client(pauses=())

    with pytest.raises(Refused, match="never called"):
        guarded.get_json(f"https://{host}:{server.port}/")

    assert server.requests == []


@pytest.mark.parametrize(
    "address",
    [
        "10.0.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "[fd00::1]",
        "[::ffff:10.0.0.1]",
        "[::10.0.0.1]",
        "[::ffff:0:10.0.0.1]",
        "[fec0::1]",
    ],
)
def test_addresses_inside_a_network_are_refused_even_where_loopback_is_allowed(address):
    with pytest.raises(Refused, match="never called"):
        local().get_json(f"http://{address}/")


@pytest.mark.parametrize(
    "url", ["http://example.com/", "ftp://example.com/", "file:///etc/passwd", "//a/", ""]
)
def test_only_https_is_called(url):
    with pytest.raises(Refused, match="not an https URL"):
        Client().get_json(url)


@pytest.mark.parametrize(
    "url", ["https://", "https://[::1", f"https://{'a' * 64}.example/", "https://a:b:c/"]
)
def test_what_is_no_url_is_refused(url):
    with pytest.raises(Refused, match="cannot|can be called"):
        Client(pauses=()).get_json(url)


def test_the_settings_decide_whether_loopback_is_allowed(serve, settings):
    server = serve(answering("{}"))
    settings.EGRESS_LOOPBACK = False
    with pytest.raises(Refused):
        client().get_json(server.url)

    settings.EGRESS_LOOPBACK = True
    assert client().get_json(server.url) == {}


def test_a_redirect_is_refused_and_not_followed(serve):
    target = serve(answering("{}"))
    server = serve(answering("", status="302 Found", Location=target.url))

    with pytest.raises(Refused, match="answered 302") as refused:
        local().get_json(server.url)

    assert refused.value.status == 302
    assert target.requests == []


def test_a_proxy_of_the_environment_is_not_used(serve, monkeypatch):
    proxy = serve(answering('"proxy"'))
    server = serve(answering('"server"'))
    monkeypatch.setenv("HTTP_PROXY", proxy.url)
    monkeypatch.setenv("http_proxy", proxy.url)

    assert local().get_json(server.url) == "server"
    assert proxy.requests == []


@pytest.mark.parametrize(
    ("head", "drop"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n", b"1"),
        (b"HTTP/1.1 200 OK\r\n\r\n", b" "),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\n1\r\n"),
        (b"HTTP/1.1 200 OK\r\n", b"X-Slow: yes\r\n"),
        (b"HTTP/1.1 200 OK\r\nX-Slow: ", b"y"),
        (b"HTTP/1.1 404 No\r\nContent-Length: 1000000\r\n\r\n", b"1"),
    ],
    ids=["body", "body of unknown length", "chunks", "headers", "one header", "refusal"],
)
def test_a_slow_drip_is_cut_at_the_deadline(serve, head, drop):
    server = serve(dripping(head, drop, every=0.02))
    began = time.monotonic()

    with pytest.raises(Unavailable, match=re.escape("took longer than 0.4 seconds")):
        local(total_timeout=0.4).get_json(server.url)

    assert 0.3 < time.monotonic() - began < 1.5


def test_a_body_over_the_cap_is_refused_before_it_is_all_read(serve):
    sent = []

    def flood(connection):
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
        while True:
            connection.sendall(b"x" * 65536)
            sent.append(65536)

    server = serve(flood)

    with pytest.raises(Refused, match="more than 100000 bytes"):
        local().get_bytes(server.url, max_bytes=100_000)

    assert sum(sent) < 50_000_000


def test_a_small_body_that_unzips_to_a_large_one_is_refused(serve):
    server = serve(answering(gzip.compress(b"0" * 50_000_000), Content_Encoding="gzip"))

    with pytest.raises(Refused, match="more than 1000000 bytes"):
        local(max_bytes=1_000_000).get_json(server.url)


def test_repeats_end_by_the_deadline(serve):
    server = serve(lambda connection: time.sleep(3))
    began = time.monotonic()

    with pytest.raises(Unavailable):
        local(read_timeout=0.2, total_timeout=0.5, pauses=(0.05,) * 50).get_json(server.url)

    assert time.monotonic() - began < 1.5


@pytest.mark.parametrize(
    "answer",
    [
        answering("no", status="401 No"),
        answering("no", status="500 No"),
        answering("<html>"),
        answering(b"1", Content_Length="10"),
        answering("{}", Location="x", status="302 Found"),
        lambda connection: None,
        lambda connection: time.sleep(1),
        lambda connection: connection.sendall(b"HTTP/1.1 200 OK\r\nbad header\r\n\r\n<"),
    ],
    ids=["401", "500", "html", "truncated", "redirect", "hung up", "silent", "bad header"],
)
def test_secrets_are_in_no_message_and_in_no_log(serve, caplog, answer):
    caplog.set_level(logging.DEBUG)
    server = serve(answer)
    url = f"http://user:hunter2@127.0.0.1:{server.port}/statistics/?access_token=s3cret"

    with pytest.raises((Refused, Unavailable)) as failure:
        local(read_timeout=0.2).get_json(
            url, params=[("client_secret", "t0p")], headers={"Authorization": "Bearer b34rer"}
        )

    told = "".join(traceback.format_exception(failure.value)) + caplog.text
    assert f"http://127.0.0.1:{server.port}/statistics/" in str(failure.value)
    assert not re.search("hunter2|s3cret|t0p|b34rer", told)


def test_secrets_are_not_in_what_is_told_of_a_closed_port(caplog):
    caplog.set_level(logging.DEBUG)
    url = f"http://127.0.0.1:{free_port()}/statistics/?access_token=s3cret"

    with pytest.raises(Unavailable) as failure:
        local().get_json(url)

    assert "s3cret" not in "".join(traceback.format_exception(failure.value)) + caplog.text


def test_the_threads_that_watch_deadlines_end_with_their_request(serve):
    server = serve(answering("{}"))
    before = threading.active_count()

    for _ in range(20):
        local().get_json(server.url)

    deadline = time.monotonic() + 2
    while threading.active_count() > before and time.monotonic() < deadline:
        time.sleep(0.01)
    assert threading.active_count() <= before
