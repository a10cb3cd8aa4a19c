"""The egress client reads answers, and tells what may heal by waiting from what may not."""

import gzip
import json
import threading
import time
import tomllib
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email.utils import format_datetime
from pathlib import Path

import pytest

from cashback.embedded import free_port
from cashback.lib.http import VERSION, Client, Refused, Unavailable
from tests.lib.wire import answering, local


def test_numbers_with_a_point_arrive_exact(serve):
    server = serve(answering('{"payment": 104.10, "count": 3, "name": "Чай"}'))

    answer = local().get_json(f"{server.url}/a/", params=[("limit", "500"), ("q", "чай")])

    assert answer == {"payment": Decimal("104.10"), "count": 3, "name": "Чай"}
    assert str(answer["payment"]) == "104.10"
    assert server.requests[0].startswith("GET /a/?limit=500&q=%D1%87%D0%B0%D0%B9 HTTP/1.1\r\n")


def test_every_request_says_who_we_are_and_carries_the_given_headers(serve):
    server = serve(answering("{}"))

    local().get_json(server.url, headers={"Authorization": "Bearer t"})

    assert f"User-Agent: Vitrina/{VERSION}\r\n" in server.requests[0]
    assert "Authorization: Bearer t\r\n" in server.requests[0]
    assert "Accept: application/json\r\n" in server.requests[0]


def test_the_version_is_the_projects():
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())

    assert project["project"]["version"] == VERSION


def test_a_form_is_posted_and_its_json_answer_read(serve):
    server = serve(answering('{"ok": true}'))

    assert local().post_json(server.url, data={"grant_type": "refresh_token"}) == {"ok": True}
    assert server.requests[0].startswith("POST / HTTP/1.1\r\n")
    assert server.requests[0].endswith("\r\n\r\ngrant_type=refresh_token")


def test_a_zipped_answer_is_read(serve):
    server = serve(answering(gzip.compress(b"[1]"), Content_Encoding="gzip"))

    assert local().get_json(server.url) == [1]


def test_bytes_come_with_their_content_type(serve):
    server = serve(answering(b"\x89PNG", Content_Type="Image/PNG; charset=binary"))

    assert local().get_bytes(server.url, max_bytes=4) == ("image/png", b"\x89PNG")


@pytest.mark.parametrize("status", [400, 401, 404, 410])
def test_a_client_error_is_refused_with_its_body(serve, status):
    server = serve(answering('{"error_code": 1}', status=f"{status} No"))

    with pytest.raises(Refused, match=f"answered {status}") as refused:
        local().get_json(server.url)

    assert (refused.value.status, refused.value.body) == (status, '{"error_code": 1}')


def test_of_a_long_refusal_two_kilobytes_are_kept(serve):
    server = serve(answering("x" * 100_000, status="404 Not Found"))

    with pytest.raises(Refused) as refused:
        local().get_json(server.url)

    assert refused.value.body == "x" * 2048


@pytest.mark.parametrize("status", [429, 500, 502, 503])
def test_a_server_error_and_too_many_requests_are_unavailable(serve, status):
    server = serve(answering("<h1>No</h1>", status=f"{status} No"))

    with pytest.raises(Unavailable, match=f"answered {status}") as unavailable:
        local().get_json(server.url)

    assert (unavailable.value.status, unavailable.value.retry_after) == (status, None)


def test_retry_after_in_seconds_is_told(serve):
    server = serve(answering("", status="503 Slow Down", Retry_After="7"))

    with pytest.raises(Unavailable) as unavailable:
        local().get_json(server.url)

    assert unavailable.value.retry_after == 7.0


def test_retry_after_as_a_date_is_told_in_seconds(serve):
    at = datetime.now(UTC) + timedelta(seconds=100)
    server = serve(answering("", status="503 Slow Down", Retry_After=format_datetime(at, usegmt=True)))

    with pytest.raises(Unavailable) as unavailable:
        local().get_json(server.url)

    assert 90 < unavailable.value.retry_after <= 100


@pytest.mark.parametrize("rubbish", ["soon", "-5", "9" * 40, "²", f"Mon, 01 Jan {'9' * 20} 00:00:00 GMT"])
def test_a_retry_after_that_cannot_be_read_is_none(serve, rubbish):
    server = serve(answering("", status="503 Slow Down", Retry_After=rubbish))

    with pytest.raises(Unavailable) as unavailable:
        local().get_json(server.url)

    assert unavailable.value.retry_after is None


@pytest.mark.parametrize(
    "body",
    [
        "<html>Maintenance</html>",
        '{"results": [{"id": 1}, {"id"',
        "",
        '{"payment": NaN}',
        '{"payment": Infinity}',
        b"\xff\xfe\xfd",
        "[" * 100_000,
        "9" * 5000,
    ],
    ids=["html", "truncated", "empty", "nan", "infinity", "not unicode", "nested too deep", "endless number"],
)
def test_what_is_not_whole_json_is_unavailable(serve, body):
    server = serve(answering(body))

    with pytest.raises(Unavailable, match="not whole JSON"):
        local().get_json(server.url)


def test_a_body_shorter_than_promised_is_unavailable(serve):
    server = serve(answering(b"[1]", Content_Length="100"))

    with pytest.raises(Unavailable, match="broke off"):
        local().get_json(server.url)


def test_a_closed_port_is_unavailable(serve):
    server = serve(answering("{}"))
    server.close()

    with pytest.raises(Unavailable, match="connection failed"):
        local().get_json(f"http://127.0.0.1:{free_port()}/")


def test_a_name_that_does_not_resolve_is_unavailable():
    with pytest.raises(Unavailable, match="connection failed"):
        Client(pauses=()).get_json("https://shop.invalid/")


def test_a_server_that_stays_silent_times_out(serve):
    server = serve(lambda connection: time.sleep(3))
    began = time.monotonic()

    with pytest.raises(Unavailable, match="no answer in time"):
        local(read_timeout=0.2).get_json(server.url)

    assert time.monotonic() - began < 1


def test_a_get_that_failed_once_is_asked_again(serve):
    answers = iter([answering("", status="500 No"), answering("[1]")])
    server = serve(lambda connection: next(answers)(connection))

    assert local(pauses=(0.01,)).get_json(server.url) == [1]
    assert len(server.requests) == 2


def test_a_server_that_asks_us_to_slow_down_is_not_asked_again(serve):
    server = serve(answering("", status="503 Slow Down"))

    with pytest.raises(Unavailable):
        local(pauses=(0.01, 0.01)).get_json(server.url)

    assert len(server.requests) == 1


def test_a_form_is_never_posted_twice(serve):
    server = serve(answering("", status="500 No"))

    with pytest.raises(Unavailable):
        local(pauses=(0.01, 0.01)).post_json(server.url, data={})

    assert len(server.requests) == 1


def test_one_client_serves_many_threads(serve):
    server = serve(lambda connection: answering(json.dumps(threading.get_ident()))(connection))
    shared, answers = local(), []
    threads = [
        threading.Thread(target=lambda: answers.append(shared.get_json(server.url))) for _ in range(16)
    ]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(answers) == 16


@pytest.mark.parametrize("status", [200, 204, 302, 404, 410, 500])
def test_bytes_are_posted_and_whatever_answers_is_told(serve, status):
    server = serve(answering("said" if status != 204 else "", status=f"{status} So", Location="/other"))

    reply = local().post_bytes(server.url, body=b'{"a":1}', headers={"webhook-id": "evt_1"})

    assert (reply.status, reply.body) == (status, "said" if status != 204 else "")
    assert len(server.requests) == 1
    assert "webhook-id: evt_1\r\n" in server.requests[0]
    assert server.requests[0].endswith('\r\n\r\n{"a":1}')


def test_of_a_long_reply_two_kilobytes_are_kept(serve):
    server = serve(answering("x" * 30_000))

    assert local().post_bytes(server.url, body=b"", headers={}).body == "x" * 2048


def test_a_url_is_checked_without_being_called(serve):
    server = serve(answering("{}"))

    local().check(server.url)
    with pytest.raises(Refused, match="never called"):
        Client().check(f"https://127.0.0.1:{server.port}/")
    with pytest.raises(Refused, match="not an https URL"):
        Client().check("http://8.8.8.8/")
    with pytest.raises(Refused, match="not a URL"):
        Client().check("https://a:b:c/")
    with pytest.raises(Unavailable, match="not to be found"):
        Client().check("https://no-such-host.invalid/?token=s3cret")
    assert server.requests == []
