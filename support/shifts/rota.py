"""Who works when: the usual week made into shifts, and who is on duty at a moment."""

import uuid
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta

from django.conf import settings
from django.db import transaction

from support.clocks import calendars
from support.clocks.hours import version_at
from support.desk.models import Agent, Presence, PresenceChange, Team
from support.shifts.models import RotaTemplate, Shift, ShiftMember


@transaction.atomic
def plan_shift(
    *, team: Team, name: str, starts_at: datetime, ends_at: datetime, agents: Iterable[Agent]
) -> Shift:
    """The shift exists with these agents; one planned already under this name and start stays as it is."""
    shift, is_new = Shift.objects.get_or_create(
        team=team, name=name, starts_at=starts_at, defaults={"ends_at": ends_at}
    )
    if is_new:
        ShiftMember.objects.bulk_create(ShiftMember(shift=shift, agent=agent) for agent in agents)
    return shift


@transaction.atomic
def plan_week(*, team: Team, day: date) -> list[Shift]:
    """The week that `day` lies in has the shifts of the team's rota, but for the calendar's holidays. Times are the
    wall clock's of the team's zone, on nights when it is put forward or back too. Safe to run again: what is planned
    stays as it is."""
    monday = day - timedelta(days=day.weekday())
    zone, holidays = _zone_and_holidays(team, monday)
    lines = RotaTemplate.objects.filter(team=team, is_active=True).prefetch_related("agents")
    planned = []
    for line in lines.order_by("weekday", "starts", "pk"):
        first = monday + timedelta(days=line.weekday)
        if first in holidays:
            continue
        last = first if line.ends > line.starts else first + timedelta(days=1)
        planned.append(
            plan_shift(
                team=team,
                name=line.name,
                starts_at=calendars.moment(zone, first, line.starts),
                ends_at=calendars.moment(zone, last, line.ends, last=True),
                agents=[agent for agent in line.agents.all() if agent.is_active],
            )
        )
    return planned


def current(team: Team, at: datetime) -> Shift | None:
    """The running shift; of several the one that ends first."""
    return Shift.objects.filter(team=team).running(at).order_by("ends_at", "pk").first()


def next_after(shift: Shift) -> Shift | None:
    """Who takes over: the team's earliest shift that goes on, or begins, when this one has ended."""
    others = Shift.objects.filter(team_id=shift.team_id, ends_at__gt=shift.ends_at)
    return others.exclude(pk=shift.pk).earliest_first().first()


def duty(team_id: uuid.UUID, at: datetime) -> list[uuid.UUID]:
    """The agents on the team's shifts at that moment. Where none was planned: those who were online."""
    running = Shift.objects.filter(team_id=team_id).running(at)
    members = ShiftMember.objects.filter(shift__in=running)
    on_shift = list(members.order_by("agent").values_list("agent", flat=True).distinct())
    if on_shift or running.exists():
        return on_shift
    last_known = (
        PresenceChange.objects.filter(agent__team=team_id, at__lte=at)
        .order_by("agent", "-at", "-pk")
        .distinct("agent")
    )
    return [change.agent_id for change in last_known if change.presence == Presence.ONLINE]


def present(team: Team) -> list[Agent]:
    """The team's agents who are there now, online ones first."""
    there = Agent.objects.filter(team=team, is_active=True).exclude(presence=Presence.OFFLINE)
    return sorted(there, key=lambda agent: (agent.presence != Presence.ONLINE, agent.name))


def _zone_and_holidays(team: Team, monday: date) -> tuple[str, frozenset[date]]:
    if team.calendar_id is None:
        return settings.TIME_ZONE, frozenset()
    # The version in force when the week is over: hours decided for its middle hold for planning it.
    version = version_at(team.calendar_id, datetime.combine(monday, time(), tzinfo=UTC) + timedelta(days=7))
    if version is None:
        return settings.TIME_ZONE, frozenset()
    days = version.holidays.values_list("day", flat=True)
    return version.time_zone, frozenset(days)
