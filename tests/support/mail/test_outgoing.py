"""Answers on their way: in the storefront's name and the reader's thread, once, tried again, seen when they fail."""

import smtplib
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy

import pytest
from django.db import transaction
from django.utils import timezone

from cashback import health
from support.clocks import services as clocks
from support.desk import files, listeners
from support.desk import services as desk
from support.desk.models import Category, Channel, Delivery, Message
from support.mail import addresses, footers, inbound, outgoing
from support.mail.models import OutgoingMail, Source, SupportSender
from tests import make
from tests.notices.conftest import together
from tests.support.mail.conftest import deliver, last_sent, with_address
from tests.support.mail.test_inbound import png
from tests.support.mail_make import letter

pytestmark = pytest.mark.django_db


def ask(shopper, at, **facts):
    told = {
        "storefront": shopper.storefront,
        "shopper": shopper,
        "subject": "Где мой кэшбэк?",
        "text": "Купила туфли, <b>кэшбэка</b> нет.",
        "channel": Channel.STOREFRONT,
        "category": Category.OTHER,
        "language": "ru",
        **facts,
    }
    return desk.open_ticket(at=at, **told)


def answer(ticket, agent, at, text="Мы нашли вашу покупку.", **facts) -> Message:
    ticket.refresh_from_db()
    return desk.reply(ticket=ticket, agent=agent, text=text, version=ticket.version, at=at, **facts)


def words(letter) -> str:
    return letter.text.replace("\r\n", "\n")


def the(message) -> Message:
    return Message.objects.get(pk=message.pk)


def test_answer_arrives_in_the_storefronts_name_as_text_and_html(sink, alice, anna, at):
    ticket = ask(alice, at)
    message = answer(
        ticket, anna, at, text="Мы нашли вашу покупку.\n\nКэшбэк придёт <завтра>: https://x.test/a?b=1&c=2"
    )
    assert the(message).delivery == Delivery.QUEUED
    deliver(at)

    [arrived] = sink.letters(to="alice@mail.test")
    headers = dict(arrived.headers)
    own = addresses.of_ticket(ticket)
    assert (the(message).delivery, the(message).delivery_error) == (Delivery.SENT, "")
    assert arrived.subject == f"Где мой кэшбэк? [{ticket.public_number}]"
    assert arrived.sender.endswith(f"<{own}>")
    assert "Acorn Bank" in arrived.sender
    assert headers["Reply-To"] == own
    assert headers["Message-ID"] == message.message_id
    assert headers["Content-Language"] == "ru"
    assert headers["X-Auto-Response-Suppress"] == "OOF, AutoReply"
    assert "Auto-Submitted" not in headers
    assert "List-Unsubscribe" not in headers
    assert "Мы нашли вашу покупку.\n\nКэшбэк придёт <завтра>: https://x.test/a?b=1&c=2" in words(arrived)
    assert "Anna" in arrived.text
    assert "> Купила туфли, <b>кэшбэка</b> нет." in arrived.text
    assert f"/s/acorn/me/claims/{ticket.public_number}/" in arrived.text
    assert ticket.public_number in arrived.text
    assert 'lang="ru"' in arrived.html
    assert "&lt;завтра&gt;" in arrived.html
    assert "&lt;b&gt;кэшбэка&lt;/b&gt;" in arrived.html
    assert 'class="cb-link" style="color:' in arrived.html
    assert 'href="https://x.test/a?b=1&amp;c=2"' in arrived.html
    assert arrived.code == ""


def test_answers_of_a_conversation_are_one_thread(sink, alice, anna, at, arrive):
    ticket = arrive(letter(subject="Где кэшбэк?", message_id="<first@mail.test>")).ticket
    deliver(at)
    acknowledged = last_sent(ticket).message_id
    arrive(letter(answers=acknowledged, message_id="<second@mail.test>", text="Это был Ozon."))
    answer(ticket, anna, at)
    deliver(at)

    newest, oldest = [dict(each.headers) for each in sink.letters(to="alice@mail.test")]
    assert (oldest["Subject"], newest["Subject"]) == ("Re: Где кэшбэк?", "Re: Где кэшбэк?")
    assert oldest["In-Reply-To"] == "<first@mail.test>"
    assert newest["In-Reply-To"] == "<second@mail.test>"
    assert newest["References"].split() == ["<first@mail.test>", acknowledged, "<second@mail.test>"]


def test_what_the_service_says_by_itself_is_marked_and_quotes_nobody(sink, alice, at, arrive):
    arrive(letter(text="Buy at https://spam.test"))
    deliver(at)
    [arrived] = sink.letters()
    headers = dict(arrived.headers)
    assert (headers["Auto-Submitted"], headers["X-Auto-Response-Suppress"]) == ("auto-replied", "All")
    assert "spam.test" not in arrived.text + arrived.html


def test_sender_and_signature_are_the_partners_own_words(sink, alice, anna, at):
    SupportSender.objects.create(
        storefront=alice.storefront,
        partner=alice.partner,
        names={"ru": "Забота\r\nBcc: x@x.test"},
        signatures={"ru": "Ваш Акорн\n8 800 000-00-00"},
    )
    answer(ask(alice, at), anna, at)
    deliver(at)
    [arrived] = sink.letters()
    assert arrived.sender.startswith('"Забота Bcc: x@x.test" <') or arrived.sender.startswith("Забота Bcc")
    assert arrived.recipients == ("alice@mail.test",)
    assert "Anna\nВаш Акорн\n8 800 000-00-00" in words(arrived)


def test_letter_to_a_stranger_has_no_page_of_the_storefront_to_open(sink, acorn, team, anna, at, arrive):
    ticket = arrive(letter(sender="eve@mail.test", subject="Question", text="Hello?")).ticket
    answer(ticket, anna, at, text="Hello, Eve.")
    deliver(at)
    newest = next(sink.letters(to="eve@mail.test"))
    assert "me/claims" not in newest.text + newest.html
    assert "To say more, just answer this letter." in newest.text


def test_files_of_an_answer_go_with_it_and_large_ones_are_named(sink, alice, anna, at, monkeypatch):
    small = files.store(partner_id=alice.partner_id, name="скан.png", content=png(), at=at)
    large = files.store(partner_id=alice.partner_id, name="big.png", content=png(), at=at)
    type(large).objects.filter(pk=large.pk).update(size=8_000_000)
    answer(ask(alice, at), anna, at, files=[small, large])
    deliver(at)
    [arrived] = sink.letters()
    assert arrived.files == ["скан.png"]
    assert "big.png" in arrived.text


def test_agent_who_has_signed_is_not_named_twice(sink, alice, anna, at):
    answer(ask(alice, at), anna, at, text="Мы нашли вашу покупку.\n\nВаша Anna")
    deliver(at)
    [arrived] = sink.letters()
    assert arrived.text.count("Anna") == 1


def test_footers_of_other_rooms_stand_below(sink, alice, anna, at, monkeypatch):
    monkeypatch.setattr(
        footers, "_footers", [lambda message: "Rate us: https://x.test/r/1", lambda message: None]
    )
    answer(ask(alice, at), anna, at)
    deliver(at)
    [arrived] = sink.letters()
    assert "Rate us: https://x.test/r/1" in arrived.text
    assert 'href="https://x.test/r/1"' in arrived.html


def test_subject_holds_no_second_header(sink, alice, anna, at):
    answer(ask(alice, at, subject="Hi\r\nBcc: x@x.test\r\n\r\nbody"), anna, at)
    deliver(at)
    [arrived] = sink.letters()
    assert arrived.recipients == ("alice@mail.test",)
    assert arrived.subject.startswith("Hi Bcc: x@x.test body")


@pytest.mark.parametrize("name", ["note", "unconfirmed", "no address", "erased"])
def test_only_public_words_to_confirmed_addresses_are_mail(alice, anna, at, name):
    if name == "unconfirmed":
        alice.email_confirmed_at = None
    elif name == "no address":
        alice.email = ""
    elif name == "erased":
        alice.email, alice.email_confirmed_at, alice.erased_at = "", None, at
    alice.save()
    ticket = ask(alice, at, requester_email="eve@mail.test")
    if name == "note":
        message = desk.note(ticket=ticket, agent=anna, text="Look at this", at=at)
    else:
        message = answer(ticket, anna, at)
    assert (the(message).delivery, the(message).message_id) == (Delivery.NONE, "")
    assert not OutgoingMail.objects.exists()


def test_answer_of_a_transaction_that_fails_is_never_sent(sink, alice, anna, at):
    ticket = ask(alice, at)
    with pytest.raises(RuntimeError), transaction.atomic():
        answer(ticket, anna, at)
        raise RuntimeError
    deliver(at)
    assert list(sink.letters()) == []


@pytest.mark.django_db(transaction=True)
def test_sixteen_workers_at_once_send_one_letter(sink, alice, anna, at):
    message = answer(ask(alice, at), anna, at)
    together(lambda: outgoing.send(message_id=message.pk, at=at))
    assert len(list(sink.letters())) == 1
    assert OutgoingMail.objects.get(pk=message.pk).tries == 1


def test_sent_answer_is_not_sent_again(sink, alice, anna, at):
    message = answer(ask(alice, at), anna, at)
    for hours in range(3):
        outgoing.send(message_id=message.pk, at=at + timedelta(hours=hours))
    assert len(list(sink.letters())) == 1


def test_answer_waits_longer_each_time_while_the_server_is_away_and_fails_in_the_end(
    no_server, alice, anna, at
):
    message = answer(ask(alice, at), anna, at)
    now, waits = at, []
    while the(message).delivery == Delivery.QUEUED:
        assert outgoing.send(message_id=message.pk, at=now) is (now >= at + outgoing.LIFE)
        due = OutgoingMail.objects.get(pk=message.pk).next_try_at
        waits.append((due - now).total_seconds())
        now = due
    assert waits[:5] == [10, 20, 40, 80, 160]
    assert max(waits) == 3600
    assert the(message).delivery == Delivery.FAILED
    assert the(message).delivery_error.startswith("ConnectionRefusedError")
    assert len(waits) < 100


def test_answer_arrives_once_the_server_is_back(no_server, alice, anna, at, request):
    message = answer(ask(alice, at), anna, at)
    outgoing.send(message_id=message.pk, at=at)
    assert the(message).delivery_error
    box = request.getfixturevalue("sink")
    outgoing.send(message_id=message.pk, at=at)  # not due yet
    assert list(box.letters()) == []
    assert outgoing.hand_out(at=at + timedelta(seconds=10), limit=5) == [message.pk]
    deliver(at + timedelta(seconds=10))
    assert len(list(box.letters())) == 1
    assert (the(message).delivery, the(message).delivery_error) == (Delivery.SENT, "")


def test_address_that_is_refused_for_good_fails_at_once_and_for_now_waits(sink, alice, anna, at):
    with_address(alice, "alice@refuses.test", at)
    refused = answer(ask(alice, at), anna, at)
    deliver(at)
    assert the(refused).delivery == Delivery.FAILED
    assert "550" in the(refused).delivery_error
    with_address(alice, "alice@busy.test", at)
    waiting = answer(ask(alice, at), anna, at)
    assert outgoing.send(message_id=waiting.pk, at=at)
    assert the(waiting).delivery == Delivery.QUEUED


def test_failed_answer_is_sent_again_to_where_its_reader_reads_now(sink, alice, anna, at):
    with_address(alice, "alice@refuses.test", at)
    message = answer(ask(alice, at), anna, at)
    deliver(at)
    with_address(alice, "new@mail.test", at)
    outgoing.send_again(message=the(message), at=at)
    deliver(at)
    [arrived] = sink.letters()
    assert (arrived.recipients, the(message).delivery) == (("new@mail.test",), Delivery.SENT)
    with pytest.raises(outgoing.CannotSendAgain):
        outgoing.send_again(message=the(message), at=at)


def test_answer_to_an_address_that_was_taken_back_is_shown_in_the_storefront_only(sink, alice, anna, at):
    message = answer(ask(alice, at), anna, at)
    alice.email, alice.email_confirmed_at = "", None
    alice.save()
    deliver(at)
    assert list(sink.letters()) == []
    assert the(message).delivery == Delivery.NONE
    assert outgoing.hand_out(at=at + timedelta(hours=1), limit=5) == []


def test_fault_of_ours_is_loud_and_loses_nothing(sink, alice, anna, at, monkeypatch):
    message = answer(ask(alice, at), anna, at)

    def fail(*_args, **_facts):
        raise RuntimeError("broken template")

    with monkeypatch.context() as patched:
        patched.setattr("support.mail.rendering.letter_of", fail)
        with pytest.raises(RuntimeError):
            outgoing.send(message_id=message.pk, at=at)
    assert "broken template" in the(message).delivery_error
    deliver(at + timedelta(minutes=1))
    assert the(message).delivery == Delivery.SENT


def test_refused_password_is_ours_to_mend_and_fails_no_answer(alice, anna, at, monkeypatch):
    message = answer(ask(alice, at), anna, at)

    def refuse(self):
        raise smtplib.SMTPAuthenticationError(535, b"no")

    monkeypatch.setattr("django.core.mail.EmailMultiAlternatives.send", refuse)
    assert outgoing.send(message_id=message.pk, at=at) is False
    assert the(message).delivery == Delivery.QUEUED


def test_report_that_is_quicker_than_we_are_is_not_overwritten(sink, alice, anna, at, monkeypatch):
    message = answer(ask(alice, at), anna, at)
    send = outgoing.get_connection

    def bounce_first():
        Message.objects.filter(pk=message.pk).update(delivery=Delivery.BOUNCED)
        OutgoingMail.objects.filter(pk=message.pk).update(done_at=at)
        return send()

    monkeypatch.setattr(outgoing, "get_connection", bounce_first)
    outgoing.send(message_id=message.pk, at=at)
    assert the(message).delivery == Delivery.BOUNCED


def test_letter_can_be_sent_by_any_server(sink, alice, anna, at):
    """Nothing above ASCII outside of what says so, no line beyond 998 octets."""
    answer(ask(alice, at, subject="Ж" * 200), anna, at, text="слово " * 2000)
    deliver(at)
    source = next(sink._directory.glob("*.eml")).read_bytes()
    message = message_from_bytes(source, policy=policy.default)
    head = source.partition(b"\r\n\r\n")[0]
    assert head.isascii()
    assert max(map(len, source.split(b"\r\n"))) <= 998
    assert message.get_content_type() == "multipart/alternative"


def test_address_of_the_reader_is_as_they_confirmed_it_in_their_own_storefront(
    sink, alice, birch, team, anna, at
):
    other = with_address(make.shopper(birch, "bob"), "bob@mail.test", at)
    answer(ask(other, at, language="en"), anna, at, text="Hello Bob")
    deliver(at)
    [arrived] = sink.letters()
    assert arrived.recipients == ("bob@mail.test",)
    assert "Birch Club" in arrived.sender
    assert 'lang="en"' in arrived.html


def test_service_is_registered_once_at_the_desk():
    assert listeners._on_outgoing.count(outgoing.queue_if_wanted) == 1


def test_acknowledgement_says_by_when_a_person_answers(sink, alice, arrive):
    clocks.make_default_policies()
    alice.storefront.time_zone = "Europe/Moscow"
    alice.storefront.save()
    at = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
    ticket = arrive(letter(text="Где кэшбэк?", subject="Где?"), now=at).ticket
    deliver(at)
    [arrived] = sink.letters()
    assert clocks.next_due(subject_id=ticket.pk) is not None
    assert "A person reads it and answers by 25 " in arrived.text or "ответит до 25 " in arrived.text
    assert "(Москва, стандартное время)" in arrived.text


def test_what_waits_too_long_is_seen(no_server, alice, anna, at, arrive):
    assert (outgoing.overdue(at=at), inbound.overdue(at=at)) == (timedelta(0), timedelta(0))
    answer(ask(alice, at), anna, at)
    inbound.receive(raw=letter(), source=Source.WEBHOOK, at=at)
    later = at + timedelta(minutes=20)
    assert (outgoing.overdue(at=later), inbound.overdue(at=later)) == (later - at, later - at)


def failing_parts(client) -> list[str]:
    health.note_tick()
    return client.get("/readyz").json()["failing"]


def test_answer_that_nobody_sends_makes_the_service_not_ready(client, alice, anna, at):
    answer(ask(alice, at), anna, at)
    assert failing_parts(client) == []
    OutgoingMail.objects.update(next_try_at=timezone.now() - timedelta(hours=1))
    assert failing_parts(client) == ["support_mail_out"]


def test_letter_that_nobody_reads_makes_the_service_not_ready(client, team):
    an_hour_ago = timezone.now() - timedelta(hours=1)
    inbound.receive(raw=letter(), source=Source.WEBHOOK, at=an_hour_ago)
    assert failing_parts(client) == ["support_mail_in"]
