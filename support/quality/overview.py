"""All figures of a period at once: the headline, by day, and by whoever did the work."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from support.clocks.models import Metric
from support.desk.models import Agent
from support.quality.measures import (
    claims,
    cycles,
    ideas,
    quantity,
    resolution,
    satisfaction,
    sla,
    speed,
    triage,
    zero,
)
from support.quality.measures.claims import Success
from support.quality.measures.cycles import Complete, Flow, OneTouch
from support.quality.measures.quantity import Quantity
from support.quality.measures.resolution import Estimate, Resolution
from support.quality.measures.satisfaction import Satisfaction
from support.quality.measures.scope import By, Scope
from support.quality.measures.sla import Hits
from support.quality.measures.speed import FirstReply
from support.quality.measures.triage import AutoResolved, RuleRecord
from support.quality.measures.zero import Zero

NO_SCORES = Satisfaction(0, 0, 0, 0)
NO_TOUCH = OneTouch(0, 0)


@dataclass(frozen=True, slots=True)
class Headline:
    """What a period comes to. None: nothing of the kind happened in it."""

    quantity: Quantity
    first_reply: FirstReply | None
    own: Resolution | None
    own_with_open: Estimate
    total: Resolution | None
    total_with_open: Estimate
    satisfaction: Satisfaction
    complete: Complete
    zero: Zero
    replies: Hits
    one_touch: OneTouch
    auto: AutoResolved
    error: RuleRecord
    success: Success
    contact_rate: float | None
    shipped: int


@dataclass(frozen=True, slots=True)
class Work:
    """One agent's row."""

    agent: Agent
    quantity: Quantity
    first_reply: FirstReply | None
    replies: Hits
    satisfaction: Satisfaction
    one_touch: OneTouch
    zero: Zero
    shipped: int


@dataclass(frozen=True, slots=True)
class Group:
    """A team's or a partner's row; its key is the id."""

    first_reply: FirstReply | None
    satisfaction: Satisfaction
    one_touch: OneTouch


@dataclass(frozen=True, slots=True)
class Day:
    first_reply: FirstReply | None
    flow: Flow
    satisfaction: Satisfaction
    auto: AutoResolved | None


def headline(scope: Scope, *, shift_id: uuid.UUID | None = None) -> Headline:
    """Of a period; or of one shift, from its start to its end."""
    replies = sla.hits(scope)
    promised = [replies[metric] for metric in sla.REPLIES if metric in replies]
    rules = triage.records(scope)
    return Headline(
        quantity=quantity.total(quantity.quantity(scope)),
        first_reply=speed.first_reply(scope).get(""),
        own=resolution.resolution(scope, Metric.RESOLVE_OWN).get(""),
        own_with_open=resolution.estimate(scope, Metric.RESOLVE_OWN),
        total=resolution.resolution(scope, Metric.RESOLVE_TOTAL).get(""),
        total_with_open=resolution.estimate(scope, Metric.RESOLVE_TOTAL),
        satisfaction=satisfaction.satisfaction(scope).get("", NO_SCORES),
        complete=cycles.complete(scope),
        zero=zero.total(zero.closes(scope, shift_id=shift_id)),
        replies=Hits(sum(each.met for each in promised), sum(each.breached for each in promised)),
        one_touch=cycles.one_touch(scope).get("", NO_TOUCH),
        auto=triage.auto_resolved(scope).get("", AutoResolved(0, 0, 0, 0, 0)),
        error=RuleRecord(
            "",
            sum(each.answers for each in rules),
            sum(each.contested for each in rules),
            sum(each.overturned for each in rules),
        ),
        success=claims.success(scope),
        contact_rate=claims.contact_rate(claims.contacts(scope)),
        shipped=sum(ideas.shipped(scope).values()),
    )


def by_agent(scope: Scope, *, shift_id: uuid.UUID | None = None) -> Sequence[Work]:
    """Everybody who did anything in the period; a name of the scope's own is there in any case. The most work first."""
    done = quantity.quantity(scope)
    replied = speed.first_reply(scope, By.AGENT)
    promised = sla.replies(scope)
    scores = satisfaction.satisfaction(scope, By.AGENT)
    touched = cycles.one_touch(scope, By.AGENT)
    # Its partners narrow what was left over, never who was on the shift.
    zeroes = zero.by_agent(zero.closes(scope, shift_id=shift_id))
    shipped = ideas.shipped(scope)
    worked = {*done, *promised, *zeroes, *shipped}
    worked |= {uuid.UUID(key) for key in (*replied, *scores, *touched) if key}
    if scope.agent_id:
        worked = {scope.agent_id}
    agents = Agent.objects.filter(pk__in=worked).select_related("team")
    if scope.team_id:
        agents = agents.filter(team=scope.team_id)
    rows = [
        Work(
            agent=agent,
            quantity=done.get(agent.pk, quantity.NOTHING),
            first_reply=replied.get(str(agent.pk)),
            replies=promised.get(agent.pk, sla.NOTHING),
            satisfaction=scores.get(str(agent.pk), NO_SCORES),
            one_touch=touched.get(str(agent.pk), NO_TOUCH),
            zero=zeroes.get(agent.pk, zero.NOTHING),
            shipped=shipped.get(agent.pk, 0),
        )
        for agent in agents
    ]
    return sorted(rows, key=lambda row: (-row.quantity.weighted, row.agent.name, str(row.agent.pk)))


def by_group(scope: Scope, by: By) -> Mapping[str, Group]:
    """By.TEAM or By.PARTNER: those in which anything was said."""
    replied = speed.first_reply(scope, by)
    scores = satisfaction.satisfaction(scope, by)
    touched = cycles.one_touch(scope, by)
    return {
        key: Group(replied.get(key), scores.get(key, NO_SCORES), touched.get(key, NO_TOUCH))
        for key in sorted({*replied, *scores, *touched} - {""})
    }


def by_day(scope: Scope, days: Sequence[date]) -> Mapping[date, Day]:
    """Every day of the period that has begun, those on which nothing happened too."""
    replied = speed.first_reply(scope, By.DAY)
    flow = cycles.flow_by_day(scope)
    scores = satisfaction.satisfaction(scope, By.DAY)
    auto = triage.auto_resolved(scope, by_day=True)
    return {
        day: Day(
            first_reply=replied.get(str(day)),
            flow=flow.get(day, Flow(0, 0)),
            satisfaction=scores.get(str(day), NO_SCORES),
            auto=auto.get(str(day)),
        )
        for day in days
    }


def promises(scope: Scope) -> tuple[Mapping[Metric, Hits], Mapping[uuid.UUID, int]]:
    """Promises by clock, and the broken ones by who was on duty."""
    return sla.hits(scope), sla.breaches_on_duty(scope)
