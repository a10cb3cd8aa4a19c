"""How soon a person answered: working time by the clocks, and the shopper's own time beside it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from support.clocks import calendars
from support.clocks.hours import hours_of
from support.clocks.models import Clock, Metric
from support.desk.models import Ticket
from support.quality.measures.scope import By, Scope, rows

# By the time of the reply, so that a period which is over keeps its figures. The clock is met by a person's public
# reply alone: neither a note nor an answer of the service's own is one. Whose reply it was, its event says.
_FIRST_REPLY = """
WITH answered AS (
    SELECT c.partner_id, (c.met_at AT TIME ZONE %(zone)s)::date AS day, c.worked_seconds AS worked,
        extract(epoch FROM c.met_at - c.started_at) AS wall,
        said.agent_id, a.team_id
    FROM clocks_clock c
    LEFT JOIN LATERAL (
        SELECT e.agent_id FROM desk_ticketevent e
        WHERE e.ticket_id = c.subject_id AND e.kind = 'replied' AND e.at >= c.started_at AND e.at <= c.met_at
        ORDER BY e.at, e.id LIMIT 1
    ) said ON true
    LEFT JOIN desk_agent a ON a.id = said.agent_id
    WHERE c.metric = 'first_reply' AND c.met_at >= %(since)s AND c.met_at < %(until)s AND c.met_at <= %(at)s
      AND (%(partners)s::uuid[] IS NULL OR c.partner_id = ANY(%(partners)s::uuid[]))
)
SELECT CASE
        WHEN GROUPING(agent_id) = 0 THEN 'agent' WHEN GROUPING(team_id) = 0 THEN 'team'
        WHEN GROUPING(partner_id) = 0 THEN 'partner' WHEN GROUPING(day) = 0 THEN 'day' ELSE 'all'
    END AS by,
    coalesce(agent_id::text, team_id::text, partner_id::text, day::text, '') AS key,
    count(*) AS replies,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY worked) AS p50,
    percentile_cont(0.9) WITHIN GROUP (ORDER BY worked) AS p90,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY wall) AS wall_p50,
    percentile_cont(0.9) WITHIN GROUP (ORDER BY wall) AS wall_p90
FROM answered
WHERE (%(agent)s::uuid IS NULL OR agent_id = %(agent)s::uuid) AND (%(team)s::uuid IS NULL OR team_id = %(team)s::uuid)
GROUP BY GROUPING SETS ((agent_id), (team_id), (partner_id), (day), ())
HAVING count(*) > 0
ORDER BY 1, 2
"""


@dataclass(frozen=True, slots=True)
class FirstReply:
    """Seconds. Working time (`p50`, `p90`), and wall time as the shopper lived through it."""

    replies: int
    p50: float
    p90: float
    wall_p50: float
    wall_p90: float


@dataclass(frozen=True, slots=True)
class Waiting:
    """Who had no first reply yet when the period ended (or now): they are in no percentile, so they are shown beside
    them. `oldest_seconds` is working time."""

    count: int
    oldest_since: datetime | None
    oldest_seconds: int | None


def first_reply(scope: Scope, by: By = By.ALL) -> Mapping[str, FirstReply]:
    return {
        row.key: FirstReply(row.replies, row.p50, row.p90, float(row.wall_p50), float(row.wall_p90))
        for row in rows(_FIRST_REPLY, scope)
        if row.by == by
    }


def waiting(scope: Scope) -> Waiting:
    moment = scope.known_until
    clocks = Clock.objects.running_at(moment).filter(metric=Metric.FIRST_REPLY)
    if scope.partner_ids is not None:
        clocks = clocks.filter(partner_id__in=scope.partner_ids)
    if scope.team_id or scope.agent_id:
        tickets = Ticket.objects.all()
        tickets = tickets.filter(team=scope.team_id) if scope.team_id else tickets
        tickets = tickets.filter(assignee=scope.agent_id) if scope.agent_id else tickets
        clocks = clocks.filter(subject_id__in=tickets.values("pk"))
    oldest = clocks.select_related("calendar_version").order_by("started_at", "pk").first()
    if oldest is None:
        return Waiting(0, None, None)
    return Waiting(clocks.count(), oldest.started_at, lasting(oldest, at=moment))


def lasting(clock: Clock, *, at: datetime) -> int:
    """Seconds that counted on a running clock until `at`."""
    pauses = [(pause.since, pause.until) for pause in clock.pauses.all() if pause.since < at]
    hours = hours_of(clock.calendar_version)
    return int(calendars.used(hours, clock.started_at, at, pauses).total_seconds())
