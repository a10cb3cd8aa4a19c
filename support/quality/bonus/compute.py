"""The points of a period, from its figures."""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db.models import Count, Q

from support.desk.models import Agent
from support.quality.bonus.plans import Plan, plan_at
from support.quality.measures import ideas, quantity, satisfaction, sla, zero
from support.quality.measures.cycles import COMES_BACK_WITHIN_HOURS
from support.quality.measures.quantity import Quantity
from support.quality.measures.satisfaction import Satisfaction
from support.quality.measures.scope import By, Scope, remembering
from support.quality.measures.sla import Hits
from support.quality.measures.zero import Zero
from support.quality.models import QAReview
from support.quality.periods import Period

SETTLES_AFTER = timedelta(hours=COMES_BACK_WITHIN_HOURS)
# From here on answers in time earn all of their points.
IN_TIME_IN_FULL = Decimal("0.95")
NOTHING, _CENT, _FINE = Decimal("0.00"), Decimal("0.01"), Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class Line:
    """One agent's points, with the figures behind each as plain JSON."""

    agent_id: uuid.UUID
    name: str
    team: str
    quantity: Decimal
    satisfaction: Decimal
    speed: Decimal
    zero: Decimal
    suggestions: Decimal
    inputs: Mapping[str, Any]

    @property
    def total(self) -> Decimal:
        return self.quantity + self.satisfaction + self.speed + self.zero + self.suggestions


@dataclass(frozen=True, slots=True)
class Sheet:
    inputs: Mapping[str, Any]
    lines: list[Line]


@dataclass(frozen=True, slots=True)
class _Figures:
    """Everything of the period that a line is made from, by agent."""

    weights: Mapping[str, Decimal]
    quantity: Mapping[uuid.UUID, Quantity]
    scores: Mapping[str, Satisfaction]
    of_all: Satisfaction
    reviews: Mapping[uuid.UUID, Mapping[str, int]]
    replies: Mapping[uuid.UUID, Hits]
    zero: Mapping[uuid.UUID, Zero]
    shipped: Mapping[uuid.UUID, int]


def settled_at(period: Period) -> datetime:
    """From then on nothing that happens changes the period: no reopening could take back any more."""
    return period.until + SETTLES_AFTER


def compute(period: Period, *, known_at: datetime) -> Sheet:
    """The sheet as far as it is known at that moment; at `settled_at` or later always the same."""
    scope = Scope.of(period, at=min(known_at, settled_at(period)))
    with remembering():
        plan, figures = plan_at(period.since), _figures(scope)
    worked = {
        *figures.quantity,
        *figures.replies,
        *figures.zero,
        *figures.shipped,
        *(uuid.UUID(key) for key in figures.scores if key),
    }
    agents = Agent.objects.filter(pk__in=worked).select_related("team").order_by("name", "pk")
    return Sheet(
        inputs={
            "plan": {name: str(value) for name, value in asdict(plan).items()},
            "weights": {category: str(weight) for category, weight in sorted(figures.weights.items())},
        },
        lines=[_line(agent, plan, figures) for agent in agents],
    )


def _figures(scope: Scope) -> _Figures:
    weights = quantity.weights(scope)
    scores = satisfaction.satisfaction(scope, By.AGENT)
    return _Figures(
        weights=weights,
        quantity=quantity.quantity(scope, weighed=weights),
        scores=scores,
        of_all=_together(score for agent, score in scores.items() if agent),
        reviews=_reviews(scope),
        replies=sla.replies(scope),
        zero=zero.by_agent(zero.closes(scope)),
        shipped=ideas.shipped(scope),
    )


def _together(scores: Iterable[Satisfaction]) -> Satisfaction:
    asked = asked_and_answered = answered = satisfied = 0
    for each in scores:
        asked += each.asked
        asked_and_answered += each.asked_and_answered
        answered += each.answered
        satisfied += each.satisfied
    return Satisfaction(asked, asked_and_answered, answered, satisfied)


def _reviews(scope: Scope) -> Mapping[uuid.UUID, Mapping[str, int]]:
    done = QAReview.objects.filter(
        reviewed_at__gte=scope.since, reviewed_at__lt=scope.until, reviewed_at__lte=scope.at
    )
    found = done.values("agent").annotate(done=Count("pk"), critical=Count("pk", filter=Q(is_critical=True)))
    return {row["agent"]: {"done": row["done"], "critical": row["critical"]} for row in found.order_by()}


def _line(agent: Agent, plan: Plan, figures: _Figures) -> Line:
    done = figures.quantity.get(agent.pk, quantity.NOTHING)
    zeroes = figures.zero.get(agent.pk, zero.NOTHING)
    shipped = figures.shipped.get(agent.pk, 0)
    satisfied, about_satisfaction = _satisfaction(agent, plan, figures)
    speed, about_speed = _speed(agent, plan, figures)
    return Line(
        agent_id=agent.pk,
        name=agent.name,
        team=agent.team.name,
        quantity=_points(done.weighted * plan.per_case),
        satisfaction=satisfied,
        speed=speed,
        zero=_points(zeroes.at_zero * plan.per_zero_shift),
        suggestions=_points(shipped * plan.per_suggestion),
        inputs={
            "quantity": {
                "closed": done.closed,
                "taken_back": done.taken_back,
                "weighted": str(done.weighted),
                "by_category": dict(sorted(done.by_category.items())),
            },
            "satisfaction": about_satisfaction,
            "speed": about_speed,
            "zero": {"shifts": zeroes.shifts, "at_zero": zeroes.at_zero},
            "suggestions": {"shipped": shipped},
        },
    )


def _satisfaction(agent: Agent, plan: Plan, figures: _Figures) -> tuple[Decimal, Mapping[str, Any]]:
    """The share of satisfied shoppers, with all points from the target on. Who has fewer than 20 answers is measured
    by those of all together, or one cross shopper would decide. A critical failure that a colleague found takes all
    of it."""
    own = figures.scores.get(str(agent.pk), Satisfaction(0, 0, 0, 0))
    judged = own if own.is_ranked else figures.of_all
    reviews = figures.reviews.get(agent.pk, {"done": 0, "critical": 0})
    reached = _reached(judged.satisfied, judged.answered, Decimal(str(satisfaction.TARGET)))
    points = NOTHING if reviews["critical"] else _points(reached * plan.satisfaction)
    return points, {
        "answered": own.answered,
        "satisfied": own.satisfied,
        "measured_by": "own" if own.is_ranked else "all",
        "measured_answered": judged.answered,
        "measured_satisfied": judged.satisfied,
        "reached": str(reached),
        "reviews": reviews["done"],
        "critical_failures": reviews["critical"],
    }


def _speed(agent: Agent, plan: Plan, figures: _Figures) -> tuple[Decimal, Mapping[str, Any]]:
    """Replies in time ÷ these and the ones that broke while the agent was on duty, with all points from 95 % on."""
    replies = figures.replies.get(agent.pk, sla.NOTHING)
    reached = _reached(replies.met, replies.met + replies.breached, IN_TIME_IN_FULL)
    return _points(reached * plan.speed), {
        "in_time": replies.met,
        "breached_on_duty": replies.breached,
        "reached": str(reached),
    }


def _reached(part: int, whole: int, target: Decimal) -> Decimal:
    """How much of the target is reached, from 0 to 1; 0 of nothing."""
    if not whole:
        return Decimal("0.0000")
    return min(Decimal(1), Decimal(part) / Decimal(whole) / target).quantize(_FINE, ROUND_HALF_UP)


def _points(value: Decimal) -> Decimal:
    return value.quantize(_CENT, ROUND_HALF_UP)
