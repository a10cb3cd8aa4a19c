"""The figures' page: what the house measures, by period, team, agent and partner; and each table of it as a file."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from partners.models import Partner
from support.admin import kpi_charts as charts
from support.admin import kpi_goodwill as goodwill
from support.admin import kpi_tables as tables
from support.admin import kpi_tiles, nav
from support.admin import kpi_words as words
from support.admin.kpi_wish import Wish
from support.admin.kpi_words import Chart, Table
from support.desk.models import Agent, Team
from support.quality import overview
from support.quality.measures import claims, sla, speed, triage, zero
from support.quality.measures.scope import By, remembering
from support.quality.measures.zero import Closed
from support.quality.periods import Kind
from support.shifts.models import Shift

_SHIFTS_TO_CHOOSE = 30


@dataclass(frozen=True, slots=True)
class Mark:
    """One shift on the strip."""

    title: str
    shown: str
    is_zero: bool
    link: str


@dataclass(frozen=True, slots=True)
class StripDay:
    day: str
    weekday: str
    is_weekend: bool
    marks: Sequence[Mark]


def show(request: HttpRequest) -> HttpResponse:
    wish = Wish.read(request, at=timezone.now())
    with timezone.override(wish.period.zone), remembering():
        return TemplateResponse(request, "admin/support/kpi.html", _page(request, wish)).render()


def download(request: HttpRequest, name: str) -> HttpResponse:
    """A table of the page, for the same period and people. It begins as spreadsheets tell UTF-8 by."""
    wish = Wish.read(request, at=timezone.now())
    make = {**_TABLES, **_TABLES_OF_THE_HOUSE}.get(name)
    if make is None or (wish.me is not None and name not in (*_TABLES, *_BELOW_ONE)):
        raise Http404
    with timezone.override(wish.period.zone), remembering():
        content = words.as_csv(make(wish))
    period = f"{wish.period.first_day}_{wish.period.last_day}"
    return HttpResponse(
        "\ufeff" + content,
        content_type="text/csv; charset=utf-8",
        headers={
            "Content-Disposition": f'attachment; filename="{name}_{period}.csv"',
            "Cache-Control": "no-store",
        },
    )


def _page(request: HttpRequest, wish: Wish) -> dict[str, Any]:
    scope, shift_id = wish.scope, wish.shift.pk if wish.shift else None
    now = overview.headline(scope, shift_id=shift_id)
    before = overview.headline(wish.scope_before, shift_id=_shift_before(wish))
    closed = zero.closes(scope, shift_id=shift_id)
    return {
        **nav.context(request, at=wish.at, here="admin:quality_kpi"),
        "title": _("Figures"),
        "wish": wish,
        "period_words": _period_words(wish),
        "before_words": _("against %(period)s") % {"period": _before_words(wish)},
        "kinds": _kinds(wish),
        "earlier": wish.with_period(wish.period.kind, wish.period.previous().last_day),
        "later": wish.with_period(wish.period.kind, wish.period.next().last_day)
        if wish.period.until <= wish.at
        else "",
        "choices": _choices(wish),
        "shifts": _shifts_to_choose() if wish.period.kind is Kind.SHIFT else [],
        "tiles": kpi_tiles.tiles(now, before, is_of_one=wish.agent is not None),
        "waiting": _waiting(wish),
        "agents": _agents(wish),
        "charts": _charts(wish),
        "strip": _strip(wish, closed),
        "shift_table": tables.shifts(closed, _teams()),
        "bonus": tables.bonus(wish.agent) if wish.agent else None,
        "tables": [_TABLES_OF_THE_HOUSE[name](wish) for name in (_BELOW_ONE if wish.agent else _BELOW)],
    }


def _charts(wish: Wish) -> Sequence[Chart]:
    """A shift is too short for days."""
    if wish.period.kind is Kind.SHIFT:
        return [] if wish.agent else [_contacts(wish)]
    days = overview.by_day(wish.scope, wish.days)
    found = [
        charts.first_replies(days),
        charts.flow(days, is_of_one=wish.agent is not None),
        charts.satisfaction(days),
    ]
    if wish.agent:
        return [*found[:-1], replace(found[-1], is_wide=True)]
    return [*found, charts.automatic(days), _contacts(wish)]


def _contacts(wish: Wish) -> Chart:
    return charts.contacts(claims.contacts(wish.scope))


def _agents(wish: Wish) -> Table:
    shift_id = wish.shift.pk if wish.shift else None
    found = overview.by_agent(wish.scope, shift_id=shift_id)
    return tables.agents(found, link=None if wish.me else wish.with_agent)


def _shift_table(wish: Wish) -> Table:
    return tables.shifts(zero.closes(wish.scope, shift_id=wish.shift.pk if wish.shift else None), _teams())


def _by_team(wish: Wish) -> Table:
    names = {str(pk): name for pk, name in _teams().items()}
    return tables.groups("teams", _("By team"), overview.by_group(wish.scope, By.TEAM), names)


def _by_partner(wish: Wish) -> Table:
    names = {str(partner.pk): partner.name for partner in wish.partners()}
    return tables.groups("partners", _("By partner"), overview.by_group(wish.scope, By.PARTNER), names)


def _day_chart(draw: Callable[[Mapping[date, overview.Day]], Chart]) -> Callable[[Wish], Table]:
    return lambda wish: draw(overview.by_day(wish.scope, wish.days)).table


# By the name in the file's address.
_TABLES: Mapping[str, Callable[[Wish], Table]] = {
    "agents": _agents,
    "shifts": _shift_table,
    "first-replies": _day_chart(charts.first_replies),
    "opened-and-closed": _day_chart(charts.flow),
    "satisfaction": _day_chart(charts.satisfaction),
    "bonus": lambda wish: tables.bonus(wish.agent),
}
# Not for an agent who sees their own work alone.
_TABLES_OF_THE_HOUSE: Mapping[str, Callable[[Wish], Table]] = {
    "teams": _by_team,
    "partners": _by_partner,
    "promises": lambda wish: tables.promises(sla.hits(wish.scope)),
    "breaches": lambda wish: tables.breaches(sla.breaches_on_duty(wish.scope)),
    "rules": lambda wish: tables.rules(triage.records(wish.scope)),
    "refusals": lambda wish: tables.refusals(claims.success(wish.scope)),
    "networks": lambda wish: tables.approvals(claims.approvals(wish.scope)),
    "automatic": _day_chart(charts.automatic),
    "contacts": lambda wish: _contacts(wish).table,
    "goodwill-shops": goodwill.by_merchant,
    "goodwill-givers": goodwill.by_giver,
    "goodwill-shoppers": goodwill.by_shopper,
}
# The tables that have no picture, in order.
_BELOW_ONE = ("promises",)
_BELOW = (
    *("teams", "partners", "promises", "breaches", "rules", "networks", "refusals"),
    *("goodwill-shops", "goodwill-givers", "goodwill-shoppers"),
)


def _teams() -> Mapping[uuid.UUID, str]:
    return dict(Team.objects.values_list("pk", "name"))


def _shift_before(wish: Wish) -> uuid.UUID | None:
    if wish.shift is None:
        return None
    before = Shift.objects.filter(team=wish.shift.team_id, starts_at=wish.before.since, name=wish.shift.name)
    # None would ask for all shifts of the period; there was none before this one.
    return before.values_list("pk", flat=True).first() or wish.shift.team_id


def _period_words(wish: Wish) -> str:
    if wish.shift is not None:
        return f"{wish.shift.name}, {words.day(wish.period.first_day)}"
    return words.days(wish.period.first_day, wish.period.last_day)


def _before_words(wish: Wish) -> str:
    if wish.shift is not None:
        return f"{wish.shift.name}, {words.day(wish.before.first_day)}"
    return words.days(wish.before.first_day, wish.before.last_day)


def _kinds(wish: Wish) -> Sequence[tuple[str, str, bool]]:
    """(title, address, whether it is looked at)."""
    named = [
        (Kind.DAYS, _("30 days")),
        (Kind.WEEK, _("Week")),
        (Kind.MONTH, _("Month")),
        (Kind.SHIFT, _("Shift")),
    ]
    return [(title, wish.with_period(kind), kind is wish.period.kind) for kind, title in named]


def _choices(wish: Wish) -> Sequence[tuple[str, str, Sequence[tuple[str, str, bool]]]]:
    """(name, title, options) of what can be narrowed; where there is one choice only, none is offered."""
    if wish.me is not None:
        people: list[Any] = []
        teams: list[Any] = []
    else:
        agents = Agent.objects.filter(is_active=True).order_by("name", "pk")
        people = list(agents.filter(team=wish.team) if wish.team else agents)
        if wish.agent and wish.agent not in people:
            people.append(wish.agent)
        teams = [] if wish.shift else list(Team.objects.order_by("name", "pk"))
    partners: list[Partner] = list(wish.partners())
    found = [
        ("team", _("Team"), teams, wish.team),
        ("agent", _("Agent"), people, wish.agent),
        ("partner", _("Partner"), partners, wish.partner),
    ]
    return [
        (name, title, [(str(row.pk), str(row), row == chosen) for row in rows])
        for name, title, rows, chosen in found
        if len(rows) > 1 or (chosen is not None and rows)
    ]


def _shifts_to_choose() -> Sequence[tuple[str, str]]:
    rows = Shift.objects.filter(close__isnull=False).select_related("team").order_by("-ends_at", "-pk")
    return [
        (
            str(shift.pk),
            f"{words.day(timezone.localtime(shift.starts_at).date())}, {shift.name} ({shift.team})",
        )
        for shift in rows[:_SHIFTS_TO_CHOOSE]
    ]


def _waiting(wish: Wish) -> str:
    found = speed.waiting(wish.scope)
    if found.oldest_seconds is None:
        return ""
    if not found.oldest_seconds:
        said = ngettext(
            "%(count)s case waits for its first reply; it came outside working hours. No percentile has it.",
            "%(count)s cases wait for their first reply; all came outside working hours. No percentile has them.",
            found.count,
        )
        return said % {"count": words.number(found.count)}
    said = ngettext(
        "%(count)s case waits for its first reply, for %(time)s of working time. No percentile has it.",
        "%(count)s cases wait for their first reply, the oldest for %(time)s of working time. No percentile has them.",
        found.count,
    )
    return said % {"count": words.number(found.count), "time": words.span(found.oldest_seconds)}


def _strip(wish: Wish, closed: Sequence[Closed]) -> Sequence[StripDay]:
    """Every day of the period, each with its shifts: zero, or how much was left over."""
    if wish.period.kind is Kind.SHIFT or not closed:
        return []
    by_day = zero.by_day(closed, zone=wish.period.zone)
    return [
        StripDay(
            day=words.day(day),
            weekday=words.weekday(day),
            is_weekend=day.weekday() >= 5,
            marks=[_mark(wish, each) for each in by_day.get(day, ())],
        )
        for day in wish.days
    ]


def _mark(wish: Wish, each: Closed) -> Mark:
    said = _("closed at zero") if each.is_zero else _("left over: %(count)s") % {"count": each.left_over}
    ended = timezone.localtime(each.ends_at)
    return Mark(
        title=f"{each.name}, {words.day(ended.date())} {ended:%H:%M}: {said}",
        shown="0" if each.is_zero else str(each.left_over),
        is_zero=each.is_zero,
        link=wish.with_shift(each.shift_id),
    )
