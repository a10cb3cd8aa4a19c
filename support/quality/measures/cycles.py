"""Resolution cycles: what was opened, what was closed and by whom, what came back."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

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

# Of the whole house, as finely as anybody is told apart: one reading of the events serves every narrower question.
# The medians are of each category (agent_id is grouped away), and of all together (category is too).
_SUMMARY = f"""
WITH {_CLOSED},
counted AS (
    SELECT *, coalesce(back_at <= at + make_interval(hours => %(comes_back)s), false) AS is_taken_back
    FROM closed WHERE agent_id IS NOT NULL AND is_by_a_person
)
SELECT agent_id, team_id, partner_id, category, GROUPING(agent_id) = 1 AS is_of_all,
    count(*) FILTER (WHERE NOT is_taken_back) AS kept, count(*) FILTER (WHERE is_taken_back) AS taken_back,
    count(*) AS cycles, count(*) FILTER (WHERE replies = 1 AND back_at IS NULL) AS one_touch,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY handled_seconds) AS median
FROM counted
GROUP BY GROUPING SETS ((agent_id, team_id, partner_id, category), (category), ())
ORDER BY agent_id, category NULLS LAST, partner_id
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
    sums: dict[tuple[uuid.UUID, str], list[int]] = {}
    for row in _summary(scope):
        found = sums.setdefault((row.agent_id, row.category), [0, 0])
        found[0] += row.kept
        found[1] += row.taken_back
    return [Tally(agent, category, *found) for (agent, category), found in sums.items()]


def handling(scope: Scope) -> list[Handling]:
    """Median handling time, ours alone, by category and over the whole house: working time from a cycle's start to its
    solving, without the stretches in which it was somebody else's turn."""
    return [
        Handling(row.category or "", row.cycles, row.median)
        for row in _of_the_house(scope)
        if row.is_of_all and row.median is not None
    ]


def one_touch(scope: Scope, by: By = By.ALL) -> Mapping[str, OneTouch]:
    """By ALL, AGENT, TEAM or PARTNER."""
    named = {By.ALL: "", By.AGENT: "agent_id", By.TEAM: "team_id", By.PARTNER: "partner_id"}[by]
    sums: dict[str, list[int]] = {}
    for row in _summary(scope):
        found = sums.setdefault(str(getattr(row, named)) if named else "", [0, 0])
        found[0] += row.cycles
        found[1] += row.one_touch
    return {key: OneTouch(*found) for key, found in sorted(sums.items())}


def _summary(scope: Scope) -> list[Any]:
    """The house's lines that the scope asks for."""
    return [
        row
        for row in _of_the_house(scope)
        if not row.is_of_all
        and (scope.agent_id is None or row.agent_id == scope.agent_id)
        and (scope.team_id is None or row.team_id == scope.team_id)
        and (scope.partner_ids is None or row.partner_id in scope.partner_ids)
    ]


def _of_the_house(scope: Scope) -> list[Any]:
    return rows(_SUMMARY, scope.of_everybody(), comes_back=COMES_BACK_WITHIN_HOURS)


def complete(scope: Scope) -> Complete:
    return Complete(*rows(_COMPLETE, scope)[0])


def flow_by_day(scope: Scope) -> Mapping[date, Flow]:
    """Cycles opened and closed on each day, by whoever; days without either are absent."""
    return {date.fromisoformat(row.day): Flow(row.opened, row.closed) for row in rows(_FLOW, scope)}
