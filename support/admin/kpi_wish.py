"""What is looked at: which period, whose work, and what of it the looker may see."""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, QueryDict
from django.utils.functional import cached_property
from django.utils.http import urlencode

from partners import reach
from partners.models import Partner
from support.desk.models import Agent, Team
from support.desk.people import agent_of
from support.quality.measures.scope import Scope
from support.quality.periods import Kind, Period, period_at, zone_of_the_house
from support.shifts.models import Shift

# Of the whole house; an agent without it sees their own work.
SEES_ALL = "quality.view_bonussheet"


@dataclass(frozen=True)
class Wish:
    """One period and who is looked at. `me` is set where the looker sees nobody else."""

    period: Period
    before: Period
    at: datetime
    # The partners that the looker works for; None is all.
    reached: Collection[uuid.UUID] | None
    partner: Partner | None = None
    team: Team | None = None
    agent: Agent | None = None
    me: Agent | None = None
    shift: Shift | None = None

    @classmethod
    def read(cls, request: HttpRequest, *, at: datetime) -> "Wish":
        """Raises PermissionDenied for who may see nothing, and Http404 for a partner out of reach."""
        user, asked = request.user, request.GET
        me = agent_of(user)
        sees_all = user.has_perm(SEES_ALL) or (me is not None and me.is_lead)
        if me is None and not sees_all:
            raise PermissionDenied
        reached = reach.partner_ids(user)
        partner = _chosen(_partners(reached), asked.get("partner"))
        shift = _shift(asked) if asked.get("period") == Kind.SHIFT else None
        period = _period(asked, shift, at=at)
        team = _chosen(Team.objects.all(), asked.get("team")) if sees_all else None
        agent = _chosen(Agent.objects.select_related("team"), asked.get("agent")) if sees_all else me
        return cls(
            period=period,
            before=_before(period, shift),
            at=at,
            reached=reached,
            partner=partner,
            team=team or (shift.team if shift and sees_all else None),
            agent=agent,
            me=None if sees_all else me,
            shift=shift,
        )

    @property
    def scope(self) -> Scope:
        return Scope.of(
            self.period,
            at=self.at,
            partner_ids=[self.partner.pk] if self.partner else self.reached,
            team_id=self.team.pk if self.team else None,
            agent_id=self.agent.pk if self.agent else None,
        )

    @property
    def scope_before(self) -> Scope:
        return self.scope.over(self.before)

    @cached_property
    def days(self) -> list[date]:
        """Of the period, those that have begun."""
        today = self.at.astimezone(ZoneInfo(self.period.zone)).date()
        return [day for day in self.period.days if day <= today]

    @property
    def query(self) -> str:
        """The address's part that asks for the same again."""
        return urlencode(self._facts())

    def with_period(self, kind: Kind, day: date | None = None) -> str:
        facts = {key: value for key, value in self._facts().items() if key not in ("period", "on", "shift")}
        return urlencode({"period": kind.value, **({"on": day.isoformat()} if day else {}), **facts})

    def with_shift(self, shift_id: uuid.UUID) -> str:
        facts = {
            key: value for key, value in self._facts().items() if key not in ("period", "on", "shift", "team")
        }
        return urlencode({"period": Kind.SHIFT.value, "shift": str(shift_id), **facts})

    def with_agent(self, agent: Agent) -> str:
        facts = {key: value for key, value in self._facts().items() if key != "agent"}
        return f"?{urlencode({**facts, 'agent': str(agent.pk)})}"

    def _facts(self) -> dict[str, str]:
        facts = {"period": self.period.kind.value}
        if self.shift:
            facts["shift"] = str(self.shift.pk)
        else:
            facts["on"] = self.period.last_day.isoformat()
        chosen = {"team": self.team if not self.shift else None, "partner": self.partner}
        if self.me is None:
            chosen["agent"] = self.agent
        return facts | {name: str(row.pk) for name, row in chosen.items() if row}

    def partners(self) -> Sequence[Partner]:
        return list(_partners(self.reached))


def _partners(reached: Collection[uuid.UUID] | None) -> Any:
    rows = Partner.objects.order_by("name", "pk")
    return rows if reached is None else rows.filter(pk__in=reached)


def _chosen(rows: Any, text: str | None) -> Any:
    """The row by its id; None where none is asked for. Raises Http404 for one that is not among them."""
    if not text:
        return None
    try:
        found = rows.filter(pk=uuid.UUID(text)).first()
    except ValueError:
        found = None
    if found is None:
        raise Http404
    return found


def _shift(asked: QueryDict) -> Shift | None:
    rows = Shift.objects.select_related("team__calendar")
    if asked.get("shift"):
        found: Shift | None = _chosen(rows, asked.get("shift"))
        return found
    return rows.filter(close__isnull=False).order_by("-ends_at", "-pk").first()


def _period(asked: QueryDict, shift: Shift | None, *, at: datetime) -> Period:
    zone = zone_of_the_house()
    if shift is not None:
        return Period(Kind.SHIFT, shift.starts_at, shift.ends_at, zone)
    kind = Kind(asked["period"]) if asked.get("period") in ("week", "month", "days") else Kind.DAYS
    try:
        day = date.fromisoformat(asked.get("on", ""))
        moment = datetime.combine(day, time(12), ZoneInfo(zone)) if 2000 < day.year < 2200 else at
    except ValueError:
        moment = at
    return period_at(kind, min(moment, at), zone=zone)


def _before(period: Period, shift: Shift | None) -> Period:
    """A shift is measured by the one of its name before it: a night by the last night."""
    if shift is not None:
        rows = Shift.objects.filter(team=shift.team_id, name=shift.name, starts_at__lt=shift.starts_at)
        if last := rows.order_by("-starts_at").first():
            return Period(Kind.SHIFT, last.starts_at, last.ends_at, period.zone)
    return period.previous()
