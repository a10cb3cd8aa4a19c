"""Where letters come in: the mail provider's door and the polled mailbox. Rubbish is answered, and nothing is lost."""

import io
import random
from urllib.parse import urlencode

import pytest
from django.conf import settings as ours

from support.mail import inbound, mailbox, tasks
from support.mail.models import InboundMail, Outcome
from tests.support.mail_imap import Server
from tests.support.mail_make import letter

TOKEN = "a-token-that-is-thirty-two-letters"
DOOR = f"/support/mail/{TOKEN}/"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _token(settings):
    settings.SUPPORT_MAIL_TOKEN = TOKEN


def post(client, body, content_type="message/rfc822", door=DOOR, **headers):
    return client.generic("POST", door, body, content_type=content_type, **headers)


def form(fields: dict[str, bytes], boundary: str = "b-1") -> bytes:
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'.encode() + value + b"\r\n"
        for name, value in fields.items()
    ]
    return b"".join(parts) + f"--{boundary}--\r\n".encode()


def stored() -> InboundMail:
    return InboundMail.objects.get()


@pytest.mark.parametrize("kind", ["message/rfc822", "text/plain", "application/octet-stream", ""])
def test_letter_is_stored_byte_by_byte_before_it_is_answered(client, kind):
    source = letter(subject="Где кэшбэк?", text="x" * 2_000_000)
    answer = post(client, source, kind)
    assert (answer.status_code, answer.content) == (200, b"stored\n")
    assert (bytes(stored().raw), stored().source, stored().processed_at) == (source, "webhook", None)


@pytest.mark.parametrize("field", ["body-mime", "message", "email"])
def test_letter_in_a_form_is_stored_with_its_envelope(client, field):
    source = letter(text="y" * 2_000_000, files=[("a.bin", bytes(range(256)) * 10)])
    told = {"recipient": b"support+acorn@localhost, Support+Birch@localhost", "sender": b"alice@mail.test"}
    for body, kind in [
        (form({**told, field: source}), "multipart/form-data; boundary=b-1"),
        (form({**told, field: source}), 'multipart/form-data; charset=utf-8; boundary="b-1"'),
        (urlencode({**told, field: source}).encode(), "application/x-www-form-urlencoded"),
    ]:
        assert post(client, body, kind).status_code == 200
    mail = stored()
    assert (bytes(mail.raw), mail.times, mail.return_path) == (source, 3, "alice@mail.test")
    assert mail.recipients == ["support+acorn@localhost", "support+birch@localhost"]


def test_form_with_an_empty_sender_is_a_letter_that_nobody_may_answer(client):
    post(client, form({"sender": b"", "message": letter()}), "multipart/form-data; boundary=b-1")
    assert stored().return_path == ""


@pytest.mark.parametrize(
    "token", ["unknown", "", "%00", TOKEN[:-1], TOKEN + "x", TOKEN.upper(), "т" * 50, "%ff%fe", "x" * 3000]
)
def test_unknown_token_is_not_found_and_stores_nothing(client, token):
    assert post(client, letter(), door=f"/support/mail/{token}/").status_code == 404
    assert not InboundMail.objects.exists()


def test_without_a_token_the_door_is_closed(client, settings):
    settings.SUPPORT_MAIL_TOKEN = ""
    for token in ("", "x", "None"):
        assert post(client, letter(), door=f"/support/mail/{token}/").status_code == 404


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "HEAD"])
def test_other_methods_are_refused(client, method):
    assert client.generic(method, DOOR).status_code == 405


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", "message/rfc822"),
        (b"   \r\n", "message/rfc822"),
        (b"", "multipart/form-data; boundary=b"),
        (b"rubbish", "multipart/form-data"),
        (b"rubbish", "multipart/form-data; boundary="),
        (b"rubbish", "multipart/form-data; boundary=" + "x" * 100),
        (form({"other": b"x"}), "multipart/form-data; boundary=b-1"),
        (form({"message": b""}), "multipart/form-data; boundary=b-1"),
        (b"a=1&b=2", "application/x-www-form-urlencoded"),
        (b"&" * 1000 + b"a=1", "application/x-www-form-urlencoded"),
        (b"a=1&" * 1000, "application/x-www-form-urlencoded"),
    ],
)
def test_form_without_a_letter_is_told_so(client, body, kind):
    answer = post(client, body, kind)
    assert answer.status_code == 400
    assert b"no letter" in answer.content
    assert not InboundMail.objects.exists()


@pytest.mark.parametrize(
    "body",
    [b"\x00" * 50, b"\xff\xfe\xfd", b"{", b"[" * 60_000, "ю".encode("cp1251"), b"<html>", b'{"Type": "x"}'],
)
def test_rubbish_is_stored_parked_and_never_a_500(client, body, at):
    assert post(client, body).status_code == 200
    tasks.process_inbound(id=str(stored().pk))
    assert stored().parked_at
    assert bytes(stored().raw) == body


def test_rubbish_in_a_form_is_never_a_500(client):
    dice = random.Random(20261125)
    whole = form({"recipient": b"a@b.test", "sender": b"x", "message": letter()})
    for _ in range(300):
        broken = bytearray(whole)
        for _ in range(dice.randrange(1, 8)):
            at = dice.randrange(len(broken))
            broken[at : at + dice.randrange(3)] = dice.randbytes(dice.randrange(4))
        assert post(client, bytes(broken), "multipart/form-data; boundary=b-1").status_code in (200, 400)


def test_nul_in_the_envelope_is_never_a_500(client):
    told = {"recipient": b"a\x00@\xff.test", "sender": b"\x00\xff", "message": letter()}
    assert post(client, form(told), "multipart/form-data; boundary=b-1").status_code == 200


def test_letter_that_is_too_large_is_stored_in_part(client):
    source = letter(text="The words", files=[("a.bin", bytes(23 * 1024 * 1024))])
    assert inbound.LARGEST < len(source) < 48 * 1024 * 1024
    assert post(client, source).status_code == 200
    assert (stored().is_cut, stored().size, len(stored().raw)) == (
        True,
        len(source),
        inbound.KEPT_OF_TOO_LARGE,
    )


class Untouchable(io.RawIOBase):
    def read(self, size: int = -1) -> bytes:
        raise AssertionError("The body was read.")


@pytest.mark.parametrize("megabytes", [49, 50, 5000])
def test_body_beyond_all_measure_is_refused_before_it_is_read(client, megabytes):
    length = str(megabytes * 1024 * 1024)
    answer = client.generic("POST", DOOR, CONTENT_LENGTH=length, **{"wsgi.input": Untouchable()})
    assert answer.status_code == 413
    assert not InboundMail.objects.exists()


def test_wrong_token_reads_no_body(client):
    answer = client.generic(
        "POST", "/support/mail/wrong/", CONTENT_LENGTH="1000", **{"wsgi.input": Untouchable()}
    )
    assert answer.status_code == 404


def test_letter_that_breaks_off_is_not_stored(client):
    answer = client.generic("POST", DOOR, CONTENT_LENGTH="5000", **{"wsgi.input": io.BytesIO(letter())})
    assert answer.status_code == 400
    assert not InboundMail.objects.exists()


def test_letter_in_chunks_is_stored_whole(client):
    source = letter()
    whole = {"wsgi.input": io.BytesIO(source), "wsgi.input_terminated": True}
    answer = client.generic("POST", DOOR, HTTP_TRANSFER_ENCODING="chunked", **whole)
    assert answer.status_code == 200
    assert bytes(stored().raw) == source


def test_letter_on_a_storefronts_own_host_is_not_found(client, acorn):
    acorn.host = "cashback.acorn.test"
    acorn.save()
    assert post(client, letter(), HTTP_HOST="cashback.acorn.test").status_code == 404


# --- The mailbox ---


@pytest.fixture
def imap(settings):
    server = Server()
    port = server.start()
    settings.SUPPORT_IMAP_URL = f"imap://support:s3cret@127.0.0.1:{port}/INBOX?taken=Taken"
    yield server
    server.stop()


def test_letters_of_the_mailbox_are_stored_and_moved(imap, at):
    sources = [letter(text=f"number {number}") for number in range(3)]
    for source in sources:
        imap.deliver(source)
    assert mailbox.poll(at=at) == 3
    assert [bytes(mail.raw) for mail in InboundMail.objects.order_by("pk")] == sources
    assert (imap.letters("INBOX"), imap.letters("Taken")) == ([], sources)
    assert mailbox.poll(at=at) == 0


def test_letters_are_marked_as_read_where_there_is_no_folder_for_them(imap, at, settings):
    settings.SUPPORT_IMAP_URL = settings.SUPPORT_IMAP_URL.partition("?")[0]
    imap.deliver(letter())
    assert mailbox.poll(at=at) == 1
    assert [each.is_seen for each in imap.folders["INBOX"]] == [True]
    assert mailbox.poll(at=at) == 0


@pytest.mark.parametrize("command", ["UID SEARCH", "UID FETCH", "UID COPY", "UID STORE", "EXPUNGE"])
def test_poll_that_breaks_off_loses_nothing_and_stores_nothing_twice(imap, at, command):
    source = letter()
    imap.deliver(source)
    imap.drop_before = command
    with pytest.raises(mailbox.MailboxRefused):
        mailbox.poll(at=at)
    assert imap.letters("INBOX") or imap.letters("Taken")
    mailbox.poll(at=at)
    assert [bytes(mail.raw) for mail in InboundMail.objects.all()] == [source]


def test_letter_leaves_the_mailbox_only_after_our_commit(imap, at, monkeypatch):
    imap.deliver(letter())

    def fail(**_facts):
        raise RuntimeError("the database is away")

    with monkeypatch.context() as patched:
        patched.setattr(inbound, "receive", fail)
        with pytest.raises(RuntimeError):
            mailbox.poll(at=at)
    assert len(imap.letters("INBOX")) == 1
    assert mailbox.poll(at=at) == 1


def test_letter_that_the_server_cannot_give_keeps_no_other_out(imap, at):
    for number in range(3):
        imap.deliver(letter(text=str(number)))
    imap.refuses_uid = 1
    with pytest.raises(mailbox.MailboxRefused):
        mailbox.poll(at=at)
    assert InboundMail.objects.count() == 2
    assert len(imap.letters("INBOX")) == 1


def test_large_letter_of_the_mailbox_is_fetched_in_part(imap, at, monkeypatch):
    monkeypatch.setattr(inbound, "LARGEST", 10_000)
    monkeypatch.setattr(inbound, "KEPT_OF_TOO_LARGE", 2_000)
    source = letter(text="The words", files=[("a.bin", bytes(30_000))])
    imap.deliver(source)
    mailbox.poll(at=at)
    assert (stored().is_cut, stored().size, bytes(stored().raw)) == (True, len(source), source[:2_000])


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("imap://u:p@mail.example/INBOX", "in the clear"),
        ("http://u:p@mail.example/", "imap+ssl"),
        ("imap+ssl://", "imap+ssl"),
        ("imap://support:wrong-password@127.0.0.1:{port}/INBOX", "refuses"),
        ("imap://support:s3cret@127.0.0.1:{port}/Nowhere", "refuses"),
        ("imap://support:s3cret@127.0.0.1:1/INBOX", "refuses"),
    ],
)
def test_mailbox_that_cannot_be_read_says_why_without_its_password(imap, at, settings, url, said):
    port = ours.SUPPORT_IMAP_URL.rpartition(":")[2].partition("/")[0]
    settings.SUPPORT_IMAP_URL = url.format(port=port)
    with pytest.raises(mailbox.MailboxRefused) as refusal:
        mailbox.poll(at=at)
    assert said in str(refusal.value)
    assert "wrong-password" not in str(refusal.value)
    tasks.poll_mailbox()  # logs it, and beat asks again


def test_without_a_mailbox_nothing_is_polled(settings, at):
    settings.SUPPORT_IMAP_URL = ""
    assert mailbox.poll(at=at) == 0


def test_letter_of_the_mailbox_becomes_a_ticket(imap, acorn, at):
    imap.deliver(letter())
    tasks.poll_mailbox()
    tasks.process_inbound(id=str(stored().pk))
    assert stored().outcome == Outcome.OPENED
