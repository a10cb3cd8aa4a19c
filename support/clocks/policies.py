"""How long something may take: which policy fits a case, and those that a new house starts with."""

import uuid
from dataclasses import dataclass

from django.db.models import Q

from support.clocks.hours import WORKING_DAY
from support.clocks.models import ClockPolicy, Metric

MINUTE, HOUR, DAY = 60, 60 * 60, 24 * 60 * 60

# From the weightiest: of two policies with equally many conditions the one with the earlier of these wins.
CONDITIONS = ("for_partner_id", "priority", "category", "channel", "language")


@dataclass(frozen=True)
class CaseFacts:
    """What clocks need to know of a case; a room above says it. `calendar_id` and `team_id` are the team's."""

    subject_id: uuid.UUID
    partner_id: uuid.UUID
    cycle: int
    category: str
    priority: str
    language: str
    channel: str
    calendar_id: uuid.UUID | None
    team_id: uuid.UUID | None


@dataclass(frozen=True)
class Default:
    metric: Metric
    seconds: int
    in_hours: bool = True
    channel: str = ""


# Shoppers who write in the storefront, or in the partner's own app through its API, wait as in a chat.
DEFAULTS = (
    Default(Metric.FIRST_REPLY, HOUR),
    Default(Metric.FIRST_REPLY, 15 * MINUTE, channel="storefront"),
    Default(Metric.FIRST_REPLY, 15 * MINUTE, channel="api"),
    Default(Metric.NEXT_REPLY, 4 * HOUR),
    Default(Metric.NEXT_REPLY, 30 * MINUTE, channel="storefront"),
    Default(Metric.NEXT_REPLY, 30 * MINUTE, channel="api"),
    Default(Metric.TRIAGE, 10, in_hours=False),
    Default(Metric.LODGE, WORKING_DAY),
    Default(Metric.NETWORK, 75 * DAY, in_hours=False),
    Default(Metric.CUSTOMER_UPDATE, 14 * DAY, in_hours=False),
    Default(Metric.RESOLVE_OWN, WORKING_DAY),
)


def make_default_policies() -> None:
    """Every clock that has a target has a policy for any case. What a manager has changed or switched off stays."""
    for default in DEFAULTS:
        conditions = {
            "metric": default.metric,
            "for_partner": None,
            "category": "",
            "priority": "",
            "language": "",
            "channel": default.channel,
        }
        if not ClockPolicy.objects.filter(**conditions).exists():
            ClockPolicy.objects.create(
                **conditions, target_seconds=default.seconds, in_hours=default.in_hours
            )


def policy_for(metric: Metric, facts: CaseFacts) -> ClockPolicy | None:
    """The most specific one that fits; None: nothing is promised."""
    fitting = ClockPolicy.objects.filter(
        Q(for_partner=None) | Q(for_partner=facts.partner_id),
        metric=metric,
        is_active=True,
        priority__in=["", facts.priority],
        category__in=["", facts.category],
        channel__in=["", facts.channel],
        language__in=["", facts.language],
    )
    return max(fitting, key=_specificity, default=None)


def _specificity(policy: ClockPolicy) -> tuple[int, list[bool], uuid.UUID]:
    are_set = [bool(getattr(policy, condition)) for condition in CONDITIONS]
    return sum(are_set), are_set, policy.pk
