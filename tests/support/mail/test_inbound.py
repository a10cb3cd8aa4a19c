"""What a letter does: opens a ticket, is heard in its own, or waits for a person."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from support.desk import services as desk
from support.desk.models import Channel, Delivery, Message, StoredFile, Ticket
from support.mail import addresses, inbound
from support.mail.models import InboundMail, Outcome, OutgoingMail, Source, SupportSender
from tests import make
from tests.notices.conftest import together
from tests.support.mail.conftest import last_sent, said, with_address
from tests.support.mail_make import letter, raw

pytestmark = pytest.mark.django_db

PNG = b"\x89PNG\r\n\x1a\n"


def png() -> bytes:
    import io

    from PIL import Image

    written = io.BytesIO()
    Image.new("RGB", (4, 4), "red").save(written, "PNG")
    return written.getvalue()


def test_first_letter_opens_a_ticket_of_the_shopper_whose_confirmed_address_it_is(arrive, alice, at):
    mail = arrive(letter(subject="Где кэшбэк?", text="Купила туфли, кэшбэка нет."))
    ticket = mail.ticket
    assert (mail.outcome, mail.error) == (Outcome.OPENED, "")
    assert (ticket.shopper, ticket.storefront, ticket.channel) == (alice, alice.storefront, Channel.EMAIL)
    assert (ticket.subject, ticket.language, ticket.requester_email) == (
        "Где кэшбэк?",
        "ru",
        "alice@mail.test",
    )
    assert ticket.owed_since == at
    assert said(ticket)[0] == ("shopper", False, "Купила туфли, кэшбэка нет.")


def test_address_that_nobody_has_confirmed_is_nobodys(arrive, alice):
    alice.email_confirmed_at = None
    alice.save()
    assert arrive(letter()).ticket.shopper is None


def test_address_confirmed_in_another_storefront_is_a_strangers(arrive, bob):
    ticket = arrive(letter(sender="bob@mail.test")).ticket
    assert (ticket.shopper, ticket.storefront.slug) == (None, "acorn")


def test_letter_goes_to_the_storefront_that_it_is_addressed_to(arrive, alice, birch):
    assert arrive(letter(to="Support <SUPPORT+birch@LOCALHOST>")).ticket.storefront == birch


def test_envelope_counts_before_the_headers(arrive, alice, birch):
    mail = arrive(letter(to="undisclosed-recipients:;"), recipients=["support+birch@localhost"])
    assert mail.ticket.storefront == birch


def test_letter_that_names_no_storefront_goes_where_its_sender_shops(arrive, bob):
    assert arrive(letter(sender="bob@mail.test", to="support@localhost")).ticket.shopper == bob


def test_letter_that_names_no_storefront_goes_to_the_one_that_takes_these(arrive, alice, birch, settings):
    settings.SUPPORT_STOREFRONT = "birch"
    assert arrive(letter(sender="eve@mail.test", to="support@localhost")).ticket.storefront == birch


def test_letter_of_nobody_to_nowhere_is_parked(arrive, alice):
    mail = arrive(letter(sender="eve@mail.test", to="support+nowhere@localhost"))
    assert mail.parked_at
    assert "no storefront" in mail.error
    assert not Ticket.objects.exists()


def test_letter_that_a_partners_own_address_forwards_is_its_storefronts(arrive, alice, birch):
    SupportSender.objects.create(storefront=birch, partner=birch.partner, forwards_from="help@birch.test")
    assert arrive(letter(sender="eve@mail.test", to="help@birch.test")).ticket.storefront == birch


def test_stranger_is_answered_in_the_language_they_write(arrive, alice):
    assert arrive(letter(sender="eve@mail.test", subject="Hi", text="Where is it?")).ticket.language == "en"
    assert arrive(letter(sender="eve@mail.test", subject="Hi", text="Где он?")).ticket.language == "ru"


# --- Acknowledgement ---


def test_person_is_told_once_that_their_letter_has_come(arrive, alice, at):
    ticket = arrive(letter(subject="Where?", text="No cashback.")).ticket
    arrive(letter(answers=last_sent(ticket).message_id, text="And also this: order 5."))
    own = [text for author, _internal, text in said(ticket) if author == "system"]
    assert len(own) == 1
    assert ticket.public_number in own[0]
    assert f"/s/acorn/me/claims/{ticket.public_number}/" in own[0]


def test_acknowledgement_stops_no_persons_clock(arrive, alice, at):
    ticket = arrive(letter()).ticket
    assert Ticket.objects.get(pk=ticket.pk).owed_since == at


def test_stranger_gets_no_link_to_a_page_that_they_cannot_open(arrive, alice):
    ticket = arrive(letter(sender="eve@mail.test")).ticket
    assert "me/claims" not in said(ticket)[1][2]


@pytest.mark.parametrize("headers", [{"X_Auto_Response_Suppress": "All"}, {"sender": "no-reply@shop.test"}])
def test_letter_of_a_shy_writer_is_heard_and_not_answered_by_itself(arrive, alice, headers):
    ticket = arrive(letter(**headers)).ticket
    assert [author for author, _internal, _text in said(ticket)] == ["shopper"]
    assert not OutgoingMail.objects.exists()


def test_flood_of_strangers_is_heard_and_answered_no_more(arrive, alice, monkeypatch):
    monkeypatch.setattr("support.mail.guards.MOST_STRANGERS_AN_HOUR", 3)
    for number in range(5):
        arrive(letter(sender=f"made-up-{number}@mail.test"))
    arrive(letter())
    assert Ticket.objects.count() == 6
    to = OutgoingMail.objects.order_by("pk").values_list("to", flat=True)
    assert list(to) == [*(f"made-up-{number}@mail.test" for number in range(3)), "alice@mail.test"]


# --- Threads ---


@pytest.fixture
def ticket(arrive, alice) -> Ticket:
    return arrive(letter(subject="Where is it?")).ticket


def test_answer_to_our_letter_is_heard_in_its_ticket(arrive, ticket):
    mail = arrive(letter(answers=last_sent(ticket).message_id, subject="Anything", text="It was Ozon."))
    assert (mail.outcome, mail.ticket) == (Outcome.HEARD, ticket)
    assert said(ticket)[-1] == ("shopper", False, "It was Ozon.")
    assert mail.message.in_reply_to == last_sent(ticket).message_id


def test_reference_to_our_letter_is_enough(arrive, ticket):
    ours = last_sent(ticket).message_id
    mail = arrive(letter(answers="<x@mail.test>", references=f"<a@mail.test> {ours} <b@mail.test>"))
    assert (mail.outcome, mail.ticket) == (Outcome.HEARD, ticket)


def test_letter_to_the_conversations_own_address_is_heard_in_it(arrive, ticket):
    mail = arrive(letter(to=addresses.of_ticket(ticket)))
    assert (mail.outcome, mail.ticket) == (Outcome.HEARD, ticket)


def test_conversations_address_works_in_capitals_and_after_the_key_has_changed(arrive, ticket, settings):
    own = addresses.of_ticket(ticket)
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "a newer key" * 6
    assert arrive(letter(to=own.upper())).outcome == Outcome.HEARD


def test_our_letter_counts_before_the_address(arrive, ticket, alice):
    other = arrive(letter(subject="Another")).ticket
    mail = arrive(letter(to=addresses.of_ticket(other), answers=last_sent(ticket).message_id))
    assert mail.ticket == ticket


def test_subject_and_number_lead_nowhere(arrive, ticket):
    mail = arrive(letter(subject=f"Re: Where is it? [{ticket.public_number}]", text=ticket.public_number))
    assert (mail.outcome, mail.ticket == ticket) == (Outcome.OPENED, False)


def test_message_id_that_a_shopper_made_leads_nowhere(arrive, ticket):
    theirs = ticket.messages.filter(direction="in").first().message_id
    assert arrive(letter(answers=theirs)).outcome == Outcome.OPENED


@pytest.mark.parametrize(
    "forge",
    [
        lambda own: own[:-11] + ("0" if own[-11] != "0" else "1") + own[-10:],
        lambda own: own.replace("+", "+1"),
        lambda own: own.partition(".")[0] + ".@localhost",
        lambda own: own.partition(".")[0] + "." + "0" * 20 + "@localhost",
        lambda own: "support+999999999999.0123456789abcdef0123@localhost",
        lambda own: "support+..@localhost",
        lambda own: "support+" + "9" * 50 + ".00@localhost",
    ],
)
def test_forged_address_is_parked_and_reveals_nothing(arrive, ticket, forge):
    before = Message.objects.count()
    mail = arrive(letter(to=forge(addresses.of_ticket(ticket))))
    assert mail.parked_at
    assert "not made by us" in mail.error
    assert (mail.ticket, Message.objects.count()) == (None, before)
    assert Ticket.objects.count() == 1


def test_answer_reopens_a_solved_ticket_and_thanks_do_not(arrive, ticket, at):
    desk.solve(ticket=ticket, agent=None, at=at)
    arrive(letter(answers=last_sent(ticket).message_id, text="Спасибо!\n\n-- \nAlice"))
    assert Ticket.objects.get(pk=ticket.pk).is_solved
    arrive(letter(answers=last_sent(ticket).message_id, text="It is still not there?"))
    assert not Ticket.objects.get(pk=ticket.pk).is_solved


def test_answer_to_a_merged_ticket_is_heard_where_it_was_merged_into(arrive, ticket, anna, at):
    other = arrive(letter(subject="Another")).ticket
    ours = last_sent(ticket).message_id
    desk.merge(ticket=ticket, into=other, agent=anna, at=at)
    mail = arrive(letter(answers=ours, text="One more thing: it was Ozon."))
    assert (mail.outcome, mail.ticket) == (Outcome.HEARD, other)
    assert said(other)[-1][2] == "One more thing: it was Ozon."


# --- Strangers ---


@pytest.mark.parametrize("by", ["id", "address"])
def test_stranger_who_has_our_letter_neither_speaks_nor_reads_in_its_ticket(arrive, ticket, by):
    told = {"answers": last_sent(ticket).message_id} if by == "id" else {"to": addresses.of_ticket(ticket)}
    before = Ticket.objects.get(pk=ticket.pk).owed_since
    mail = arrive(letter(sender="eve@mail.test", text="Pay it to my card instead.", **told))

    assert (mail.outcome, mail.ticket == ticket) == (Outcome.OPENED, False)
    assert (mail.ticket.shopper, mail.ticket.storefront) == (None, ticket.storefront)
    # The team learns of it on both sides, the stranger on none.
    assert [text for _author, is_internal, text in said(ticket) if is_internal][0].endswith(
        f"{mail.ticket.public_number}."
    )
    assert ticket.public_number in [text for _a, is_internal, text in said(mail.ticket) if is_internal][0]
    assert all("card" not in text for _author, _internal, text in said(ticket))
    shown = [text for _author, is_internal, text in said(mail.ticket) if not is_internal]
    assert all(ticket.public_number not in text for text in shown)
    assert Ticket.objects.get(pk=ticket.pk).owed_since == before


def test_shoppers_own_old_address_is_a_strangers(arrive, ticket, alice, at):
    ours = last_sent(ticket).message_id
    with_address(alice, "new@mail.test", at)
    assert arrive(letter(answers=ours)).outcome == Outcome.OPENED
    assert arrive(letter(sender="new@mail.test", answers=ours)).outcome == Outcome.HEARD


def test_another_shopper_with_the_letter_speaks_for_themselves(arrive, ticket, acorn, at):
    carol = with_address(make.shopper(acorn, "carol"), "carol@mail.test", at)
    mail = arrive(letter(sender="carol@mail.test", answers=last_sent(ticket).message_id))
    assert (mail.outcome, mail.ticket.shopper) == (Outcome.OPENED, carol)


def test_strangers_own_conversation_goes_on_though_it_refers_to_the_shoppers(arrive, ticket):
    ours = last_sent(ticket).message_id
    own = arrive(letter(sender="eve@mail.test", answers=ours)).ticket
    mail = arrive(
        letter(sender="eve@mail.test", references=f"{ours} {last_sent(own).message_id}", text="And this.")
    )
    assert (mail.outcome, mail.ticket) == (Outcome.HEARD, own)


def test_answer_of_a_shopper_goes_to_the_confirmed_address_whatever_the_letter_says(arrive, alice):
    mail = arrive(letter(sender="Alice <alice@mail.test>", Reply_To="eve@mail.test"))
    assert OutgoingMail.objects.get(message__ticket=mail.ticket).to == "alice@mail.test"


# --- Machines ---


def test_holiday_reply_is_noted_and_asks_nothing_of_anybody(arrive, ticket, anna, at):
    desk.reply(ticket=ticket, agent=anna, text="Which shop?", version=ticket.version, at=at)
    desk.solve(ticket=ticket, agent=anna, at=at)
    went = OutgoingMail.objects.count()
    mail = arrive(
        letter(
            answers=last_sent(ticket).message_id,
            subject="Automatic reply",
            text="I am away until Monday.",
            Auto_Submitted="auto-replied",
        )
    )
    kept = Ticket.objects.get(pk=ticket.pk)
    assert (mail.outcome, mail.ticket, kept.is_solved, kept.owed_since) == (Outcome.NOTED, ticket, True, None)
    assert said(ticket)[-1] == (
        "system",
        True,
        "Пришёл автоматический ответ: Automatic reply\n\nI am away until Monday.",
    )
    assert OutgoingMail.objects.count() == went


@pytest.mark.parametrize(
    "headers", [{"Precedence": "bulk"}, {"List_Id": "<news.test>"}, {"Auto_Submitted": "auto-replied"}]
)
def test_letter_to_everybody_is_left_and_kept(arrive, alice, headers):
    mail = arrive(letter(**headers))
    assert (mail.outcome, mail.ticket) == (Outcome.LEFT, None)
    assert not Ticket.objects.exists()


@pytest.mark.parametrize("headers", [{"Auto_Submitted": "auto-generated"}, {"Return_Path": "<>"}])
def test_letter_of_a_program_to_nobody_waits_for_a_person(arrive, alice, headers):
    assert "program" in arrive(letter(**headers)).error
    assert not Ticket.objects.exists()


@pytest.mark.parametrize(
    "sender", ["support@localhost", "support+acorn@localhost", "support@x.test", "notices@x.test"]
)
def test_letter_from_ourselves_is_parked(arrive, alice, settings, sender):
    settings.SUPPORT_FROM, settings.NOTICE_FROM = "support@x.test", "notices@x.test"
    mail = arrive(letter(sender=sender, to="support+acorn@x.test"))
    assert mail.parked_at
    assert not Ticket.objects.exists()


def test_two_robots_that_answer_each_other_end(arrive, alice, at):
    """The other has no manners: it answers each letter with a new one, marks none, and refers to nothing."""
    answered = 0
    for number in range(60):
        arrive(letter(sender="robot@shop.test", text=f"Thank you for your letter number {number}."), now=at)
        if OutgoingMail.objects.count() == answered:
            break
        answered = OutgoingMail.objects.count()
    assert answered == 10
    parked = InboundMail.objects.parked().get()
    assert "More than 10 letters in an hour" in parked.error


def test_robot_that_answers_in_the_thread_gets_one_answer(arrive, alice, at):
    first = arrive(letter(sender="robot@shop.test")).ticket
    for _ in range(5):
        arrive(letter(sender="robot@shop.test", answers=last_sent(first).message_id, text="Received."))
    assert OutgoingMail.objects.count() == 1


def test_patient_robot_ends_too(arrive, alice, at):
    for hour in range(10):
        for number in range(9):
            arrive(letter(sender="robot@shop.test", text=f"{hour} {number}"), now=at + timedelta(hours=hour))
    assert OutgoingMail.objects.count() == 40


def test_letters_beyond_the_limit_are_not_lost(arrive, alice, at):
    for number in range(11):
        last = arrive(letter(text=f"number {number}"))
    assert last.parked_at
    later = at + timedelta(hours=2)
    inbound.replay(mail=last, at=later)
    inbound.process(mail_id=last.pk, at=later)
    assert InboundMail.objects.get(pk=last.pk).outcome == Outcome.OPENED


# --- Repeats and copies ---


def test_same_letter_five_times_is_one_row_and_one_word(arrive, alice):
    source = letter()
    for _ in range(5):
        mail = arrive(source)
    assert (mail.times, InboundMail.objects.count(), Ticket.objects.count()) == (5, 1, 1)


def test_letter_that_came_by_two_ways_is_one_word(arrive, alice):
    source = letter(message_id="<one@mail.test>")
    first = arrive(source)
    second = arrive(b"Received: by another way\r\n" + source)
    assert (second.outcome, second.ticket, second.message) == (Outcome.REPEAT, first.ticket, first.message)
    assert Message.objects.filter(direction="in").count() == 1


def test_copied_message_id_keeps_nobodys_letter_out(arrive, alice):
    arrive(letter(sender="eve@mail.test", message_id="<one@mail.test>", text="Eve was here first."))
    mail = arrive(letter(message_id="<one@mail.test>", text="The real question."))
    assert (mail.outcome, mail.message.text, mail.message.message_id) == (
        Outcome.OPENED,
        "The real question.",
        "",
    )


# --- Words and files ---


def test_quoted_history_is_kept_and_not_shown(arrive, ticket):
    body = "It was Ozon.\n\nOn Monday at 10:22 Acorn <support@localhost> wrote:\n> Which shop?\n"
    mail = arrive(letter(answers=last_sent(ticket).message_id, text=body))
    assert mail.message.text == "It was Ozon."
    assert "> Which shop?" in mail.text


def test_html_of_a_stranger_is_kept_harmless(arrive, alice):
    mail = arrive(
        letter(html="<p onclick=x>Hi <img src=https://evil.test/p.gif><script>alert(1)</script></p>")
    )
    assert mail.message.html == "<p>Hi </p>"


def test_receipt_hangs_on_the_message(arrive, alice):
    mail = arrive(letter(files=[("чек.png", png())]))
    [file] = [each.file for each in mail.message.attachments.all()]
    assert (file.name, file.content_type) == ("чек.png", "image/png")


def test_refused_files_are_named_with_the_reason(arrive, alice):
    mail = arrive(letter(text="Here it is", files=[("run.exe", b"MZ" + bytes(100)), ("ok.png", png())]))
    assert mail.message.text.startswith("Here it is\n\n[")
    assert "run.exe" in mail.message.text
    assert [each.file.name for each in mail.message.attachments.all()] == ["ok.png"]


def test_file_of_thirty_megabytes_is_refused_and_the_words_are_heard(arrive, alice):
    mail = arrive(letter(text="See the video", files=[("video.mp4", bytes(30 * 1024 * 1024))]))
    assert (mail.is_cut, mail.outcome, len(mail.raw)) == (True, Outcome.OPENED, inbound.KEPT_OF_TOO_LARGE)
    assert mail.size > 40 * 1024 * 1024
    assert mail.message.text.startswith("See the video\n\n[")
    assert not StoredFile.objects.exists()


def test_file_of_eleven_megabytes_is_refused_with_its_name(arrive, alice):
    mail = arrive(letter(text="See", files=[("scan.png", PNG + bytes(11 * 1024 * 1024))]))
    assert not mail.is_cut
    assert "scan.png" in mail.message.text


def test_thirty_files_are_not_all_kept(arrive, alice):
    mail = arrive(letter(files=[(f"{number}.png", png()) for number in range(30)]))
    assert mail.message.attachments.count() == 10
    assert mail.message.text.count(".png") == 20


@pytest.mark.parametrize(
    ("told", "text"),
    [
        ({"text": "", "subject": "Only a subject"}, "Only a subject"),
        ({"text": "", "subject": ""}, "(письмо без текста)"),
    ],
)
def test_letter_without_words_says_so(arrive, alice, told, text):
    mail = arrive(letter(**told))
    assert mail.message.text in (text, "(a letter without words)")


def test_endless_letter_is_cut_and_kept(arrive, alice):
    mail = arrive(letter(text="word " * 30_000))
    assert len(mail.message.text) < 17_000
    assert len(mail.text) > 100_000


def test_rubbish_is_parked_with_its_reason(arrive):
    mail = arrive(b"\x00\xff rubbish")
    assert mail.parked_at
    assert "no letter" in mail.error
    assert bytes(mail.raw) == b"\x00\xff rubbish"


def test_letter_of_nobody_is_parked(arrive):
    assert "from which address" in arrive(raw(b"x", From="")).error


# --- Bounces ---


def bounced(message: Message, *, action: str = "failed", status: str = "5.1.1") -> bytes:
    from cashback.sandbox import letters

    original = f"From: a\r\nMessage-ID: {message.message_id}\r\nSubject: x\r\n\r\nwords".encode()
    report = letters.bounce(original, to="alice@mail.test")
    return report.replace(b"Action: failed", f"Action: {action}".encode()).replace(
        b"Status: 5.1.1", f"Status: {status}".encode()
    )


def test_report_marks_the_message_that_came_back(arrive, ticket):
    message = last_sent(ticket)
    mail = arrive(bounced(message), return_path="")
    message.refresh_from_db()
    assert (mail.outcome, mail.message, mail.ticket) == (Outcome.BOUNCE, message, ticket)
    assert (message.delivery, message.delivery_error) == (
        Delivery.BOUNCED,
        "5.1.1 smtp; 550 5.1.1 nobody of this name here",
    )
    assert OutgoingMail.objects.get(pk=message.pk).done_at


@pytest.mark.parametrize(
    ("action", "status"), [("delayed", "4.4.1"), ("delivered", "2.0.0"), ("relayed", "2.0.0")]
)
def test_report_of_a_letter_that_is_late_or_has_arrived_marks_nothing(arrive, ticket, action, status):
    arrive(bounced(last_sent(ticket), action=action, status=status))
    assert last_sent(ticket).delivery == Delivery.QUEUED


def test_report_of_an_unknown_letter_is_left(arrive, ticket):
    forged = Message(pk=ticket.pk, message_id="<msg_" + "0" * 26 + "." + "0" * 20 + "@localhost>")
    assert arrive(bounced(forged)).outcome == Outcome.LEFT
    assert last_sent(ticket).delivery == Delivery.QUEUED


def test_old_fashioned_report_counts_too(arrive, ticket):
    message = last_sent(ticket)
    text = f"Your message could not be delivered.\n\n--- Original ---\nMessage-ID: {message.message_id}\n"
    arrive(letter(sender="MAILER-DAEMON@mx.test", subject="failure notice", text=text))
    message.refresh_from_db()
    assert (message.delivery, message.delivery_error) == (Delivery.BOUNCED, "failure notice")


# --- Safe keeping ---


@pytest.mark.django_db(transaction=True)
def test_sixteen_workers_at_once_make_one_ticket_of_a_letter(acorn, alice, at):
    mail = inbound.receive(raw=letter(), source=Source.WEBHOOK, at=at)
    together(lambda: inbound.process(mail_id=mail.pk, at=at))
    assert (Ticket.objects.count(), OutgoingMail.objects.count()) == (1, 1)
    mail.refresh_from_db()
    assert (mail.outcome, mail.attempts) == (Outcome.OPENED, 1)


@pytest.mark.django_db(transaction=True)
def test_same_letter_at_sixteen_doors_at_once_is_stored_once(acorn, alice, at):
    source = letter()
    together(lambda: inbound.receive(raw=source, source=Source.WEBHOOK, at=at))
    assert InboundMail.objects.get().times == 16


def test_letter_that_meets_a_fault_waits_and_is_processed_later(arrive, alice, at, monkeypatch):
    def fail(**_facts):
        raise RuntimeError("broken")

    with monkeypatch.context() as patched:
        patched.setattr("support.desk.services.open_ticket", fail)
        mail = arrive(letter())
    assert (mail.attempts, mail.error, mail.processed_at, mail.parked_at) == (
        1,
        "RuntimeError: broken",
        None,
        None,
    )
    assert inbound.hand_out(at=at, limit=10) == []
    later = at + timedelta(seconds=20)
    assert inbound.hand_out(at=later, limit=10) == [mail.pk]
    inbound.process(mail_id=mail.pk, at=later)
    mail.refresh_from_db()
    assert (mail.outcome, mail.error) == (Outcome.OPENED, "")


def test_letter_that_meets_a_fault_each_time_is_parked_in_the_end(alice, acorn, at, monkeypatch):
    def fail(*_args, **_facts):
        raise RuntimeError("broken")

    monkeypatch.setattr("support.mail.acknowledgement.send", fail)
    mail = inbound.receive(raw=letter(), source=Source.WEBHOOK, at=at)
    now = at
    for _ in range(20):
        now += timedelta(hours=2)
        inbound.process(mail_id=mail.pk, at=now)
    mail.refresh_from_db()
    assert (mail.attempts, mail.error, mail.ticket) == (8, "RuntimeError: broken", None)
    assert mail.parked_at
    assert not Ticket.objects.exists()


def test_list_of_letters_leaves_their_bytes_where_they_are(arrive, alice):
    arrive(letter(files=[("a.bin", bytes(100_000))]))
    with CaptureQueriesContext(connection) as asked:
        assert [mail.subject for mail in InboundMail.objects.all()] == ["Where is my cashback?"]
    assert '"raw"' not in asked[0]["sql"]


def test_parked_letter_can_be_set_aside(arrive, at):
    mail = arrive(b"From: \r\n\r\nrubbish")
    inbound.set_aside(mail=mail, at=at)
    mail.refresh_from_db()
    assert (mail.parked_at, mail.processed_at, mail.outcome) == (None, at, Outcome.LEFT)
    with pytest.raises(inbound.CannotReplay):
        inbound.replay(mail=mail, at=at)


def test_old_letters_lose_their_bytes_and_keep_their_words(arrive, alice, at):
    heard, left, parked = arrive(letter()), arrive(letter(Precedence="bulk")), arrive(b"rubbish")
    inbound.forget_old(at=at + timedelta(days=91))
    heard.refresh_from_db()
    assert (bytes(heard.raw), heard.text) == (b"", "I bought shoes on Monday and see nothing.")
    assert not InboundMail.objects.filter(pk=left.pk).exists()
    assert bytes(InboundMail.objects.get(pk=parked.pk).raw) == b"rubbish"


def test_erased_shoppers_letters_are_gone(arrive, alice, at):
    from support.mail import about_shoppers

    mail = arrive(letter())
    assert about_shoppers.export(alice)["letters_received"][0]["subject"] == "Where is my cashback?"
    about_shoppers.erase(alice, {}, at)
    mail.refresh_from_db()
    assert (bytes(mail.raw), mail.text, mail.sender, mail.subject) == (b"", "", "", "")
    assert OutgoingMail.objects.get().to == ""
