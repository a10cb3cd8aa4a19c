"""Working time as arithmetic. What a wall clock would say, second by second, is the judge."""

import random
import time as stopwatch
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from support.clocks.calendars import (
    DAY,
    Hours,
    ImpossibleHours,
    NeverOpen,
    deadline,
    due,
    elapsed,
    moment,
    used,
)

NINE_TO_SIX = {day: [(time(9), time(18))] for day in range(5)}
TWO_A_DAY = {day: [(time(9), time(13)), (time(14), time(18))] for day in range(5)}
ROUND_THE_CLOCK = {day: [(time(), time())] for day in range(7)}
# 20:00 to 08:00, every day.
NIGHTS = {day: [(time(), time(8)), (time(20), time())] for day in range(7)}

# The northern and the southern summer; half and quarter hours; a half-hour summer (Lord Howe); a spring night without
# its midnight (Cairo, Santiago, Beirut); a winter time in spring (Casablanca); a date that never was (Apia).
ZONES = (
    "UTC",
    "Europe/Moscow",
    "Europe/Berlin",
    "America/New_York",
    "America/St_Johns",
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "Australia/Adelaide",
    "Australia/Lord_Howe",
    "Pacific/Auckland",
    "Pacific/Chatham",
    "Pacific/Apia",
    "America/Santiago",
    "Africa/Cairo",
    "Africa/Casablanca",
    "Asia/Beirut",
    "Asia/Tehran",
)


def hours(zone: str = "Europe/Moscow", week=None, holidays=()) -> Hours:
    return Hours(zone, NINE_TO_SIX if week is None else week, frozenset(holidays))


def local(zone: str, *when: int) -> datetime:
    return datetime(*when, tzinfo=ZoneInfo(zone))


def moscow(*when: int) -> datetime:
    return local("Europe/Moscow", *when)


def is_open(of: Hours, at: datetime) -> bool:
    wall = at.astimezone(ZoneInfo(of.time_zone))
    return wall.date() not in of.holidays and any(
        opens <= wall.time() and (closes == time() or wall.time() < closes)
        for opens, closes in of.intervals.get(wall.weekday(), ())
    )


def random_calendar(chance: random.Random) -> Hours | None:
    if chance.random() < 0.03:
        return None
    week: dict[int, list[tuple[time, time]]] = {}
    for weekday in chance.sample(range(7), chance.randint(1, 7)):
        marks = sorted(chance.sample(range(0, 86_400, chance.choice([1, 60, 900])), 2 * chance.randint(1, 3)))
        day = [(_clock(opens), _clock(closes)) for opens, closes in zip(marks[::2], marks[1::2], strict=True)]
        if chance.random() < 0.2:
            day[-1] = (day[-1][0], time())
        if chance.random() < 0.1:
            day.append((time(), time()))
        week[weekday] = day
    first = date(chance.randint(2008, 2030), chance.randint(1, 12), chance.randint(1, 28))
    chain = {first + timedelta(days=number) for number in range(chance.randint(0, 12))}
    return Hours(chance.choice(ZONES), week, frozenset(chain))


def _clock(seconds: int) -> time:
    return (datetime.min + timedelta(seconds=seconds)).time()


def test_ten_thousand_random_deadlines_are_met_to_the_second():
    chance = random.Random(20261125)
    began = stopwatch.monotonic()
    for number in range(10_000):
        calendar = random_calendar(chance)
        start = datetime(2007, 12, 1, tzinfo=UTC) + timedelta(
            seconds=chance.randrange(23 * 365 * 86_400),
            microseconds=chance.choice([0, chance.randrange(10**6)]),
        )
        seconds = chance.choice(
            [0, 1, chance.randrange(3600), chance.randrange(86_400), chance.randrange(10**6)]
        )
        if calendar and _share_of_the_week(calendar) < 0.02:
            seconds //= 100
        end = deadline(calendar, start, seconds)
        said = (number, calendar, start, seconds, end)
        assert elapsed(calendar, start, end) == seconds, said
        # The earliest such moment: a microsecond before it, the last second was not yet whole.
        if seconds:
            assert elapsed(calendar, start, end - timedelta(microseconds=1)) == seconds - 1, said
        # And the parts make the whole, wherever it is cut.
        middle = start + (end - start) * chance.random()
        used_up = used(calendar, start, middle) + used(calendar, middle, end)
        assert used_up == timedelta(seconds=seconds), said
    assert stopwatch.monotonic() - began < 30


def _share_of_the_week(calendar: Hours) -> float:
    total = sum(
        (closes - opens for day in range(7) for opens, closes in calendar._week[day]), start=timedelta()
    )
    return total / timedelta(days=7)


@pytest.mark.parametrize("zone", ZONES)
def test_working_time_is_what_a_wall_clock_says_minute_by_minute(zone):
    """Around both turns of the clock, and around a day that Samoa never had."""
    week = {
        0: [(time(0, 30), time(2, 30)), (time(3), time(4))],
        5: [(time(1, 30), time())],
        6: [(time(), time(1, 15)), (time(1, 45), time(2, 15)), (time(2, 30), time(3)), (time(22), time())],
        **{day: [(time(23, 30), time()), (time(), time(2))] for day in (1, 2, 3, 4)},
    }
    for year, month, day in _turns(zone):
        calendar = Hours(zone, week, frozenset([date(year, month, day) - 3 * DAY]))
        start = datetime(year, month, day, tzinfo=UTC) - 4 * DAY
        end = start + 7 * DAY
        minutes = (end - start) // timedelta(minutes=1)
        judged = sum(is_open(calendar, start + timedelta(minutes=number)) for number in range(minutes))
        assert elapsed(calendar, start, end) == 60 * judged


def _turns(zone: str) -> list[tuple[int, int, int]]:
    found = [(2011, 12, 30)] if zone == "Pacific/Apia" else []
    for year in (2009, 2018, 2025):
        for number in range(364):
            day = datetime(year, 1, 1, tzinfo=UTC) + number * DAY
            before, later = day.astimezone(ZoneInfo(zone)), (day + DAY).astimezone(ZoneInfo(zone))
            if before.utcoffset() != later.utcoffset():
                found.append((day.year, day.month, day.day))
    return found or [(2025, 3, 30)]


def test_business_hours_are_not_ignored():
    """Chatwoot #13392: a promise in hours that starts on Friday evening is due on Monday."""
    friday_evening = moscow(2026, 3, 6, 17, 50)
    assert deadline(hours(), friday_evening, 3600) == moscow(2026, 3, 9, 9, 50)
    assert elapsed(hours(), friday_evening, moscow(2026, 3, 9, 9, 50)) == 3600
    assert deadline(None, friday_evening, 3600) == moscow(2026, 3, 6, 18, 50)


def test_deadline_at_closing_time_is_closing_time():
    assert deadline(hours(), moscow(2026, 3, 3, 17), 3600) == moscow(2026, 3, 3, 18)
    assert deadline(hours(), moscow(2026, 3, 3, 17), 3601) == moscow(2026, 3, 4, 9, 0, 1)


def test_intervals_are_half_open():
    assert elapsed(hours(), moscow(2026, 3, 3, 9), moscow(2026, 3, 3, 18)) == 9 * 3600
    assert elapsed(hours(), moscow(2026, 3, 3, 18), moscow(2026, 3, 4, 9)) == 0
    assert elapsed(hours(), moscow(2026, 3, 3, 17, 59, 59), moscow(2026, 3, 4, 9, 0, 1)) == 2


def test_two_intervals_a_day():
    assert deadline(hours(week=TWO_A_DAY), moscow(2026, 3, 3, 12, 30), 3600) == moscow(2026, 3, 3, 14, 30)
    assert elapsed(hours(week=TWO_A_DAY), moscow(2026, 3, 3), moscow(2026, 3, 4)) == 8 * 3600


def test_night_shift_goes_over_midnight():
    assert deadline(hours(week=NIGHTS), moscow(2026, 3, 3, 23, 30), 3600) == moscow(2026, 3, 4, 0, 30)
    assert deadline(hours(week=NIGHTS), moscow(2026, 3, 4, 7, 30), 3600) == moscow(2026, 3, 4, 20, 30)
    assert elapsed(hours(week=NIGHTS), moscow(2026, 3, 3, 12), moscow(2026, 3, 4, 12)) == 12 * 3600


def test_midnight_closes_the_day_and_not_its_start():
    assert elapsed(hours(week=ROUND_THE_CLOCK), moscow(2026, 3, 2), moscow(2026, 3, 9)) == 7 * 86_400


def test_chain_of_holidays_is_walked_over():
    new_year = {date(2026, 1, 1) + timedelta(days=number) for number in range(11)}
    calendar = hours(holidays=new_year)
    assert deadline(calendar, moscow(2025, 12, 31, 17), 2 * 3600) == moscow(2026, 1, 12, 10)


def test_spring_night_has_an_hour_less_and_autumn_night_one_more():
    calendar = hours("Europe/Berlin", ROUND_THE_CLOCK)
    spring, autumn = local("Europe/Berlin", 2026, 3, 29), local("Europe/Berlin", 2026, 10, 25)
    assert elapsed(calendar, spring, local("Europe/Berlin", 2026, 3, 30)) == 23 * 3600
    assert elapsed(calendar, autumn, local("Europe/Berlin", 2026, 10, 26)) == 25 * 3600
    nights = hours("Europe/Berlin", NIGHTS)
    assert elapsed(nights, spring - 4 * timedelta(hours=1), spring + timedelta(hours=9)) == 11 * 3600
    assert deadline(nights, local("Europe/Berlin", 2026, 3, 29, 1, 30), 3600) == local(
        "Europe/Berlin", 2026, 3, 29, 3, 30
    )


def test_wall_time_without_a_calendar_is_time_that_passes():
    """Python subtracts two times of one zone as wall clocks read: that would lose the repeated hour."""
    before, later = local("Europe/Berlin", 2026, 10, 25), local("Europe/Berlin", 2026, 10, 25, 12)
    assert elapsed(None, before, later) == 13 * 3600
    assert deadline(None, before, 13 * 3600) == later
    assert due(None, before, timedelta(hours=12), [(before, before + timedelta(minutes=60))]) == later


def test_interval_inside_the_skipped_hour_is_no_time_at_all():
    calendar = hours("Europe/Berlin", {6: [(time(2), time(3))]})
    skipped = local("Europe/Berlin", 2026, 3, 29)
    assert elapsed(calendar, skipped, skipped + DAY) == 0
    assert deadline(calendar, skipped, 1800) == local("Europe/Berlin", 2026, 4, 5, 2, 30)


def test_calendar_that_never_opens_is_refused():
    for calendar in (hours(week={}), hours(week={2: []})):
        with pytest.raises(NeverOpen):
            deadline(calendar, moscow(2026, 3, 3), 1)
        assert elapsed(calendar, moscow(2026, 3, 3), moscow(2027, 3, 3)) == 0
        assert deadline(calendar, moscow(2026, 3, 3), 0) == moscow(2026, 3, 3)


def test_work_that_takes_longer_than_the_world_is_refused():
    with pytest.raises(NeverOpen):
        deadline(hours(week={0: [(time(9), time(9, 0, 1))]}), datetime(9990, 1, 1, tzinfo=UTC), 10**6)


@pytest.mark.parametrize("day", [[(time(18), time(9))], [(time(9), time(9))]])
def test_interval_that_ends_before_it_begins_is_refused(day):
    with pytest.raises(ImpossibleHours):
        hours(week={0: day})


def test_eighth_day_of_the_week_is_refused():
    with pytest.raises(ImpossibleHours):
        hours(week={7: [(time(9), time(18))]})


def test_overlapping_intervals_count_once():
    calendar = hours(week={1: [(time(9), time(13)), (time(12), time(18)), (time(18), time(19))]})
    assert elapsed(calendar, moscow(2026, 3, 3), moscow(2026, 3, 4)) == 10 * 3600


def test_nothing_has_passed_before_the_start():
    assert elapsed(hours(), moscow(2026, 3, 4), moscow(2026, 3, 3)) == 0
    assert elapsed(None, moscow(2026, 3, 4), moscow(2026, 3, 3)) == 0


def test_ten_pauses_in_one_day_take_away_exactly_their_own_working_time():
    start, target = moscow(2026, 3, 3, 9), timedelta(hours=4)
    # From 9:10 for five minutes, and so on each half an hour.
    pauses = [
        (start + timedelta(minutes=10 + 30 * number), start + timedelta(minutes=15 + 30 * number))
        for number in range(10)
    ]
    assert due(hours(), start, target, pauses) == moscow(2026, 3, 3, 13, 50)
    assert used(hours(), start, moscow(2026, 3, 3, 13, 50), pauses) == target


def test_pause_over_the_night_costs_only_working_time():
    pauses = [(moscow(2026, 3, 3, 17, 30), moscow(2026, 3, 4, 9, 30))]
    assert due(hours(), moscow(2026, 3, 3, 17), timedelta(hours=1), pauses) == moscow(2026, 3, 4, 10)


def test_open_pause_leaves_nothing_due():
    start = moscow(2026, 3, 3, 9)
    assert due(hours(), start, timedelta(hours=1), [(moscow(2026, 3, 3, 9, 30), None)]) is None
    # But what was due before it began was due.
    assert due(hours(), start, timedelta(hours=1), [(moscow(2026, 3, 3, 11), None)]) == moscow(2026, 3, 3, 10)
    # And what is paused at the very deadline is not missed.
    assert due(hours(), start, timedelta(hours=1), [(moscow(2026, 3, 3, 10), None)]) is None


def test_random_pauses_never_change_how_much_is_worked():
    chance = random.Random(7)
    for _ in range(500):
        calendar = random_calendar(chance)
        if calendar and _share_of_the_week(calendar) < 0.02:
            continue
        start = datetime(2025, 1, 1, tzinfo=UTC) + timedelta(seconds=chance.randrange(365 * 86_400))
        marks = sorted(chance.sample(range(5 * 86_400), 2 * chance.randint(0, 10)))
        pauses = [
            (start + timedelta(seconds=since), start + timedelta(seconds=until))
            for since, until in zip(marks[::2], marks[1::2], strict=True)
        ]
        target = timedelta(seconds=chance.randrange(1, 200_000))
        end = due(calendar, start, target, pauses)
        assert used(calendar, start, end, pauses) == target


def test_moment_of_a_wall_time():
    zone = "Europe/Berlin"
    assert moment(zone, date(2026, 7, 1), time(9)) == local(zone, 2026, 7, 1, 9)
    # The spring night skips 2:30: the moment of the skip.
    assert moment(zone, date(2026, 3, 29), time(2, 30)) == local(zone, 2026, 3, 29, 3)
    # The autumn night has 2:30 twice.
    assert moment(zone, date(2026, 10, 25), time(2, 30)) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert moment(zone, date(2026, 10, 25), time(2, 30), last=True) == datetime(
        2026, 10, 25, 1, 30, tzinfo=UTC
    )
    assert moment(zone, date(2026, 12, 31), time(23, 59)) == local(zone, 2026, 12, 31, 23, 59)
    assert moment("Pacific/Apia", date(2011, 12, 30), time(12)) == local("Pacific/Apia", 2011, 12, 31)
