"""Tables of the figures' page: who did what, which promises were kept, and what stands behind the claims."""

import uuid
from collections.abc import Callable, Mapping, Sequence

from django.utils.translation import gettext as _

from cashback.lib.admin import NOTHING
from support import codes
from support.admin import kpi_words as words
from support.admin.kpi_words import Cell, Column, Table
from support.admin.verdicts import RULES
from support.claims.models import RuleSwitch
from support.clocks.models import Metric
from support.desk.models import Agent
from support.display import moment
from support.quality.bonus.sheets import period_of
from support.quality.measures.claims import Approval, Success
from support.quality.measures.satisfaction import LEAST_FOR_A_RANK, TARGET, Satisfaction
from support.quality.measures.sla import Hits
from support.quality.measures.triage import LEAST_ANSWERS, MOST_ERROR, RuleRecord
from support.quality.measures.zero import Closed
from support.quality.models import BonusLine
from support.quality.overview import Group, Work


def agents(rows: Sequence[Work], *, link: Callable[[Agent], str] | None = None) -> Table:
    """`link` gives the address at which an agent's own figures are."""
    return Table(
        "agents",
        _("By agent"),
        [
            Column(_("Agent"), is_number=False),
            Column(_("Team"), is_number=False, is_in_files_only=True),
            Column(_("Closed")),
            Column(_("Weighed")),
            Column(_("Came back")),
            Column(_("First reply, median"), _("First reply, median, s")),
            Column(_("90 % within"), _("First reply, 90 %, s")),
            Column(_("In time"), _("In time, %")),
            Column(_("Late on duty")),
            Column(_("One touch"), _("One touch, %")),
            Column(_("Answers")),
            Column(_("Satisfied"), _("Satisfied, %")),
            Column(_("Shifts at zero")),
            Column(_("Suggestions")),
        ],
        [
            [
                words.text(row.agent.name, link=link(row.agent) if link else "", small=row.agent.team.name),
                words.text(row.agent.team.name),
                words.count(row.quantity.closed),
                words.decimal(row.quantity.weighted, 2),
                words.count(row.quantity.taken_back),
                words.working(row.first_reply.p50 if row.first_reply else None),
                words.working(row.first_reply.p90 if row.first_reply else None),
                words.share(row.replies.share),
                words.count(row.replies.breached),
                words.share(row.one_touch.share),
                words.count(row.satisfaction.answered),
                satisfied(row.satisfaction),
                _of(row.zero.at_zero, row.zero.shifts),
                words.count(row.shipped),
            ]
            for row in rows
        ],
        note=" ".join(
            (
                _("Satisfaction of fewer than %(count)s answers is not shown.") % {"count": LEAST_FOR_A_RANK},
                _("A case that comes back within 72 hours is taken back."),
                _("Late on duty: a promise broke while the agent was on the shift."),
            )
        ),
        empty=_("Nobody has answered anything in this period."),
    )


def satisfied(found: Satisfaction) -> Cell:
    """Hidden below twenty answers, in files too."""
    if not found.is_ranked or found.share is None or found.interval is None:
        return Cell(NOTHING, "")
    low, high = found.interval
    shown = f"{words.percent(found.share)} ({words.number(low * 100)}–{words.percent(high, 0)})"
    return Cell(shown, round(found.share * 100, 2), "good" if found.share >= TARGET else "bad")


def groups(name: str, title: str, rows: Mapping[str, Group], names: Mapping[str, str]) -> Table:
    """By team or by partner."""
    shown = sorted((names[key], row) for key, row in rows.items() if key in names)
    return Table(
        name,
        title,
        [
            Column(_("Name"), is_number=False),
            Column(_("Closed by people")),
            Column(_("First reply, median"), _("First reply, median, s")),
            Column(_("90 % within"), _("First reply, 90 %, s")),
            Column(_("One touch"), _("One touch, %")),
            Column(_("Answers")),
            Column(_("Satisfied"), _("Satisfied, %")),
        ],
        [
            [
                words.text(called),
                words.count(row.one_touch.cycles),
                words.working(row.first_reply.p50 if row.first_reply else None),
                words.working(row.first_reply.p90 if row.first_reply else None),
                words.share(row.one_touch.share),
                words.count(row.satisfaction.answered),
                satisfied(row.satisfaction),
            ]
            for called, row in shown
        ],
        empty=_("Nobody has answered anything in this period."),
        is_wide=True,
    )


def promises(hits: Mapping[Metric, Hits]) -> Table:
    return Table(
        "promises",
        _("Promises about time"),
        [
            Column(_("Clock"), is_number=False),
            Column(_("Kept")),
            Column(_("Broken")),
            Column(_("Share"), _("Share, %")),
        ],
        [
            [
                words.text(_capital(metric.label)),
                words.count(found.met),
                words.count(found.breached),
                words.share(found.share),
            ]
            for metric, found in hits.items()
        ],
        note=_("What is kept too late stays broken."),
        empty=_("No clock ended in this period."),
    )


def breaches(found: Mapping[uuid.UUID, int]) -> Table:
    people = {
        agent.pk: agent
        for agent in Agent.objects.filter(pk__in=found).select_related("team").order_by("name")
    }
    ranked = sorted(
        found.items(), key=lambda pair: (-pair[1], people[pair[0]].name if pair[0] in people else "")
    )
    return Table(
        "breaches",
        _("Broken promises by who was on duty"),
        [Column(_("Agent"), is_number=False), Column(_("Team"), is_number=False), Column(_("Broken"))],
        [
            [words.text(people[pk].name), words.text(people[pk].team.name), words.count(times)]
            for pk, times in ranked
            if pk in people
        ],
        empty=_("No promise broke while anybody was on duty."),
    )


def shifts(closed: Sequence[Closed], teams: Mapping[uuid.UUID, str]) -> Table:
    return Table(
        "shifts",
        _("Shifts at zero"),
        [
            Column(_("Ended"), is_number=False),
            Column(_("Shift"), is_number=False),
            Column(_("Team"), is_number=False),
            Column(_("Left over")),
            Column(_("Excused")),
            Column(_("Late arrivals")),
            Column(_("Zero"), is_number=False),
        ],
        [
            [
                Cell(moment(each.ends_at), each.ends_at.isoformat()),
                words.text(each.name),
                words.text(teams.get(each.team_id, "")),
                words.count(each.left_over),
                words.count(each.excused),
                words.count(each.late_arrivals),
                words.text(_("yes") if each.is_zero else _("no"), tone="good" if each.is_zero else "bad"),
            ]
            for each in reversed(closed)
        ],
        note=_("From the frozen closes. All on the shift earn it, or nobody does."),
        empty=_("No shift was closed in this period."),
    )


def rules(found: Sequence[RuleRecord]) -> Table:
    switches = {switch.rule: switch for switch in RuleSwitch.objects.all()}
    return Table(
        "rules",
        _("Rules that answer by themselves"),
        [
            Column(_("Rule"), is_number=False),
            Column(_("Answers")),
            Column(_("Contested")),
            Column(_("Overturned")),
            Column(_("Wrong"), _("Wrong, %")),
            Column(_("State"), is_number=False),
        ],
        [
            [
                words.text(RULES.get(each.rule, each.rule)),
                words.count(each.answers),
                words.count(each.contested),
                words.count(each.overturned),
                words.share(each.error, tone="bad" if (each.error or 0) > MOST_ERROR else ""),
                _state(switches.get(each.rule)),
            ]
            for each in found
        ],
        note=_(
            "A rule stops when more than %(error)s of its answers of 90 days were overturned, of %(count)s at least."
        )
        % {"error": words.percent(MOST_ERROR), "count": LEAST_ANSWERS},
        empty=_("No claim was answered by a rule in this period."),
        is_wide=True,
    )


def approvals(found: Sequence[Approval]) -> Table:
    return Table(
        "networks",
        _("Networks' answers"),
        [
            Column(_("Network account"), is_number=False),
            Column(_("Shop"), is_number=False),
            Column(_("Answered")),
            Column(_("Approved")),
            Column(_("Share"), _("Share, %")),
            Column(_("Days, median")),
            Column(_("Days, 90 %")),
        ],
        [
            [
                words.text(each.account),
                words.text(each.merchant or _("all shops")),
                words.count(each.answered),
                words.count(each.approved),
                words.share(each.share),
                words.decimal(each.days_p50, 1),
                words.decimal(each.days_p90, 1),
            ]
            for each in found
        ],
        empty=_("No network has answered an inquiry in this period."),
        is_wide=True,
    )


def refusals(found: Success) -> Table:
    ranked = sorted(found.refusals.items(), key=lambda pair: (-pair[1], pair[0]))
    return Table(
        "refusals",
        _("Claims refused, by reason"),
        [Column(_("Reason"), is_number=False), Column(_("Claims"))],
        [[words.text(_capital(codes.reason(code))), words.count(times)] for code, times in ranked],
        note=_("Withdrawn, lapsed and repeated claims are no refusals: %(count)s in this period.")
        % {"count": words.number(found.not_eligible)},
        empty=_("No claim was refused in this period."),
        is_wide=True,
    )


def bonus(agent: Agent | None) -> Table:
    """The agent's own lines of the sheets that were frozen, the latest first."""
    lines = BonusLine.objects.filter(agent=agent).select_related("sheet").order_by("-sheet__ends_at", "-pk")
    points = ("quantity", "satisfaction", "speed", "zero", "suggestions", "total")
    titles = (
        _("Quantity"),
        _("Satisfaction"),
        _("Speed"),
        _("Shifts at zero"),
        _("Suggestions"),
        _("Total"),
    )
    return Table(
        "bonus",
        _("Bonus points, as frozen"),
        [Column(_("Period"), is_number=False), *(Column(title) for title in titles)],
        [
            [
                words.text(words.days(period.first_day, period.last_day)),
                *(words.decimal(getattr(line, name), 2) for name in points),
            ]
            for line in lines[:12]
            for period in [period_of(line.sheet)]
        ],
        empty=_("No sheet has been frozen yet."),
    )


def _of(part: int, whole: int) -> Cell:
    return Cell(_("%(part)s of %(whole)s") % {"part": part, "whole": whole} if whole else NOTHING, part)


def _state(switch: RuleSwitch | None) -> Cell:
    if switch is None or switch.is_on:
        return words.text(_("answers"), tone="good")
    return words.text(_("stopped: %(why)s") % {"why": switch.why or NOTHING}, tone="bad")


def _capital(text: object) -> str:
    said = str(text)
    return said[:1].upper() + said[1:]
