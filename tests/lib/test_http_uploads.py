"""A form with files goes out whole, once; and what is deleted is only deleted."""

import pytest

from cashback.lib.http import Client, Refused, Unavailable, Upload
from tests.networks.server import NetworkServer, Reply

EVERY_BYTE = bytes(range(256)) + b"\r\n--boundary--\r\n"


@pytest.fixture
def server():
    server = NetworkServer()
    yield server
    server.close()


def local(**options):
    return Client(allow_loopback=True, read_timeout=0.5, pauses=(0.01, 0.01), **options)


def test_a_file_arrives_byte_for_byte_with_the_fields_beside_it(server):
    server.answers["/"] = {"ok": True}
    file = Upload(name="receipt.jpg", content_type="image/jpeg", content=EVERY_BYTE)

    said = local().post_json(
        f"{server.url}/", data={"comment": "Чек, 100 %"}, headers={"X-A": "b"}, files={"receipt": file}
    )

    (asked,) = server.asked
    assert said == {"ok": True}
    assert asked.form == {"comment": "Чек, 100 %"}
    assert asked.files == {"receipt": ("receipt.jpg", "image/jpeg", EVERY_BYTE)}


def test_a_form_without_files_is_a_plain_form(server):
    server.answers["/"] = {}

    local().post_json(f"{server.url}/", data={"a": "1"}, files={})

    assert (server.asked[0].form, server.asked[0].files) == ({"a": "1"}, {})


@pytest.mark.parametrize("reply", [Reply("", status=500), Reply("{}", delay=1), Reply('{"a"', cut=0)])
def test_a_file_is_never_sent_twice(server, reply):
    server.answers["/"] = reply
    file = Upload(name="r", content_type="image/png", content=b"x")

    with pytest.raises(Unavailable):
        local().post_json(f"{server.url}/", data={}, files={"receipt": file})

    assert len(server.asked) == 1


def test_what_is_deleted_is_asked_once_and_the_answer_not_read(server):
    server.answers["/"] = Reply("gone, thank you", content_type="text/plain")

    assert local().delete(f"{server.url}/", headers={"Authorization": "Bearer t"}) is None

    (asked,) = server.asked
    assert (asked.method, asked.authorization) == ("DELETE", "Bearer t")
    server.answers["/"] = Reply("", status=503)
    with pytest.raises(Unavailable):
        local().delete(f"{server.url}/")
    server.answers["/"] = Reply("no", status=404)
    with pytest.raises(Refused):
        local().delete(f"{server.url}/")
    assert len(server.asked) == 3


def test_a_file_shows_its_content_to_nobody():
    assert "secret" not in repr(Upload(name="r", content_type="image/png", content=b"secret"))
