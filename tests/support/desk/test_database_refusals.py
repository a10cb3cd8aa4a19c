"""What the database itself refuses, whoever writes to it."""

import pytest
from django.db import DatabaseError, connection, transaction

from support.desk import redacting
from support.desk import services as desk
from support.desk.models import Macro, MacroVersion, Message, Presence, PresenceChange, Ticket, TicketEvent
from support.desk.redacting import RedactionRefused
from tests.support.desk_make import fresh, together


def refused(name: str):
    return pytest.raises(DatabaseError, match=name)


def check_now() -> None:
    """What the database would check at the end of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


@pytest.mark.parametrize(
    ("facts", "name"),
    [
        ({"text": "I never said that"}, "desk_message_keeps_its_words"),
        ({"html": "<p>x</p>"}, "desk_message_keeps_its_words"),
        ({"author": "agent"}, "desk_message_keeps_its_facts"),
        ({"is_internal": True}, "desk_message_keeps_its_facts"),
        ({"created_at": "2020-01-01T00:00Z"}, "desk_message_keeps_its_facts"),
        ({"direction": "out"}, "desk_message_keeps_its_facts"),
    ],
)
def test_what_was_said_stays_said(ticket, facts, name):
    with refused(name), transaction.atomic():
        Message.objects.update(**facts)


def test_message_is_blanked_for_a_reason_only(ticket):
    with refused("desk_message_is_blanked_for_a_reason"), transaction.atomic():
        Message.objects.update(text="")
        check_now()


def test_message_may_travel(ticket):
    Message.objects.update(delivery="sent", message_id="<a@b>")
    assert ticket.messages.get().delivery == "sent"


@pytest.mark.parametrize("model", [Message, TicketEvent, PresenceChange, MacroVersion])
def test_nothing_of_what_happened_is_deleted(ticket, anna, noon, model):
    desk.go(agent=anna, presence=Presence.AWAY, at=noon)
    macro = Macro.objects.create(name="Hello")
    MacroVersion.objects.create(macro=macro, number=1, texts={}, created_at=noon)
    with pytest.raises(DatabaseError), transaction.atomic():
        model.objects.all()._raw_delete("default")
    assert model.objects.exists()


def test_event_stays_as_it_was(ticket):
    with refused("desk_ticketevent_is_never_changed"), transaction.atomic():
        TicketEvent.objects.update(kind="solved")


@pytest.mark.parametrize(
    ("facts", "name"),
    [
        ({"status": "lost"}, "ticket_status_is_known"),
        ({"status": "solved"}, "ticket_solved_has_its_time"),
        ({"category": "gossip"}, "ticket_category_is_known"),
    ],
)
def test_ticket_is_in_a_state_that_exists(ticket, facts, name):
    with refused(name), transaction.atomic():
        Ticket.objects.update(**facts)


def test_message_from_outside_is_never_internal_and_an_agents_names_them(ticket, noon):
    facts = {
        "partner_id": ticket.partner_id,
        "ticket": ticket,
        "cycle": 1,
        "channel": "email",
        "created_at": noon,
    }
    with refused("message_from_outside_is_never_internal"), transaction.atomic():
        Message.objects.create(direction="in", author="shopper", is_internal=True, **facts)
    with refused("message_of_an_agent_names_them"), transaction.atomic():
        Message.objects.create(direction="out", author="agent", **facts)


def test_redaction_blanks_and_says_who_and_why(ticket, anna, noon):
    message, version = ticket.messages.get(), ticket.version
    made = redacting.redact(message=message, agent=anna, reason=" a card's number ", at=noon)
    check_now()
    message.refresh_from_db()
    assert (message.text, message.html) == ("", "")
    assert (made.agent, made.reason) == (anna, "a card's number")
    assert fresh(ticket).version == version + 1
    with pytest.raises(RedactionRefused) as caught:
        redacting.redact(message=message, agent=anna, reason="again", at=noon)
    assert caught.value.code == "redacted"


@pytest.mark.parametrize("reason", ["", "  ", "\x00"])
def test_redaction_needs_a_reason(ticket, anna, noon, reason):
    with pytest.raises(RedactionRefused) as caught:
        redacting.redact(message=ticket.messages.get(), agent=anna, reason=reason, at=noon)
    assert caught.value.code == "why_missing"
    assert ticket.messages.get().text


@pytest.mark.django_db(transaction=True)
def test_message_is_redacted_once_by_two_at_once(ticket, anna, noon):
    message = ticket.messages.get()
    found = together(
        *[lambda: redacting.redact(message=message, agent=anna, reason="a card", at=noon) and None] * 2
    )
    assert sorted(getattr(each, "code", "") for each in found) == ["", "redacted"]
