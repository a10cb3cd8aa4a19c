"""Rules about closed shifts that hold for raw SQL too."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from support.desk.models import Role
from support.shifts import close
from support.shifts.models import Excuse, HandOver, ShiftClose, ShiftCloseItem, ShiftMember
from tests.support import shifts_make as make


@pytest.fixture
def item(crew, alice) -> ShiftCloseItem:
    make.ticket(crew.team, alice, at=crew.STARTS, owed_since=crew.before_end(hours=2), assignee=crew.ann)
    close.close_due(at=crew.ENDS)
    return ShiftCloseItem.objects.get()


def refused(sql: str, *values) -> bool:
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, values)
    return True


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE shifts_shiftclose SET owed = 0",
        "DELETE FROM shifts_shiftclose",
        "UPDATE shifts_shiftcloseitem SET is_late_arrival = true",
        "UPDATE shifts_shiftcloseitem SET owner_id = NULL",
        "DELETE FROM shifts_shiftcloseitem",
        "UPDATE shifts_shift SET ends_at = ends_at + interval '1 hour'",
        "DELETE FROM shifts_shiftmember",
        "UPDATE shifts_shiftmember SET agent_id = uuidv7()",
    ],
)
def test_closed_shift_stays_as_it_was(item, crew, sql):
    assert refused(sql)


def test_nothing_is_added_to_a_closed_shift(item, crew):
    assert refused(
        "INSERT INTO shifts_shiftcloseitem (partner_id, close_id, kind, what, what_id, ticket_id, number, title,"
        " owed_since, minutes, is_late_arrival) SELECT partner_id, close_id, 'mail', what, what_id, ticket_id, number,"
        " title, owed_since, minutes, is_late_arrival FROM shifts_shiftcloseitem"
    )
    assert refused(
        "INSERT INTO shifts_shiftmember (shift_id, agent_id) VALUES (%s, %s)", crew.day.pk, crew.lea.pk
    )


def test_open_shift_may_still_change(item, crew):
    ShiftMember.objects.filter(shift=crew.late, agent=crew.nick).delete()
    crew.late.ends_at += timedelta(hours=1)
    crew.late.save()
    assert list(crew.late.agents.all()) == [crew.lea]


@pytest.fixture
def asked(item, crew) -> Excuse:
    return close.excuse(item=item, reason="Down.", by=crew.ben, at=crew.ENDS)


def test_excuse_by_oneself_is_refused_by_the_database(asked, crew):
    approve = "UPDATE shifts_excuse SET approved_by_id = %s, approved_at = now()"
    # Who asked, and who had the case.
    assert refused(approve, crew.ben.pk)
    assert refused(approve, crew.ann.pk)
    assert refused(
        "INSERT INTO shifts_excuse (item_id, reason, asked_by_id, asked_at, approved_by_id, approved_at,"
        " refused_by_id, refused_at) SELECT item_id, 'x', %s, now(), %s, now(), NULL, NULL FROM shifts_excuse",
        crew.nick.pk,
        crew.nick.pk,
    )


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE shifts_excuse SET approved_by_id = NULL, approved_at = NULL",
        "UPDATE shifts_excuse SET refused_by_id = asked_by_id, refused_at = now()",
        "UPDATE shifts_excuse SET reason = 'Better.'",
    ],
)
def test_excuse_is_decided_once(asked, crew, sql):
    close.approve_excuse(excuse=asked, by=crew.lea, at=crew.ENDS)
    assert refused(sql)
    assert refused("DELETE FROM shifts_excuse")


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE shifts_excuse SET reason = 'Better.'",
        "UPDATE shifts_excuse SET reason = ''",
        "UPDATE shifts_excuse SET asked_at = now()",
    ],
)
def test_what_was_asked_stays(asked, sql):
    assert refused(sql)


def test_hand_over_is_never_edited_and_has_a_note(item, crew):
    (handed,) = close.hand_over(close=item.close, note="Call.", by=crew.ann, at=crew.ENDS)
    assert refused("UPDATE shifts_handover SET note = 'x'")
    assert refused("DELETE FROM shifts_handover")
    with pytest.raises(IntegrityError), transaction.atomic():
        HandOver.objects.create(
            item=item, to_shift=crew.late, to_agent=crew.lea, note="", by=crew.ann, at=crew.ENDS
        )
    assert HandOver.objects.get() == handed


@pytest.mark.django_db(transaction=True)
def test_two_workers_close_each_shift_once(alice):
    from tests.support.clocks_make import moscow

    team = make.team()
    agents = [make.agent(team, "Ann"), make.agent(team, "Lea", role=Role.LEAD)]
    ends = moscow(2026, 3, 3, 18)
    for number in range(5):
        begins = ends - timedelta(hours=9 - number / 4)
        make.shift(team, begins, ends, *agents, name=f"Shift {number}")
    for hours in (2, 3):
        make.ticket(team, alice, at=ends, owed_since=ends - timedelta(hours=hours))
    start = threading.Barrier(4)

    def work(_number: int) -> int:
        try:
            connection.ensure_connection()
            start.wait(timeout=20)
            return close.close_due(at=ends)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        closed = list(pool.map(work, range(4)))

    assert sum(closed) == ShiftClose.objects.count() == 5
    assert ShiftCloseItem.objects.count() == 10
