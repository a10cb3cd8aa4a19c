"""The hours of a calendar, read from their rows and written as new versions."""

import uuid
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.db import transaction
from django.utils.translation import gettext as _

from cashback.lib.errors import DomainError
from support.clocks.calendars import Hours, NeverOpen
from support.clocks.models import Calendar, CalendarInterval, CalendarVersion, Holiday

Week = Mapping[int, Sequence[tuple[time, time]]]

WORKING_DAY = 8 * 60 * 60
_WEEKDAY, _WEEKEND = [(time(9), time(21))], [(time(10), time(19))]
DEFAULT_WEEK: Week = {**{day: _WEEKDAY for day in range(5)}, 5: _WEEKEND, 6: _WEEKEND}


class UnknownZone(DomainError):
    """The time zone is in no list of the world's."""

    code = "unknown_time_zone"


@transaction.atomic
def new_calendar_version(
    *,
    calendar: Calendar,
    intervals: Week,
    holidays: Mapping[date, str] | Collection[date],
    time_zone: str,
    at: datetime,
) -> CalendarVersion:
    """From `at` on the calendar has these hours; clocks that started earlier keep theirs until they are planned anew.

    Raises NeverOpen, ImpossibleHours or UnknownZone.
    """
    _check_zone(time_zone)
    if not Hours(time_zone, intervals).ever_opens:
        raise NeverOpen(_("A calendar needs at least one interval of working time."))
    calendar = Calendar.objects.select_for_update().get(pk=calendar.pk)
    last = calendar.versions.order_by("-number").first()
    version = CalendarVersion.objects.create(
        calendar=calendar, number=last.number + 1 if last else 1, time_zone=time_zone, created_at=at
    )
    CalendarInterval.objects.bulk_create(
        CalendarInterval(version=version, weekday=weekday, opens=opens, closes=closes)
        for weekday, day in sorted(intervals.items())
        for opens, closes in day
    )
    names = holidays if isinstance(holidays, Mapping) else {day: "" for day in holidays}
    Holiday.objects.bulk_create(
        Holiday(version=version, day=day, name=name) for day, name in sorted(names.items())
    )
    calendar.time_zone = time_zone
    calendar.save(update_fields=["time_zone"])
    return version


def make_default_calendar(*, at: datetime) -> Calendar:
    """There is a calendar to start from: Moscow time, 9 to 21 on weekdays and 10 to 19 at weekends. Idempotent."""
    calendar, is_new = Calendar.objects.get_or_create(
        name="Support hours", defaults={"time_zone": "Europe/Moscow"}
    )
    if is_new:
        new_calendar_version(
            calendar=calendar,
            intervals=DEFAULT_WEEK,
            holidays=(),
            time_zone=calendar.time_zone,
            # Its first version holds for what came before it as well.
            at=at - timedelta(days=400),
        )
    return calendar


def version_at(calendar_id: uuid.UUID | None, at: datetime) -> CalendarVersion | None:
    """The version in force at that moment; before the first one, the first. None: no calendar, or one that nobody has
    filled in yet, and wall time counts."""
    if calendar_id is None:
        return None
    versions = CalendarVersion.objects.filter(calendar_id=calendar_id)
    return (
        versions.filter(created_at__lte=at).order_by("-number").first() or versions.order_by("number").first()
    )


def hours_of(version: CalendarVersion | None) -> Hours | None:
    """For `calendars`; two queries, or none when intervals and holidays were prefetched."""
    if version is None:
        return None
    week: dict[int, list[tuple[time, time]]] = {}
    for interval in version.intervals.all():
        week.setdefault(interval.weekday, []).append((interval.opens, interval.closes))
    return Hours(version.time_zone, week, frozenset(holiday.day for holiday in version.holidays.all()))


def _check_zone(time_zone: str) -> None:
    try:
        ZoneInfo(time_zone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise UnknownZone(_("There is no time zone %(zone)s.") % {"zone": time_zone}) from error
