"""The postback's door: whatever knocks is stored, or told why not, and never met with a 500."""

import io
import secrets

import pytest

from offers.networks.models import InboundMessage
from tests import make


@pytest.fixture
def door(account):
    return f"/postback/{account.postback_token}/"


def test_message_is_stored_before_it_is_answered(client, door, account):
    answer = client.get(door + "?subid4=abc&payment_sum=10&note=%D0%B4%D0%B0")
    assert (answer.status_code, answer.content) == (200, b"stored\n")
    message = InboundMessage.objects.get()
    assert (message.account, message.method, message.times) == (account, "GET", 1)
    assert message.query == "subid4=abc&payment_sum=10&note=%D0%B4%D0%B0"


def test_form_and_json_bodies_are_kept_as_they_came(client, door):
    client.post(door, {"subid4": "abc"}, content_type="application/json")
    client.generic("POST", door, b"a=1&b=2", content_type="application/x-www-form-urlencoded")
    assert [bytes(body) for body in InboundMessage.objects.order_by("pk").values_list("body", flat=True)] == [
        b'{"subid4": "abc"}',
        b"a=1&b=2",
    ]


def test_same_message_five_times_is_one_row_that_counts(client, door):
    for _ in range(5):
        assert client.get(door + "?subid4=abc").status_code == 200
    assert InboundMessage.objects.get().times == 5


@pytest.mark.parametrize("token", ["unknown", "%00", "a%00b", "%ff%fe", "%ED%A0%80", "т" * 50, "x" * 3000])
def test_unknown_token_is_not_found_and_stores_nothing(client, door, token):
    answer = client.get(f"/postback/{token}/?subid4=abc")
    assert answer.status_code == 404
    assert b"Copy it again" in answer.content
    assert not InboundMessage.objects.exists()


@pytest.mark.parametrize("size", [64 * 1024 + 1, 10 * 1024 * 1024])
def test_large_body_is_refused(client, door, size):
    answer = client.generic("POST", door, b"x" * size, content_type="text/plain")
    assert answer.status_code == 413
    assert not InboundMessage.objects.exists()


def test_body_at_the_limit_is_stored(client, door):
    assert client.generic("POST", door, b"x" * 64 * 1024, content_type="text/plain").status_code == 200


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "HEAD"])
def test_other_methods_are_told_which_to_use(client, door, method):
    answer = client.generic(method, door)
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, POST")


@pytest.mark.parametrize(
    "body", [b"", b"\x00" * 50, b"\xff\xfe\xfd", b"{", b"[" * 60_000, "ю".encode("cp1251"), b"a=%zz&=&&&"]
)
def test_rubbish_is_stored_and_never_a_500(client, door, body):
    assert client.generic("POST", door, body, content_type="application/json").status_code == 200
    assert bytes(InboundMessage.objects.get().body) == body


@pytest.mark.parametrize("query", ["%00", "a=%ff%fe", "a=\x00b", "&" * 1000, "a=" + "b" * 60_000])
def test_rubbish_queries_are_stored_and_never_a_500(client, door, query):
    assert client.get(door, QUERY_STRING=query).status_code == 200


def test_odd_content_type_is_cut_and_never_a_500(client, door):
    answer = client.generic("POST", door, b"a=1", content_type="x/" + "y\u00ff" * 500)
    assert answer.status_code == 200


def test_random_messages_are_all_stored(client, door):
    dice = secrets.SystemRandom()
    for _ in range(300):
        body = dice.randbytes(dice.randrange(200))
        assert client.generic("POST", door, body, content_type="text/plain").status_code == 200
    assert sum(InboundMessage.objects.values_list("times", flat=True)) == 300


def in_chunks(client, door, body: bytes, **facts):
    """As a server hands on a message in chunks: no length, and the bytes are in its input."""
    return client.generic(
        "POST", door, HTTP_TRANSFER_ENCODING="chunked", **{"wsgi.input": io.BytesIO(body)} | facts
    )


def test_message_in_chunks_is_stored_whole(client, door):
    answer = in_chunks(client, door, b"subid4=abc", **{"wsgi.input_terminated": True})
    assert answer.status_code == 200
    assert bytes(InboundMessage.objects.get().body) == b"subid4=abc"


def test_large_message_in_chunks_is_refused(client, door):
    answer = in_chunks(client, door, b"x" * (64 * 1024 + 1), **{"wsgi.input_terminated": True})
    assert answer.status_code == 413
    assert not InboundMessage.objects.exists()


def test_message_in_chunks_whose_end_the_server_does_not_show_needs_a_length(client, door):
    assert in_chunks(client, door, b"subid4=abc").status_code == 411
    assert not InboundMessage.objects.exists()


class Untouchable(io.RawIOBase):
    def read(self, size: int = -1) -> bytes:
        raise AssertionError("The body was read.")


def test_large_body_is_refused_by_its_length_before_it_is_read(client, door):
    answer = client.generic("POST", door, CONTENT_LENGTH=str(64 * 1024 + 1), **{"wsgi.input": Untouchable()})
    assert answer.status_code == 413


def test_message_that_breaks_off_is_not_stored(client, door):
    answer = client.generic("POST", door, CONTENT_LENGTH="20", **{"wsgi.input": io.BytesIO(b"subid4=abc")})
    assert answer.status_code == 400
    assert not InboundMessage.objects.exists()


def test_account_is_found_by_its_own_token_only(client, account):
    other = make.account()
    client.get(f"/postback/{other.postback_token}/?a=1")
    assert InboundMessage.objects.get().account == other
