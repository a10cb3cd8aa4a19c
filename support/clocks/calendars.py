"""Working time, as pure arithmetic: no queries, no clock.

A moment is working time when the wall clock in the calendar's zone, at that moment, reads a time inside one of the
day's intervals. So an hour that the autumn night repeats counts twice, one that the spring night skips never, and
nothing here has to treat those nights apart: time is cut into stretches of one offset, and inside such a stretch wall
time is plain arithmetic.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import MAXYEAR, UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

from cashback.lib.errors import DomainError

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
NOTHING = timedelta()
MIDNIGHT = time()

# From when to when; an open one has no end.
Pause = tuple[datetime, datetime | None]


class NeverOpen(DomainError):
    """No moment of these hours is working time, so nothing can ever be due in them."""

    code = "never_open"


class ImpossibleHours(DomainError):
    """An interval that ends before it begins, or on a weekday that there is not."""

    code = "impossible_hours"


@dataclass(frozen=True)
class Hours:
    """When a team works. Intervals are half-open, [opens, closes), in local time, by weekday (Monday is 0); `closes`
    of 00:00 is the end of the day, and a night shift is two intervals. They may touch and overlap."""

    time_zone: str
    intervals: Mapping[int, Sequence[tuple[time, time]]]
    holidays: frozenset[date] = frozenset()
    # By weekday: stretches since midnight, in order, none touching another.
    _week: tuple[tuple[tuple[timedelta, timedelta], ...], ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if unknown := set(self.intervals) - set(range(7)):
            raise ImpossibleHours(f"There is no weekday {min(unknown)}.")
        week = tuple(_merged(self.intervals.get(weekday, ())) for weekday in range(7))
        object.__setattr__(self, "_week", week)

    @property
    def ever_opens(self) -> bool:
        return any(self._week)

    def of_day(self, day: date) -> tuple[tuple[timedelta, timedelta], ...]:
        """The day's stretches of work since its midnight."""
        return () if day in self.holidays else self._week[day.weekday()]


def elapsed(hours: Hours | None, since: datetime, until: datetime) -> int:
    """Whole seconds of working time between two moments; without hours, of wall time. 0 when `until` is earlier."""
    return worked(hours, since, until) // SECOND


def deadline(hours: Hours | None, start: datetime, seconds: int) -> datetime:
    """The earliest moment by which so much working time has passed: `elapsed(hours, start, it) == seconds`.

    Raises NeverOpen.
    """
    return after(hours, start, seconds * SECOND)


def worked(hours: Hours | None, since: datetime, until: datetime) -> timedelta:
    """`elapsed`, to the microsecond: sums of parts lose nothing."""
    # In UTC: between two times of one zone Python compares and subtracts what the wall clock reads.
    since, until = since.astimezone(UTC), until.astimezone(UTC)
    if until <= since:
        return NOTHING
    if hours is None:
        return until - since
    if not hours.ever_opens:
        return NOTHING
    total = NOTHING
    for opens, closes in _open_from(hours, since):
        if opens >= until:
            break
        total += min(closes, until) - opens
    return total


def after(hours: Hours | None, start: datetime, work: timedelta) -> datetime:
    """`deadline`, to the microsecond. Raises NeverOpen."""
    start = start.astimezone(UTC)
    if work <= NOTHING:
        return start
    if hours is None:
        return start + work
    if not hours.ever_opens:
        raise NeverOpen("The calendar has no working hours.")
    for opens, closes in _open_from(hours, start):
        if work <= closes - opens:
            return opens + work
        work -= closes - opens
    raise NeverOpen("The calendar does not work enough for that before the end of time.")


def due(
    hours: Hours | None,
    start: datetime,
    target: timedelta,
    pauses: Sequence[Pause] = (),
) -> datetime | None:
    """When `target` of working time outside the pauses has passed; None while a pause without an end holds it up.

    A pause that begins at the very deadline still holds it: nothing was missed until then.
    """
    for since, until in _in_order(pauses):
        found = after(hours, start, target)
        if found < since:
            return found
        if until is None:
            return None
        target -= worked(hours, start, since)
        start = max(start.astimezone(UTC), until)
    return after(hours, start, target)


def used(
    hours: Hours | None,
    start: datetime,
    at: datetime,
    pauses: Sequence[Pause] = (),
) -> timedelta:
    """Working time from the start to `at`, outside the pauses."""
    total = NOTHING
    for since, until in _in_order(pauses):
        total += worked(hours, start, min(since, at.astimezone(UTC)))
        if until is None:
            return total
        start = max(start.astimezone(UTC), until)
    return total + worked(hours, start, at)


def moment(time_zone: str, day: date, wall: time, *, last: bool = False) -> datetime:
    """When the wall clock of the zone reads that: of two such moments the first (or the `last`); for a time that the
    spring night skips, the moment of the skip."""
    naive = datetime.combine(day, wall)
    found = None
    for since, until, offset in _stretches(time_zone, naive.replace(tzinfo=UTC) - 2 * DAY):
        at = naive.replace(tzinfo=UTC) - offset
        if at < since:
            # It falls into the gap before this stretch, unless an earlier one held it.
            return found or since
        if at < until:
            if not last:
                return at
            found = at
    raise NeverOpen("There is no such moment before the end of time.")


def _in_order(pauses: Sequence[Pause]) -> list[Pause]:
    return sorted(
        ((since.astimezone(UTC), until and until.astimezone(UTC)) for since, until in pauses),
        key=lambda pause: pause[0],
    )


def _merged(intervals: Sequence[tuple[time, time]]) -> tuple[tuple[timedelta, timedelta], ...]:
    merged: list[tuple[timedelta, timedelta]] = []
    for opens, closes in sorted(
        (_since_midnight(opens), DAY if closes == MIDNIGHT else _since_midnight(closes))
        for opens, closes in intervals
    ):
        if closes <= opens:
            raise ImpossibleHours("An interval closes after it opens. A night is two intervals.")
        if merged and opens <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(closes, merged[-1][1]))
        else:
            merged.append((opens, closes))
    return tuple(merged)


def _since_midnight(wall: time) -> timedelta:
    return timedelta(hours=wall.hour, minutes=wall.minute, seconds=wall.second, microseconds=wall.microsecond)


def _open_from(hours: Hours, start: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Stretches of working time from `start`, in UTC, on; in order."""
    for since, until, offset in _stretches(hours.time_zone, start):
        # UTC stands in for the zone's wall clock here: inside the stretch they differ by the offset alone.
        wall, wall_end = max(since, start) + offset, until + offset
        midnight = wall.replace(hour=0, minute=0, second=0, microsecond=0)
        while midnight < wall_end:
            for opens, closes in hours.of_day(midnight.date()):
                first, last = max(midnight + opens, wall), min(midnight + closes, wall_end)
                if first < last:
                    yield first - offset, last - offset
            midnight += DAY


def _stretches(time_zone: str, start: datetime) -> Iterator[tuple[datetime, datetime, timedelta]]:
    """From the one that holds `start` on: (since, until, offset), while the zone's clock is neither put forward nor
    back. A stretch ends with the year too."""
    for year in range(start.year, MAXYEAR - 1):
        for stretch in _of_year(time_zone, year):
            if stretch[1] > start:
                yield stretch


@lru_cache(maxsize=2048)
def _of_year(time_zone: str, year: int) -> tuple[tuple[datetime, datetime, timedelta], ...]:
    zone = ZoneInfo(time_zone)

    def offset(at: datetime) -> timedelta:
        found = at.astimezone(zone).utcoffset()
        assert found is not None  # noqa: S101 - the moment has a zone
        return found

    first, end = datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC)
    days = [first + number * DAY for number in range((end - first).days + 1)]
    changes = [
        _changed_at(before, later, offset)
        for before, later in pairwise(days)
        if offset(before) != offset(later)
    ]
    return tuple((since, until, offset(since)) for since, until in pairwise([first, *changes, end]))


def _changed_at(before: datetime, later: datetime, offset: Callable[[datetime], timedelta]) -> datetime:
    """The second at which the offset changed, between two moments with different ones."""
    old = offset(before)
    while later - before > SECOND:
        middle = before + (later - before) // (2 * SECOND) * SECOND
        if offset(middle) == old:
            before = middle
        else:
            later = middle
    return later
