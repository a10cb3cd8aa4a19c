"""Resolution cycles: what was opened, what was closed and by whom, what came back."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from support.quality.measures.scope import By, Scope, rows, share

# A case that comes back so soon was not solved, and is taken back from who closed it.
COMES_BACK_WITHIN_HOURS = 72

# A cycle is closed by the agent who solved it, once, at its first solving, and only where a person did something in
# it: a public reply, or a verdict on its claim. What triage answered by itself is nobody's; what was merged into
# another case counts there; a note inside is no work that a shopper sees.
_CLOSED = """
solved AS (
    SELECT DISTINCT ON (e.ticket_id, e.cycle) e.ticket_id, e.cycle, e.partner_id, e.agent_id, e.at, e.facts
    FROM desk_ticketevent e
    WHERE e.kind = 'solved' AND e.at >= %(since)s AND e.at < %(until)s AND e.at <= %(at)s
      AND (%(partners)s::uuid[] IS NULL OR e.partner_id = ANY(%(partners)s::uuid[]))
      AND NOT EXISTS (
        SELECT FROM desk_ticketevent s
        WHERE s.ticket_id = e.ticket_id AND s.cycle = e.cycle AND s.kind = 'solved' AND s.at < e.at
      )
    ORDER BY e.ticket_id, e.cycle, e.id
),
closed AS (
    SELECT s.ticket_id, s.cycle, s.partner_id, s.agent_id, a.team_id, s.at,
        coalesce(nullif(s.facts ->> 'category', ''), t.category) AS category,
        coalesce(own.worked_seconds, extract(epoch FROM s.at - begun.at))::bigint AS handled_seconds,
        coalesce(said.replies, 0)::integer AS replies,
        said.replies IS NOT NULL OR decided.found AS is_by_a_person,
        back.at AS back_at
    FROM solved s
    JOIN desk_ticket t ON t.id = s.ticket_id
    LEFT JOIN desk_agent a ON a.id = s.agent_id
    CROSS JOIN LATERAL (
        SELECT min(e.at) AS at FROM desk_ticketevent e WHERE e.ticket_id = s.ticket_id AND e.cycle = s.cycle
    ) begun
    LEFT JOIN LATERAL (
        SELECT c.worked_seconds FROM clocks_clock c
        WHERE c.subject_id = s.ticket_id AND c.cycle = s.cycle AND c.metric = 'resolve_own' AND c.met_at IS NOT NULL
        ORDER BY c.met_at LIMIT 1
    ) own ON true
    CROSS JOIN LATERAL (
        SELECT nullif(count(*), 0) AS replies FROM desk_ticketevent e
        WHERE e.ticket_id = s.ticket_id AND e.cycle = s.cycle AND e.kind = 'replied' AND e.at <= s.at
    ) said
    CROSS JOIN LATERAL (
        SELECT EXISTS (
            SELECT FROM claims_claimstep step JOIN claims_claim claim ON claim.id = step.claim_id
            WHERE claim.ticket_id = s.ticket_id AND step.agent_id IS NOT NULL
              AND step.at >= begun.at AND step.at <= s.at
        ) AS found
    ) decided
    LEFT JOIN LATERAL (
        SELECT min(e.at) AS at FROM desk_ticketevent e
        WHERE e.ticket_id = s.ticket_id AND e.kind = 'reopened' AND e.at > s.at AND e.at <= %(at)s
    ) back ON true
    WHERE NOT EXISTS (
        SELECT FROM desk_ticketevent m
        WHERE t.merged_into_id IS NOT NULL AND m.ticket_id = s.ticket_id AND m.cycle = s.cycle AND m.kind = 'merged'
          AND m.facts ? 'into'
      )
)
"""

_CLOSED_BY_AGENTS = f"""
WITH {_CLOSED}
SELECT ticket_id, cycle, partner_id, agent_id, team_id, at, category, handled_seconds, replies, back_at,
    coalesce(back_at <= at + make_interval(hours => %(comes_back)s), false) AS is_taken_back
FROM closed
WHERE agent_id IS NOT NULL AND is_by_a_person
  AND (%(agent)s::uuid IS NULL OR agent_id = %(agent)s::uuid)
  AND (%(team)s::uuid IS NULL OR team_id = %(team)s::uuid)
ORDER BY at, ticket_id
"""  # noqa: S608 - of our own constants

_TALLY = f"""
WITH {_CLOSED},
counted AS (
    SELECT *, coalesce(back_at <= at + make_interval(hours => %(comes_back)s), false) AS is_taken_back
    FROM closed WHERE agent_id IS NOT NULL AND is_by_a_person
)
SELECT agent_id, category, count(*) FILTER (WHERE NOT is_taken_back) AS kept,
    count(*) FILTER (WHERE is_taken_back) AS taken_back
FROM counted
WHERE (%(agent)s::uuid IS NULL OR agent_id = %(agent)s::uuid)
  AND (%(team)s::uuid IS NULL OR team_id = %(team)s::uuid)
GROUP BY agent_id, category ORDER BY agent_id, category
"""  # noqa: S608 - of our own constants

_HANDLING = f"""
WITH {_CLOSED}
SELECT category, count(*) AS cycles, percentile_cont(0.5) WITHIN GROUP (ORDER BY handled_seconds) AS median
FROM closed WHERE agent_id IS NOT NULL AND is_by_a_person
GROUP BY GROUPING SETS ((category), ()) ORDER BY category NULLS LAST
"""  # noqa: S608 - of our own constants

_ONE_TOUCH = f"""
WITH {_CLOSED}
SELECT CASE %(by)s WHEN 'agent' THEN agent_id::text WHEN 'team' THEN team_id::text
        WHEN 'partner' THEN partner_id::text WHEN 'day' THEN ((at AT TIME ZONE %(zone)s)::date)::text
        ELSE '' END AS key,
    count(*) AS cycles, count(*) FILTER (WHERE replies = 1 AND back_at IS NULL) AS one_touch
FROM closed
WHERE agent_id IS NOT NULL AND is_by_a_person
  AND (%(agent)s::uuid IS NULL OR agent_id = %(agent)s::uuid)
  AND (%(team)s::uuid IS NULL OR team_id = %(team)s::uuid)
GROUP BY 1 ORDER BY 1
"""  # noqa: S608 - of our own constants

# Of the cycles that began in the period: whether anybody answered, the service or a person, and whether they closed.
_COMPLETE = """
WITH begun AS (
    SELECT e.ticket_id, e.cycle, min(e.at) AS at
    FROM desk_ticketevent e
    WHERE e.kind IN ('opened', 'reopened') AND e.at >= %(since)s AND e.at < %(until)s AND e.at <= %(at)s
      AND (%(partners)s::uuid[] IS NULL OR e.partner_id = ANY(%(partners)s::uuid[]))
    GROUP BY e.ticket_id, e.cycle
),
told AS (
    SELECT b.ticket_id, b.cycle,
        count(*) FILTER (WHERE e.kind IN ('replied', 'auto_replied')) > 0 AS is_answered,
        count(*) FILTER (WHERE e.kind = 'solved') > 0 AS is_closed,
        count(*) FILTER (WHERE e.kind = 'merged' AND e.facts ? 'into') > 0 AS is_merged,
        (array_agg(e.agent_id ORDER BY e.at DESC) FILTER (WHERE e.kind = 'replied'))[1] AS spoke_last
    FROM begun b
    JOIN desk_ticket t ON t.id = b.ticket_id
    JOIN desk_ticketevent e ON e.ticket_id = b.ticket_id AND e.cycle = b.cycle AND e.at <= %(at)s
    WHERE %(team)s::uuid IS NULL OR t.team_id = %(team)s::uuid
    GROUP BY b.ticket_id, b.cycle
)
SELECT count(*) AS opened, count(*) FILTER (WHERE is_answered) AS answered,
    count(*) FILTER (WHERE is_closed) AS closed, count(*) FILTER (WHERE is_closed AND is_answered) AS complete
FROM told
WHERE NOT is_merged AND (%(agent)s::uuid IS NULL OR spoke_last = %(agent)s::uuid)
"""

_FLOW = """
SELECT ((e.at AT TIME ZONE %(zone)s)::date)::text AS day,
    count(DISTINCT (e.ticket_id, e.cycle)) FILTER (WHERE e.kind IN ('opened', 'reopened')) AS opened,
    count(DISTINCT (e.ticket_id, e.cycle)) FILTER (
        WHERE e.kind = 'solved' AND (%(agent)s::uuid IS NULL OR e.agent_id = %(agent)s::uuid)
    ) AS closed
FROM desk_ticketevent e
JOIN desk_ticket t ON t.id = e.ticket_id
WHERE e.kind IN ('opened', 'reopened', 'solved') AND e.at >= %(since)s AND e.at < %(until)s AND e.at <= %(at)s
  AND (%(partners)s::uuid[] IS NULL OR e.partner_id = ANY(%(partners)s::uuid[]))
  AND (%(team)s::uuid IS NULL OR t.team_id = %(team)s::uuid)
GROUP BY 1 ORDER BY 1
"""


@dataclass(frozen=True, slots=True)
class ClosedCycle:
    """One cycle that an agent closed. `is_taken_back`: it was opened again within 72 hours."""

    ticket_id: uuid.UUID
    cycle: int
    partner_id: uuid.UUID
    agent_id: uuid.UUID
    team_id: uuid.UUID
    at: datetime
    category: str
    handled_seconds: int
    replies: int
    back_at: datetime | None
    is_taken_back: bool


@dataclass(frozen=True, slots=True)
class OneTouch:
    """Cycles closed with a single public reply that never came back, of those closed by people."""

    cycles: int
    one_touch: int

    @property
    def share(self) -> float | None:
        return share(self.one_touch, self.cycles)


@dataclass(frozen=True, slots=True)
class Complete:
    """Of the cycles begun in the period, how many were answered and how many closed by now. The norm is all."""

    opened: int
    answered: int
    closed: int
    complete: int

    @property
    def share(self) -> float | None:
        return share(self.complete, self.opened)

    @property
    def answered_share(self) -> float | None:
        return share(self.answered, self.opened)


@dataclass(frozen=True, slots=True)
class Flow:
    opened: int
    closed: int


@dataclass(frozen=True, slots=True)
class Tally:
    agent_id: uuid.UUID
    category: str
    kept: int
    taken_back: int


@dataclass(frozen=True, slots=True)
class Handling:
    """How long a category takes, at the median; the category "" is all of them together."""

    category: str
    cycles: int
    median_seconds: float


def closed_by_agents(scope: Scope) -> list[ClosedCycle]:
    found = rows(_CLOSED_BY_AGENTS, scope, comes_back=COMES_BACK_WITHIN_HOURS)
    return [ClosedCycle(*row) for row in found]


def tally(scope: Scope) -> list[Tally]:
    """Closed cycles by agent and category, those that came back within 72 hours apart."""
    return [Tally(*row) for row in rows(_TALLY, scope, comes_back=COMES_BACK_WITHIN_HOURS)]


def handling(scope: Scope) -> list[Handling]:
    """Median handling time, ours alone, by category: working time from a cycle's start to its solving, without the
    stretches in which it was somebody else's turn."""
    found = rows(_HANDLING, scope)
    return [Handling(row.category or "", row.cycles, row.median) for row in found if row.median is not None]


def one_touch(scope: Scope, by: By = By.ALL) -> Mapping[str, OneTouch]:
    return {row.key or "": OneTouch(row.cycles, row.one_touch) for row in rows(_ONE_TOUCH, scope, by=by)}


def complete(scope: Scope) -> Complete:
    return Complete(*rows(_COMPLETE, scope)[0])


def flow_by_day(scope: Scope) -> Mapping[date, Flow]:
    """Cycles opened and closed on each day, by whoever; days without either are absent."""
    return {date.fromisoformat(row.day): Flow(row.opened, row.closed) for row in rows(_FLOW, scope)}
