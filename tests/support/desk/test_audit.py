"""The database writes down who changed what, whoever writes to it."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import DatabaseError, connection, transaction
from django.http import HttpResponse
from django.test import RequestFactory

from support.desk import audit, redacting
from support.desk import services as desk
from support.desk.middleware import AuditMiddleware
from support.desk.models import Agent, AuditEvent, Macro, Priority, Ticket, TicketStatus
from tests.support import desk_make
from tests.support.desk_make import hear


def events(table: str) -> list[AuditEvent]:
    return list(AuditEvent.objects.filter(table_name=table).order_by("pk"))


def test_change_is_told_with_who_why_from_where_and_what_it_was(ticket, noon, anna):
    with audit.acting(user=anna.user, reason="asked by phone", ip="192.0.2.7", acting_as="Anna"):
        desk.change(ticket=ticket, by=anna, priority=Priority.URGENT, tags=["vip"], at=noon)
    (event,) = events("desk_ticket")
    assert (event.user, event.acting_as, event.reason, event.ip) == (
        anna.user,
        "Anna",
        "asked by phone",
        "192.0.2.7",
    )
    assert (event.action, event.row_id) == ("update", str(ticket.pk))
    assert event.before == {"priority": "normal", "tags": []}
    assert event.after == {"priority": "urgent", "tags": ["vip"]}
    assert event.about_partner_id == ticket.partner_id


def test_what_goes_round_every_service_is_told_too(ticket, anna):
    with transaction.atomic(), audit.acting(user=anna.user):
        Ticket.objects.update(status=TicketStatus.HOLD)
        with connection.cursor() as cursor:
            cursor.execute("UPDATE desk_agent SET most_open = 400, last_assigned_at = now()")
    assert [(event.user, event.after) for event in events("desk_ticket")] == [(anna.user, {"status": "hold"})]
    assert events("desk_agent")[-1].before == {"most_open": 30}
    assert events("desk_agent")[-1].about_partner_id is None


def test_service_itself_has_no_name(ticket, noon, anna):
    desk.solve(ticket=ticket, agent=None, at=noon)
    (event,) = events("desk_ticket")
    assert (event.user, event.acting_as, event.reason, event.ip) == (None, "", "", None)


def test_words_and_due_times_leave_no_trace_here(ticket, noon, anna):
    desk.assign(ticket=ticket, agent=anna, by=anna, at=noon)
    AuditEvent.objects.order_by("pk")
    before = len(events("desk_ticket"))
    hear(ticket, "And?", at=noon)
    desk.reply(ticket=ticket, agent=anna, text="Yes.", version=ticket.version, at=noon)
    desk.note(ticket=ticket, agent=anna, text="Inside.", at=noon)
    assert len(events("desk_ticket")) == before and events("desk_message") == []


def test_addresses_and_blanked_words_are_not_told(ticket, noon, anna):
    Ticket.objects.update(requester_email="alice@mail.test", subject="About Alice")
    (event,) = events("desk_ticket")
    assert event.before == event.after == {"requester_email": "•••", "subject": "•••"}
    redacting.redact(message=ticket.messages.get(), agent=anna, reason="a card", at=noon)
    (event,) = events("desk_message")
    assert event.before == event.after == {"text": "•••"}
    assert event.about_partner_id == ticket.partner_id


def test_rows_added_and_deleted_are_told_whole(db, birch):
    made = Macro.objects.create(name="Hello")
    made.for_partners.add(birch.partner)
    key = str(made.pk)
    made.delete()
    told = [(event.action, event.before, event.after) for event in events("desk_macro")]
    facts = {"name": "Hello", "categories": [], "actions": [], "is_active": True}
    assert told == [("insert", {}, facts), ("delete", facts, {})]
    assert {event.row_id for event in events("desk_macro")} == {key}
    link = events("desk_macro_for_partners")
    assert [event.action for event in link] == ["insert", "delete"]
    assert link[0].about_partner_id == birch.partner_id


def test_inner_name_holds_until_its_end_and_none_after_both(ticket, anna, boris):
    def touch(priority: Priority) -> None:
        Ticket.objects.update(priority=priority)

    with audit.acting(user=anna.user):
        touch(Priority.LOW)
        with audit.acting(user=boris.user, reason="instead"):
            touch(Priority.HIGH)
        touch(Priority.URGENT)
    touch(Priority.NORMAL)
    assert [(event.user, event.reason) for event in events("desk_ticket")] == [
        (anna.user, ""),
        (boris.user, "instead"),
        (anna.user, ""),
        (None, ""),
    ]


def test_name_holds_after_a_part_of_the_work_was_undone(ticket, anna):
    with audit.acting(user=anna.user):
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            Ticket.objects.update(priority=Priority.LOW)
            raise ZeroDivisionError
        Ticket.objects.update(priority=Priority.HIGH)
    assert [event.user for event in events("desk_ticket")] == [anna.user]


@pytest.mark.django_db(transaction=True)
def test_name_ends_with_each_transaction_and_is_told_anew_in_the_next(ticket, noon, anna):
    with audit.acting(user=anna.user):
        desk.change(ticket=ticket, by=anna, priority=Priority.LOW, at=noon)
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('vitrina.actor', true)")
            assert cursor.fetchone()[0] in (None, "")
        desk.change(ticket=ticket, by=anna, priority=Priority.HIGH, at=noon)
    desk.change(ticket=ticket, by=anna, priority=Priority.URGENT, at=noon)
    assert [event.user for event in events("desk_ticket")] == [anna.user, anna.user, None]


def test_reading_tells_the_database_nothing_and_writing_tells_it_once(
    ticket, anna, django_assert_num_queries
):
    with audit.acting(user=anna.user):
        with django_assert_num_queries(1):
            Ticket.objects.count()
        with django_assert_num_queries(2):
            Ticket.objects.update(priority=Priority.LOW)
        with django_assert_num_queries(1):
            Ticket.objects.update(priority=Priority.HIGH)


@pytest.mark.parametrize("ip", [None, "", "rubbish", "'; --", "2001:db8::/64", "::ffff:192.0.2.1"])
def test_address_that_is_none_keeps_nobody_from_working(ticket, anna, ip):
    with audit.acting(user=anna.user, ip=ip, reason="\u2028'\"{}" * 100, acting_as="x" * 500):
        Ticket.objects.update(priority=Priority.LOW)
    (event,) = events("desk_ticket")
    assert event.user == anna.user and len(event.reason) == 200


def test_audit_is_never_edited(ticket):
    Ticket.objects.update(priority=Priority.LOW)
    for change in (
        lambda: AuditEvent.objects.update(reason="x"),
        lambda: AuditEvent.objects.all().delete(),
    ):
        with pytest.raises(DatabaseError, match="desk_auditevent_is_never_changed"), transaction.atomic():
            change()
    assert len(events("desk_ticket")) == 1


def test_staff_read_of_their_partners_only(alice, bob, noon, anna, birch):
    desk_make.ticket(alice, at=noon)
    his = desk_make.ticket(bob, at=noon)
    Ticket.objects.update(priority=Priority.LOW)
    walled = desk_make.agent("Vera")
    desk_make.reaches_only(walled, birch.partner)
    assert audit.events_for(anna.user).filter(table_name="desk_ticket").count() == 2
    assert [event.row_id for event in audit.events_for(walled.user)] == [str(his.pk)]


@pytest.mark.parametrize(
    ("method", "path", "is_named"),
    [("post", "/admin/desk/", True), ("get", "/admin/desk/", False), ("post", "/s/acorn/", False)],
)
def test_pages_of_staff_name_who_changes_something(ticket, anna, method, path, is_named):
    def change(request) -> HttpResponse:
        Ticket.objects.update(priority=Priority.LOW)
        return HttpResponse()

    request = getattr(RequestFactory(), method)(path, REMOTE_ADDR="192.0.2.9")
    request.user = anna.user
    AuditMiddleware(change)(request)
    (event,) = events("desk_ticket")
    assert (event.user, event.ip) == ((anna.user, "192.0.2.9") if is_named else (None, None))


def test_nobody_signed_in_is_nobody(ticket):
    with audit.acting(user=AnonymousUser(), ip="192.0.2.9"):
        Ticket.objects.update(priority=Priority.LOW)
    (event,) = events("desk_ticket")
    assert (event.user, event.ip) == (None, "192.0.2.9")


def test_sql_for_other_rooms_audits_what_it_names(db):
    forward, backward = audit.attach_sql("partners_partner", ["name", "slug"], hidden=["slug"])
    with connection.cursor() as cursor:
        cursor.execute(forward)
        from partners.models import Partner

        partner = Partner.objects.create(name="Cedar", slug="cedar")
        Partner.objects.filter(pk=partner.pk).update(name="Cedar & Co", slug="cedar-co")
        told = [(event.action, event.after) for event in events("partners_partner")]
        assert told == [
            ("insert", {"name": "Cedar", "slug": "•••"}),
            ("update", {"name": "Cedar & Co", "slug": "•••"}),
        ]
        # Triggers that wait for the end of the transaction keep a table from being changed before.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(backward)
        Partner.objects.filter(pk=partner.pk).update(name="Cedar")
    assert len(events("partners_partner")) == 2


def test_agent_whose_work_is_told_is_never_deleted(anna):
    with pytest.raises(Exception, match="protected"):
        Agent.objects.get(pk=anna.pk).user.delete()
