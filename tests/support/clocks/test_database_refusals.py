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
    with transaction.atomic(), pytest.raises(IntegrityError), connection.cursor() as cursor:
        with transaction.atomic():
            cursor.execute(sql, values)
    return True


def finished(clock: Clock) -> Clock:
    clocks.meet(subject_id=clock.subject_id, metrics=[clock.metric], at=NINE + HOUR)
    clock.refresh_from_db()
    return clock


@pytest.mark.parametrize(
    "change",
    ["met_at = NULL", "stopped_at = now()", "due_at = now()", "breached_at = now()", "worked_seconds = 1"],
)
def test_finished_clock_is_never_revived(clock, change):
    assert refused(f"UPDATE clocks_clock SET {change} WHERE id = %s", finished(clock).pk)


@pytest.mark.parametrize(
    "change", ["started_at = now()", "cycle = 9", "metric = 'lodge'", "subject_id = uuidv7()"]
)
def test_clock_keeps_its_case_and_start(clock, change):
    assert refused(f"UPDATE clocks_clock SET {change} WHERE id = %s", clock.pk)


@pytest.mark.parametrize(
    "change", ["breached_at = NULL", "due_at = due_at + interval '1 day'", "on_duty = ARRAY[uuidv7()]"]
)
def test_breach_stays_as_it_was(clock, change):
    assert clocks.sweep(at=NINE + timedelta(days=3)) == 1
    assert refused(f"UPDATE clocks_clock SET {change} WHERE id = %s", clock.pk)


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


@pytest.mark.parametrize("table", ["clocks_calendarversion", "clocks_calendarinterval", "clocks_holiday"])
def test_calendar_version_is_never_edited(clock, table):
    make.calendar(holidays=[NINE.date()], at=NINE)
    assert refused(f"DELETE FROM {table}")


def test_version_with_clocks_takes_no_more_hours(clock):
    assert refused(
        "INSERT INTO clocks_holiday (version_id, day, name) VALUES (%s, '2026-03-03', '')",
        clock.calendar_version_id,
    )


def test_second_clock_of_a_cycle_is_refused(clock):
    done = finished(clock)
    done.pk, done.met_at, done.worked_seconds = None, None, None
    with pytest.raises(IntegrityError, match="clock_of_a_cycle_is_never_started_again"):
        with transaction.atomic():
            Clock.objects.bulk_create([done])
