"""A letter on its way: by real SMTP, tried again, given up, and forgotten."""

import smtplib
from datetime import timedelta

import pytest

from partners.notices import services
from partners.notices.models import Letter
from tests.notices.conftest import together

pytestmark = pytest.mark.django_db(transaction=True)

State = Letter.State


def post(storefront, at, **facts):
    wanted = {
        "to": "alice@mail.test",
        "language": "en",
        "letter": "sign_in_code",
        "context": {"code": "402817", "minutes": 10},
        **facts,
    }
    return services.post(storefront=storefront, at=at, **wanted)


def the(letter) -> Letter:
    return Letter.objects.get(pk=letter.pk)


def test_letter_arrives_in_the_storefronts_name_as_text_and_html(sink, acorn, at):
    letter = post(acorn, at)
    assert services.send(letter_id=letter.pk, at=at)

    [arrived] = sink.letters(to="alice@mail.test")
    headers = dict(arrived.headers)
    assert arrived.subject == "402817 is your code for Acorn Bank"
    assert arrived.sender == "Acorn Bank <notices@localhost>"
    assert headers["Message-ID"] == f"<{letter}@localhost>"
    assert headers["Auto-Submitted"] == "auto-generated"
    assert "List-Unsubscribe" not in headers
    assert arrived.code == "402817"
    assert "402817" in arrived.html
    assert 'lang="en"' in arrived.html


def test_sent_letter_has_forgotten_its_code_and_its_address(sink, acorn, at):
    letter = post(acorn, at)
    assert "402817" in letter.context
    services.send(letter_id=letter.pk, at=at)

    kept = the(letter)
    assert (kept.state, kept.context, kept.to, kept.sent_at) == (State.SENT, "", "a***@mail.test", at)


def test_code_is_unreadable_in_the_database(acorn, at):
    from django.db import connection

    letter = post(acorn, at)
    with connection.cursor() as cursor:
        cursor.execute("SELECT context FROM notices_letter WHERE id = %s", [letter.pk])
        assert "402817" not in cursor.fetchone()[0]


def test_letter_is_sent_once_however_many_workers_are_rung(sink, acorn, at):
    letter = post(acorn, at)
    for _number in range(3):
        services.send(letter_id=letter.pk, at=at)
    assert len(list(sink.letters())) == 1


def test_sixteen_workers_at_once_send_one_letter(sink, acorn, at):
    letter = post(acorn, at)
    together(lambda: services.send(letter_id=letter.pk, at=at))
    assert len(list(sink.letters())) == 1
    assert the(letter).tries == 1


def test_letter_of_a_transaction_that_fails_is_never_sent(sink, acorn, at):
    from django.db import transaction

    with pytest.raises(RuntimeError), transaction.atomic():
        post(acorn, at)
        raise RuntimeError
    assert services.next_due(at=at) is None
    assert Letter.objects.count() == 0


def test_letter_waits_longer_each_time_while_the_server_is_away(no_server, acorn, at):
    letter = post(acorn, at, letter="email_changed", context={})
    waits = []
    now = at
    for _number in range(4):
        assert services.send(letter_id=letter.pk, at=now) is False
        tried = the(letter)
        waits.append((tried.next_try_at - now).total_seconds())
        now = tried.next_try_at
    assert waits == [10, 20, 40, 80]
    assert (tried.state, tried.tries) == (State.WAITING, 4)
    assert tried.error.startswith("ConnectionRefusedError")


def test_letter_arrives_once_the_server_is_back(no_server, acorn, at, request):
    letter = post(acorn, at)
    services.send(letter_id=letter.pk, at=at)
    box = request.getfixturevalue("sink")

    assert services.send(letter_id=letter.pk, at=at)  # not due yet
    assert list(box.letters()) == []
    services.send(letter_id=letter.pk, at=at + timedelta(seconds=10))
    assert len(list(box.letters())) == 1
    assert the(letter).state == State.SENT


def test_code_is_given_up_when_it_is_of_no_use_any_more(no_server, acorn, at):
    letter = post(acorn, at)
    services.send(letter_id=letter.pk, at=at)
    services.send(letter_id=letter.pk, at=at + timedelta(minutes=10))

    kept = the(letter)
    assert (kept.state, kept.context, kept.to) == (State.GIVEN_UP, "", "a***@mail.test")
    assert kept.error.startswith("ConnectionRefusedError")


def test_letter_is_given_up_after_its_last_try(no_server, acorn, at):
    letter = post(acorn, at)
    Letter.objects.update(tries=services.MOST_TRIES)
    services.send(letter_id=letter.pk, at=at)
    assert the(letter).state == State.GIVEN_UP


def test_refused_address_fails_and_waits_for_a_person(sink, acorn, at):
    letter = post(acorn, at, to="nobody@refuses.test")
    assert services.send(letter_id=letter.pk, at=at)

    kept = the(letter)
    assert kept.state == State.FAILED
    assert kept.error.startswith("SMTPRecipientsRefused")
    assert "550" in kept.error
    assert "nobody@refuses.test" not in kept.error
    assert services.next_due(at=at + timedelta(hours=1)) is None


def test_failed_letter_can_be_sent_again_and_another_cannot(sink, acorn, at):
    letter = post(acorn, at, to="nobody@refuses.test")
    services.send(letter_id=letter.pk, at=at)
    Letter.objects.update(to="somebody@mail.test")

    services.send_again(letter=the(letter), at=at)
    services.send(letter_id=letter.pk, at=at)
    assert [arrived.recipients for arrived in sink.letters()] == [("somebody@mail.test",)]

    with pytest.raises(services.CannotSendAgain):
        services.send_again(letter=the(letter), at=at)
    assert the(letter).state == State.SENT


def test_failed_letter_is_forgotten_after_a_week(sink, acorn, at):
    letter = post(acorn, at, to="nobody@refuses.test")
    services.send(letter_id=letter.pk, at=at)
    assert services.forget_refused(at=at + timedelta(days=6)) == 0
    assert services.forget_refused(at=at + timedelta(days=8)) == 1
    kept = the(letter)
    assert (kept.state, kept.context, kept.to) == (State.GIVEN_UP, "", "n***@refuses.test")


def test_busy_server_is_asked_again_and_holds_up_nobody_else(sink, acorn, at):
    busy = post(acorn, at, to="carol@busy.test")
    services.send(letter_id=busy.pk, at=at)
    other = post(acorn, at)
    assert services.send(letter_id=other.pk, at=at)
    assert (the(busy).state, the(other).state) == (State.WAITING, State.SENT)


def test_worker_that_dies_after_the_server_took_the_letter_sends_it_a_second_time(
    sink, acorn, at, monkeypatch
):
    """A letter too many under the same Message-ID, rather than a letter lost (docs/adr/0008)."""
    letter = post(acorn, at)

    def die(*_args, **_facts):
        raise KeyboardInterrupt

    monkeypatch.setattr(services, "_forget", die)
    with pytest.raises(KeyboardInterrupt):
        services.send(letter_id=letter.pk, at=at)
    monkeypatch.undo()
    assert the(letter).state == State.WAITING

    assert services.next_due(at=at + timedelta(minutes=1)) is None  # the dead worker's lease
    services.send(letter_id=letter.pk, at=at + services.LEASE)
    first, second = sink.letters()
    assert dict(first.headers)["Message-ID"] == dict(second.headers)["Message-ID"]
    assert the(letter).state == State.SENT


@pytest.mark.parametrize(
    "address",
    [
        "",
        "alice",
        "alice@",
        "@mail.test",
        "alice@mail.test\nBcc: eve@evil.test",
        "alice@mail.test\r\n",
        "alice@mail.test, eve@evil.test",
        "Alice <alice@mail.test>",
        "alice@mail.test\x00",
        "a" * 400 + "@mail.test",
    ],
)
def test_what_is_no_address_is_refused_and_nothing_is_written(acorn, at, address):
    with pytest.raises(services.BadAddress):
        post(acorn, at, to=address)
    assert Letter.objects.count() == 0


@pytest.mark.parametrize(
    "name",
    ["Acorn\r\nBcc: eve@evil.test", "Acorn\nX-Evil: yes", 'Acorn" <eve@evil.test>', "Acorn\x00\u2028Bank"],
)
def test_no_name_puts_a_header_into_a_letter(sink, acorn, at, name):
    acorn.name = name
    letter = post(acorn, at)
    message = services.rendering.message(letter, {"code": "402817", "minutes": 10})
    message.connection = services.get_connection()
    message.send()

    [arrived] = sink.letters()
    headers = dict(arrived.headers)
    assert "Bcc" not in headers
    assert "X-Evil" not in headers
    assert arrived.recipients == ("alice@mail.test",)
    assert arrived.message["from"].addresses[0].addr_spec == "notices@localhost"
    assert "\n" not in arrived.subject


def test_names_are_escaped_in_html_and_plain_in_text(sink, acorn, at):
    acorn.name = "A & <b>Co</b>"
    acorn.save()
    letter = post(acorn, at)
    services.send(letter_id=letter.pk, at=at)

    [arrived] = sink.letters()
    assert "A &amp; &lt;b&gt;Co&lt;/b&gt;" in arrived.html
    assert "<b>Co</b>" not in arrived.html
    assert "A & <b>Co</b>" in arrived.text


def test_letter_wears_the_storefronts_colours_by_day_and_by_night(sink, acorn, at):
    acorn.theme = {"brand": "#1f7a4d", "bg": "#f3f8f4"}
    acorn.save()
    services.send(letter_id=post(acorn, at).pk, at=at)
    html = next(sink.letters()).html
    assert 'content="light dark"' in html
    assert "background:#1f7a4d" in html
    assert "background:#f3f8f4" in html
    assert "@media (prefers-color-scheme: dark)" in html


def test_letter_of_a_dark_storefront_is_dark_for_everybody(sink, acorn, at):
    acorn.theme = {"bg": "#0f1420", "surface": "#182030", "text": "#eef2fa", "brand": "#8fb4ff"}
    acorn.save()
    services.send(letter_id=post(acorn, at).pk, at=at)
    html = next(sink.letters()).html
    assert 'content="dark"' in html
    assert "background:#0f1420" in html
    assert "@media (prefers-color-scheme: dark)" not in html


def test_answers_go_to_the_storefronts_support(sink, acorn, at):
    from partners.brand import texts

    texts.say(storefront=acorn, words={("support", "ru"): "Пишите на help@acorn.example"})
    acorn.refresh_from_db()
    letter = post(acorn, at)
    services.send(letter_id=letter.pk, at=at)
    assert dict(next(sink.letters()).headers)["Reply-To"] == "help@acorn.example"


@pytest.mark.parametrize(
    ("error", "is_for_good"),
    [
        (smtplib.SMTPAuthenticationError(535, b"no"), False),
        (smtplib.SMTPServerDisconnected("gone"), False),
        (smtplib.SMTPConnectError(421, b"later"), False),
        (smtplib.SMTPDataError(451, b"later"), False),
        (smtplib.SMTPDataError(554, b"spam"), True),
        (smtplib.SMTPSenderRefused(553, b"who", "notices@localhost"), True),
        (smtplib.SMTPRecipientsRefused({"a@b.test": (450, b"later")}), False),
        (TimeoutError(), False),
    ],
)
def test_only_a_refusal_of_the_letter_itself_is_for_good(acorn, at, monkeypatch, error, is_for_good):
    letter = post(acorn, at)

    def refuse(_message):
        raise error

    monkeypatch.setattr(services.EmailMultiAlternatives, "send", refuse)
    services.send(letter_id=letter.pk, at=at)
    assert the(letter).state == (State.FAILED if is_for_good else State.WAITING)
