"""A shift, a week, a month, the last thirty days: from when until when, in whose days."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from django.conf import settings

from support.desk.models import Team


class Kind(StrEnum):
    SHIFT = "shift"
    WEEK = "week"
    MONTH = "month"
    DAYS = "days"


DAYS = 30


@dataclass(frozen=True, slots=True)
class Period:
    """Half-open: `since` belongs to it, `until` to the next one."""

    kind: Kind
    since: datetime
    until: datetime
    zone: str

    @property
    def first_day(self) -> date:
        return self.since.astimezone(ZoneInfo(self.zone)).date()

    @property
    def last_day(self) -> date:
        return (self.until - timedelta(microseconds=1)).astimezone(ZoneInfo(self.zone)).date()

    @property
    def days(self) -> list[date]:
        return [self.first_day + timedelta(days=n) for n in range((self.last_day - self.first_day).days + 1)]

    def previous(self) -> "Period":
        """The one before; before a shift, as long a time."""
        if self.kind is Kind.SHIFT:
            return Period(self.kind, self.since - (self.until - self.since), self.since, self.zone)
        return period_at(self.kind, self.since - timedelta(seconds=1), zone=self.zone)

    def next(self) -> "Period":
        if self.kind is Kind.SHIFT:
            return Period(self.kind, self.until, self.until + (self.until - self.since), self.zone)
        ahead = timedelta(days=DAYS - 1) if self.kind is Kind.DAYS else timedelta()
        return period_at(self.kind, self.until + ahead, zone=self.zone)


def period_at(kind: Kind, at: datetime, *, zone: str) -> Period:
    """The week (from Monday) or the month that holds the moment, or the thirty days that end with its day; in the days
    of the zone."""
    day = at.astimezone(ZoneInfo(zone)).date()
    if kind is Kind.WEEK:
        first = day - timedelta(days=day.weekday())
        after = first + timedelta(days=7)
    elif kind is Kind.DAYS:
        first, after = day - timedelta(days=DAYS - 1), day + timedelta(days=1)
    else:
        first = day.replace(day=1)
        after = (first + timedelta(days=32)).replace(day=1)
    return Period(kind, _midnight(first, zone), _midnight(after, zone), zone)


def zone_of_the_house() -> str:
    """Days are those of the team that takes what nobody else does; without a calendar, the server's."""
    team = Team.objects.filter(is_default=True).select_related("calendar").first()
    return team.calendar.time_zone if team and team.calendar else settings.TIME_ZONE


def _midnight(day: date, zone: str) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(zone))
