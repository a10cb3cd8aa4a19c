"""The usual week made into shifts; who is on duty."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from support.clocks.calendars import elapsed
from support.desk.models import Presence, PresenceChange
from support.shifts import rota
from support.shifts.models import RotaTemplate, Shift
from tests.support import clocks_make
from tests.support import shifts_make as make
from tests.support.clocks_make import moscow

HOUR = timedelta(hours=1)


def line(team, weekday, starts, ends, *agents, name="Day", **facts) -> RotaTemplate:
    made = RotaTemplate.objects.create(
        team=team, name=name, weekday=weekday, starts=starts, ends=ends, **facts
    )
    made.agents.set(agents)
    return made


@pytest.fixture
def team(db):
    return make.team(calendar=clocks_make.calendar())


def in_berlin(**facts):
    return make.team(calendar=clocks_make.calendar(name="Berlin", time_zone="Europe/Berlin", **facts))


def test_week_is_planned_from_the_rota(team):
    ann, gone = make.agent(team, "Ann"), make.agent(team, "Gone", is_active=False)
    line(team, 0, time(9), time(18), ann, gone)
    line(team, 1, time(9), time(18), is_active=False)
    (shift,) = rota.plan_week(team=team, day=date(2026, 3, 5))
    assert (shift.starts_at, shift.ends_at) == (moscow(2026, 3, 2, 9), moscow(2026, 3, 2, 18))
    assert list(shift.agents.all()) == [ann]


def test_planning_again_changes_nothing(team):
    ann, ben = make.agent(team, "Ann"), make.agent(team, "Ben")
    line(team, 0, time(9), time(18), ann)
    (shift,) = rota.plan_week(team=team, day=date(2026, 3, 2))
    shift.agents.set([ben])
    assert rota.plan_week(team=team, day=date(2026, 3, 8)) == [shift]
    assert (list(shift.agents.all()), Shift.objects.count()) == ([ben], 1)


def test_night_shift_goes_over_midnight(team):
    line(team, 6, time(21), time(6), name="Night")
    (shift,) = rota.plan_week(team=team, day=date(2026, 3, 2))
    assert (shift.starts_at, shift.ends_at) == (moscow(2026, 3, 8, 21), moscow(2026, 3, 9, 6))


@pytest.mark.parametrize(
    ("day", "starts_utc", "hours"),
    [
        (date(2026, 3, 21), datetime(2026, 3, 21, 21, tzinfo=UTC), 8),
        # The night that has an hour less, and the one that has an hour more.
        (date(2026, 3, 28), datetime(2026, 3, 28, 21, tzinfo=UTC), 7),
        (date(2026, 10, 24), datetime(2026, 10, 24, 20, tzinfo=UTC), 9),
    ],
)
def test_shift_is_as_long_as_the_night(db, day, starts_utc, hours):
    team = in_berlin()
    line(team, 5, time(22), time(6), name="Night")
    (shift,) = rota.plan_week(team=team, day=day)
    assert shift.starts_at == starts_utc
    assert elapsed(None, shift.starts_at, shift.ends_at) == hours * 3600


def test_shifts_meet_on_the_night_that_skips_their_hour(db):
    team = in_berlin()
    line(team, 6, time(0), time(2, 30), name="First")
    line(team, 6, time(2, 30), time(6), name="Second")
    first, second = rota.plan_week(team=team, day=date(2026, 3, 29))
    assert first.ends_at == second.starts_at == datetime(2026, 3, 29, 1, tzinfo=UTC)


def test_nobody_is_planned_on_a_holiday(db):
    team = make.team(calendar=clocks_make.calendar(name="Holidays", holidays=[date(2026, 3, 9)]))
    for weekday in (0, 1):
        line(team, weekday, time(9), time(18))
    (shift,) = rota.plan_week(team=team, day=date(2026, 3, 9))
    assert shift.starts_at == moscow(2026, 3, 10, 9)


def test_on_duty_are_those_on_running_shifts(crew):
    extra = make.shift(crew.team, crew.STARTS + HOUR, crew.ENDS + HOUR, crew.ben, crew.nick, name="Long")
    assert set(rota.duty(crew.team.pk, crew.STARTS)) == {crew.ann.pk, crew.ben.pk}
    assert set(rota.duty(crew.team.pk, crew.STARTS + HOUR)) == {crew.ann.pk, crew.ben.pk, crew.nick.pk}
    # Half-open: at six the day is over.
    assert set(rota.duty(crew.team.pk, crew.ENDS)) == {crew.ben.pk, crew.nick.pk, crew.lea.pk}
    assert extra in Shift.objects.running(crew.ENDS)


def test_without_a_shift_those_on_duty_were_online(crew):
    night = crew.after_end(hours=8)
    for agent, presence, ago in (
        (crew.ann, Presence.ONLINE, 2),
        (crew.ann, Presence.AWAY, 1),
        (crew.ben, Presence.OFFLINE, 2),
        (crew.ben, Presence.ONLINE, 1),
        (crew.lea, Presence.ONLINE, -1),
    ):
        PresenceChange.objects.create(agent=agent, presence=presence, at=night - ago * HOUR)
    assert rota.duty(crew.team.pk, night) == [crew.ben.pk]


def test_next_shift_is_the_one_that_goes_on(crew):
    assert rota.next_after(crew.day) == crew.late
    long = make.shift(crew.team, crew.STARTS + HOUR, crew.ENDS + HOUR, crew.nick, name="Long")
    assert rota.next_after(crew.day) == long
    assert rota.next_after(crew.late) is None
