"""Who works at the demo's desk, when, and under which promises."""

from dataclasses import dataclass
from datetime import datetime, time

from django.contrib.auth.models import User
from django.db import transaction

from partners.models import Partner
from support.clocks import services as clocks
from support.clocks.models import Calendar
from support.desk import people
from support.desk.default_macros import make_default_macros
from support.desk.models import Agent, Macro, Role, Team
from support.goodwill import services as goodwill
from support.seeds import words

ZONE = "Europe/Moscow"
OPENS, CHANGES, CLOSES = time(9), time(15), time(21)


@dataclass(frozen=True, slots=True)
class Hand:
    """One of the demo's agents. `is_quick` and `is_early` tell how they work, and on which of the day's two shifts."""

    username: str
    name: str
    role: Role
    languages: tuple[str, ...]
    minutes: int
    is_early: bool


HANDS = (
    Hand("sam", "Sam", Role.AGENT, (), 9, is_early=True),
    Hand("marta", "Marta", Role.AGENT, ("ru",), 6, is_early=True),
    Hand("pavel", "Pavel", Role.AGENT, (), 14, is_early=False),
    Hand("irina", "Irina", Role.LEAD, (), 8, is_early=False),
)


@transaction.atomic
def hire(*, at: datetime) -> Team:
    """The team, its hours, its agents and its rules exist; safe to run again."""
    calendar, _made = Calendar.objects.get_or_create(name=words.CALENDAR, defaults={"time_zone": ZONE})
    if not calendar.versions.exists():
        clocks.new_calendar_version(
            calendar=calendar,
            time_zone=ZONE,
            # An hour's lunch is worked by half of the team, so the promise runs on.
            intervals={weekday: [(OPENS, CLOSES)] for weekday in range(7)},
            holidays={},
            at=at,
        )
    team = people.default_team()
    if team.calendar_id is None:
        team.calendar, team.name = calendar, words.TEAM
        team.save(update_fields=["calendar", "name"])
    for hand in HANDS:
        user, _made = User.objects.get_or_create(username=hand.username, defaults={"is_staff": True})
        Agent.objects.get_or_create(
            user=user,
            defaults={
                "team": team,
                "name": hand.name,
                "role": hand.role,
                "languages": list(hand.languages),
                "most_open": 40,
            },
        )
    clocks.make_default_policies()
    if not Macro.objects.exists():
        make_default_macros(at=at)
        for macro in Macro.objects.filter(name__in=words.MACROS):
            macro.name = words.MACROS[macro.name]
            macro.save(update_fields=["name"])
    for partner in Partner.objects.filter(storefronts__is_active=True).distinct():
        for currency in set(partner.storefronts.values_list("currency", flat=True)):
            goodwill.make_default_policy(partner, currency)
    return team
