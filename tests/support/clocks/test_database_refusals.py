"""Rules about clocks that hold for raw SQL too."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from support.clocks import services as clocks
from support.clocks.models import Clock, Metric
from tests.support import clocks_make as make
from tests.support.clocks_make import moscow

NINE = moscow(2026, 3, 3, 9)
HOUR = timedelta(hours=1)


@pytest.fixture
def clock(acorn) -> Clock:
    clocks.make_default_policies()
    case = make.facts(acorn.partner_id, calendar_id=make.calendar().pk)
    return clocks.start(ticket_facts=case, metric=Metric.RESOLVE_OWN, at=NINE)


def refused(sql: str, *values) -> bool:
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, values)
    return True


def finished(clock: Clock) -> Clock:
    clocks.meet(subject_id=clock.subject_id, metrics=[clock.metric], at=NINE + HOUR)
    clock.refresh_from_db()
    return clock


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE clocks_clock SET met_at = NULL",
        "UPDATE clocks_clock SET stopped_at = now()",
        "UPDATE clocks_clock SET due_at = now()",
        "UPDATE clocks_clock SET breached_at = now()",
        "UPDATE clocks_clock SET worked_seconds = 1",
    ],
)
def test_finished_clock_is_never_revived(clock, sql):
    finished(clock)
    assert refused(sql)


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE clocks_clock SET started_at = now()",
        "UPDATE clocks_clock SET cycle = 9",
        "UPDATE clocks_clock SET metric = 'lodge'",
        "UPDATE clocks_clock SET subject_id = uuidv7()",
    ],
)
def test_clock_keeps_its_case_and_start(clock, sql):
    assert refused(sql)


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE clocks_clock SET breached_at = NULL",
        "UPDATE clocks_clock SET due_at = due_at + interval '1 day'",
        "UPDATE clocks_clock SET on_duty = ARRAY[uuidv7()]",
    ],
)
def test_breach_stays_as_it_was(clock, sql):
    assert clocks.sweep(at=NINE + timedelta(days=3)) == 1
    assert refused(sql)


def test_clock_is_never_removed(clock):
    assert refused("DELETE FROM clocks_clock")


def test_ended_clock_says_how_long_it_took(clock):
    assert refused("UPDATE clocks_clock SET met_at = now() WHERE id = %s", clock.pk)


def test_pause_is_ended_once(clock):
    clocks.pause(subject_id=clock.subject_id, metrics=[clock.metric], why="network", at=NINE)
    clocks.resume(subject_id=clock.subject_id, metrics=[clock.metric], at=NINE + HOUR)
    assert refused("UPDATE clocks_clockpause SET until = NULL")
    assert refused("UPDATE clocks_clockpause SET until = until + interval '1 hour'")
    assert refused("DELETE FROM clocks_clockpause")


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM clocks_calendarversion",
        "DELETE FROM clocks_calendarinterval",
        "DELETE FROM clocks_holiday",
        "UPDATE clocks_calendarversion SET time_zone = 'UTC'",
        "UPDATE clocks_calendarinterval SET weekday = 6",
        "UPDATE clocks_holiday SET day = day + 1",
    ],
)
def test_calendar_version_is_never_edited(clock, sql):
    make.calendar(holidays=[NINE.date()], at=NINE)
    assert refused(sql)


def test_version_with_clocks_takes_no_more_hours(clock):
    assert refused(
        "INSERT INTO clocks_holiday (version_id, day, name) VALUES (%s, '2026-03-03', '')",
        clock.calendar_version_id,
    )


def test_second_clock_of_a_cycle_is_refused(clock):
    done = finished(clock)
    done.pk, done.met_at, done.worked_seconds = None, None, None
    again = "clock_of_a_cycle_is_never_started_again"
    with pytest.raises(IntegrityError, match=again), transaction.atomic():
        Clock.objects.bulk_create([done])
