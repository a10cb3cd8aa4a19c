"""How the desk says times and people in as few letters as can be read at a glance."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from babel.dates import format_date, format_skeleton
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from cashback.lib import display

_MINUTE, _HOUR, _DAY = 60, 3600, 86400
# Tints of the stylesheet for the letters that stand for a person.
_TONES = 6


def span(seconds: int | float | timedelta | None) -> str:
    """`4 min`, `2 h 5 min`, `3 d`: without its sign."""
    if seconds is None:
        return ""
    whole = abs(int(seconds.total_seconds() if isinstance(seconds, timedelta) else seconds))
    if whole < _HOUR:
        return _("%(count)s min") % {"count": max(1, whole // _MINUTE) if whole else 0}
    if whole < _DAY:
        hours, minutes = whole // _HOUR, whole % _HOUR // _MINUTE
        told = _("%(count)s h") % {"count": hours}
        return f"{told} {_('%(count)s min') % {'count': minutes}}" if hours < 4 and minutes else told
    return _("%(count)s d") % {"count": whole // _DAY}


def minutes(count: int | None) -> str:
    return "" if count is None else span(count * _MINUTE)


def moment(value: datetime | None) -> str:
    """`14:05` today, `12 Nov 14:05` on other days of this year, `12 Nov 2025` before that."""
    if value is None:
        return ""
    local, today = timezone.localtime(value), timezone.localdate()
    if local.date() == today:
        return f"{local:%H:%M}"
    if local.year == today.year:
        return f"{_short_day(local.date())} {local:%H:%M}"
    return display.day(value)


def short_day(value: datetime | date | None) -> str:
    """`12 Nov`, with its year where that is another one."""
    if value is None:
        return ""
    day = timezone.localtime(value).date() if isinstance(value, datetime) else value
    return _short_day(day) if day.year == timezone.localdate().year else display.day(day)


def since(value: datetime | None) -> str:
    """How long ago, in few letters."""
    return "" if value is None else span(timezone.now() - value)


def initials(name: Any) -> str:
    parts = str(name).split()
    return "".join(part[0] for part in parts[:2]).upper() or "?"


def tone(name: Any) -> int:
    """Which of the stylesheet's tints a person has: always the same."""
    return sum(str(name).encode()) % _TONES


def joined(values: Iterable[Any]) -> str:
    return ", ".join(str(value) for value in values)


def file_size(count: int) -> str:
    kilobytes = max(1, count // 1024)
    if kilobytes < 1024:
        return _("%(count)s KB") % {"count": kilobytes}
    return _("%(count)s MB") % {"count": round(kilobytes / 1024, 1)}


def _short_day(day: date) -> str:
    return format_skeleton("MMMd", day, locale=get_language() or "en")


def weekday(value: datetime) -> str:
    return format_date(timezone.localtime(value), "EEE", locale=get_language() or "en")
