"""Facts and calendars for clocks; a subject needs no ticket behind it."""

import uuid
from datetime import datetime, time
from zoneinfo import ZoneInfo

from support.clocks import services as clocks
from support.clocks.models import Calendar

WEEKDAYS = {day: [(time(9), time(18))] for day in range(5)}


def moscow(*when: int) -> datetime:
    return datetime(*when, tzinfo=ZoneInfo("Europe/Moscow"))


def calendar(*, intervals=None, holidays=(), time_zone="Europe/Moscow", at=None, name="Hours") -> Calendar:
    made, _ = Calendar.objects.get_or_create(name=name)
    clocks.new_calendar_version(
        calendar=made,
        intervals=intervals or WEEKDAYS,
        holidays=holidays,
        time_zone=time_zone,
        at=at or moscow(2025, 1, 1),
    )
    return made


def facts(partner_id: uuid.UUID, **given) -> clocks.CaseFacts:
    defaults = {
        "subject_id": uuid.uuid4(),
        "cycle": 1,
        "category": "other",
        "priority": "normal",
        "language": "ru",
        "channel": "email",
        "calendar_id": None,
        "team_id": None,
    }
    return clocks.CaseFacts(partner_id=partner_id, **{**defaults, **given})
