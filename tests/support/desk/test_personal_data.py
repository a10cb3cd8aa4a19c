"""What is held of a shopper's conversations: shown to them, and gone when they ask."""

from datetime import timedelta

import pytest
from django.db import connection

from partners import personal_data
from partners.profile import services as profile
from support.desk import files, search
from support.desk import services as desk
from support.desk.models import AuditEvent, Draft, Message, StoredFile, Ticket, TicketEvent
from tests.support import desk_make
from tests.support.claims_make import picture

HOUR = timedelta(hours=1)


@pytest.fixture
def talk(alice, noon, anna) -> Ticket:
    receipt = files.store(partner_id=alice.partner_id, name="alice's receipt.png", content=picture(), at=noon)
    ticket = desk_make.ticket(
        alice,
        at=noon,
        subject="Alice asks",
        text="I am Alice",
        requester_name="Alice",
        requester_email="alice@mail.test",
        files=[receipt],
    )
    desk.note(ticket=ticket, agent=anna, text="It is that Alice", at=noon)
    desk.reply(ticket=ticket, agent=anna, text="Dear Alice", version=ticket.version, at=noon + HOUR)
    desk.save_draft(ticket=ticket, agent=anna, text="Alice again", version=ticket.version, at=noon)
    desk.change(ticket=ticket, by=anna, subject="Alice asks again", at=noon + HOUR)
    return ticket


def test_shopper_is_shown_what_was_written_between_them_and_us(talk, alice, noon):
    keeper = next(keeper for keeper in personal_data.keepers() if keeper.name == "conversations")
    assert keeper.export(alice) == [
        {
            "number": talk.public_number,
            "subject": "Alice asks again",
            "about": "other",
            "name": "Alice",
            "address": "alice@mail.test",
            "opened_at": "2026-11-18T12:00:00+00:00",
            "messages": [
                {
                    "by": "shopper",
                    "text": "I am Alice",
                    "files": ["alice's receipt.png".replace("'", "_")],
                    "at": "2026-11-18T12:00:00+00:00",
                },
                {"by": "agent", "text": "Dear Alice", "files": [], "at": "2026-11-18T13:00:00+00:00"},
            ],
        }
    ]


def test_erased_shopper_is_named_nowhere_and_their_questions_still_count(talk, alice, bob, noon):
    another = desk_make.ticket(bob, at=noon, text="I am Bob", subject="Bob asks")
    events = TicketEvent.objects.filter(ticket=talk).count()

    profile.erase(shopper=alice, answers={}, at=noon + 2 * HOUR)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")

    now = Ticket.objects.get(pk=talk.pk)
    assert (now.subject, now.requester_name, now.requester_email) == ("", "", "")
    assert set(Message.objects.filter(ticket=talk).values_list("text", "html")) == {("", "")}
    file = StoredFile.objects.get()
    assert (bytes(file.content), file.name, file.size) == (b"", "", 0)
    assert not Draft.objects.exists()
    assert not search.find(Ticket.objects.all(), "Alice").exists()
    assert "lice" not in str(list(TicketEvent.objects.values_list("facts", flat=True)))
    assert "lice" not in str(list(AuditEvent.objects.values_list("before", "after")))
    assert TicketEvent.objects.filter(ticket=talk).count() == events
    assert another.messages.get().text == "I am Bob"
    # A second time changes nothing.
    profile.finish_erasure(shopper_id=alice.pk, at=noon + 3 * HOUR)


def test_letters_from_a_confirmed_address_go_too_and_those_from_anothers_stay(alice, noon):
    hers = desk_make.ticket(alice, at=noon, shopper=None, requester_email="Alice@mail.test")
    others = desk_make.ticket(alice, at=noon, shopper=None, requester_email="eve@mail.test")
    alice.email, alice.email_confirmed_at = "alice@mail.test", noon
    alice.save()
    profile.erase(shopper=alice, answers={}, at=noon + HOUR)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    assert hers.messages.get().text == "" and others.messages.get().text
