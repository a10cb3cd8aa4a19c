"""How long it took until a case was solved: our own part of it, and all that the shopper lived through."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from support.clocks import calendars
from support.clocks.calendars import Hours
from support.clocks.hours import hours_of
from support.clocks.models import CalendarVersion, Clock, Metric
from support.desk.models import Ticket
from support.quality.measures import survival
from support.quality.measures.scope import By, Scope, rows, share

# From so many open ones on, the percentiles of what is over flatter us.
OPEN_SHARE_THAT_MATTERS = 0.1

_SOLVED = """
WITH solved AS (
    SELECT c.partner_id, c.met_at, solver.agent_id, a.team_id,
        CASE c.metric WHEN 'resolve_own' THEN c.worked_seconds ELSE extract(epoch FROM c.met_at - c.started_at) END
            AS seconds
    FROM clocks_clock c
    LEFT JOIN LATERAL (
        SELECT e.agent_id FROM desk_ticketevent e
        WHERE e.ticket_id = c.subject_id AND e.cycle = c.cycle AND e.kind = 'solved'
        ORDER BY e.at, e.id LIMIT 1
    ) solver ON true
    LEFT JOIN desk_agent a ON a.id = solver.agent_id
    WHERE c.metric = %(metric)s AND c.met_at >= %(since)s AND c.met_at < %(until)s AND c.met_at <= %(at)s
      AND (%(partners)s::uuid[] IS NULL OR c.partner_id = ANY(%(partners)s::uuid[]))
)
SELECT CASE %(by)s WHEN 'agent' THEN agent_id::text WHEN 'team' THEN team_id::text WHEN 'partner' THEN partner_id::text
        WHEN 'day' THEN ((met_at AT TIME ZONE %(zone)s)::date)::text ELSE '' END AS key,
    count(*) AS solved,
    percentile_cont(ARRAY[0.5, 0.9, 0.95]) WITHIN GROUP (ORDER BY seconds) AS at_percentiles
FROM solved
WHERE (%(agent)s::uuid IS NULL OR agent_id = %(agent)s::uuid) AND (%(team)s::uuid IS NULL OR team_id = %(team)s::uuid)
GROUP BY 1 ORDER BY 1
"""

# What began in the period and is over: for the estimate that counts the open ones in.
_BEGUN_AND_SOLVED = """
SELECT CASE c.metric WHEN 'resolve_own' THEN c.worked_seconds ELSE extract(epoch FROM c.met_at - c.started_at) END
    AS seconds
FROM clocks_clock c
JOIN desk_ticket t ON t.id = c.subject_id
WHERE c.metric = %(metric)s AND c.started_at >= %(since)s AND c.started_at < %(until)s AND c.met_at <= %(at)s
  AND (%(partners)s::uuid[] IS NULL OR c.partner_id = ANY(%(partners)s::uuid[]))
  AND (%(team)s::uuid IS NULL OR t.team_id = %(team)s::uuid)
  AND (%(agent)s::uuid IS NULL OR t.assignee_id = %(agent)s::uuid)
"""


@dataclass(frozen=True, slots=True)
class Resolution:
    """Seconds, of the cycles solved in the period; of `resolve_own` working time without the others' turns."""

    solved: int
    p50: float
    p90: float
    p95: float


@dataclass(frozen=True, slots=True)
class Estimate:
    """Of the cycles begun in the period: how many are still open, and the median with these counted in. None: half
    have not been solved yet."""

    begun: int
    still_open: int
    median: float | None

    @property
    def open_share(self) -> float | None:
        return share(self.still_open, self.begun)

    @property
    def is_needed(self) -> bool:
        return self.begun > 0 and self.still_open / self.begun > OPEN_SHARE_THAT_MATTERS


def resolution(scope: Scope, metric: Metric, by: By = By.ALL) -> Mapping[str, Resolution]:
    """By RESOLVE_OWN or RESOLVE_TOTAL."""
    return {
        row.key or "": Resolution(row.solved, *map(float, row.at_percentiles))
        for row in rows(_SOLVED, scope, by=by, metric=metric)
    }


def estimate(scope: Scope, metric: Metric) -> Estimate:
    finished = [float(row.seconds) for row in rows(_BEGUN_AND_SOLVED, scope, metric=metric)]
    lasting = _lasting(scope, metric)
    return Estimate(len(finished) + len(lasting), len(lasting), survival.median(finished, lasting))


def _lasting(scope: Scope, metric: Metric) -> list[float]:
    """How long those that are still open have lasted, each by its own calendar and pauses."""
    clocks = Clock.objects.running_at(scope.at).filter(
        metric=metric, started_at__gte=scope.since, started_at__lt=scope.until
    )
    if scope.partner_ids is not None:
        clocks = clocks.filter(partner_id__in=scope.partner_ids)
    tickets = Ticket.objects.all()
    tickets = tickets.filter(team=scope.team_id) if scope.team_id else tickets
    tickets = tickets.filter(assignee=scope.agent_id) if scope.agent_id else tickets
    clocks = clocks.filter(subject_id__in=tickets.values("pk"))
    if metric == Metric.RESOLVE_TOTAL:
        return [
            (scope.at - started).total_seconds() for started in clocks.values_list("started_at", flat=True)
        ]
    hours = _hours()
    return [
        calendars.used(
            hours.get(clock.calendar_version_id),
            clock.started_at,
            scope.at,
            [(pause.since, pause.until) for pause in clock.pauses.all() if pause.since < scope.at],
        ).total_seconds()
        for clock in clocks.prefetch_related("pauses")
    ]


def _hours() -> Mapping[uuid.UUID | None, Hours | None]:
    versions = CalendarVersion.objects.prefetch_related("intervals", "holidays")
    return {version.pk: hours_of(version) for version in versions}
