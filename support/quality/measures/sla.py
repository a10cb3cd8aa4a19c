"""Promises about time: how many were kept, and who was on duty when one was not."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from support.clocks.models import Metric
from support.quality.measures.scope import Scope, rows, share

# What was late and is met afterwards stays broken, and counts in the period in which it broke. A promise without a
# target (how long it took in all) cannot be broken.
_HITS = """
SELECT c.metric,
    count(*) FILTER (
        WHERE c.met_at >= %(since)s AND c.met_at < %(until)s AND c.met_at <= %(at)s
          AND (c.breached_at IS NULL OR c.breached_at > %(at)s)
          AND (%(agent)s::uuid IS NULL OR EXISTS (
            SELECT FROM desk_ticketevent e
            WHERE e.ticket_id = c.subject_id AND e.at = c.met_at AND e.agent_id = %(agent)s::uuid
          ))
    ) AS met,
    count(*) FILTER (
        WHERE c.breached_at >= %(since)s AND c.breached_at < %(until)s AND c.breached_at <= %(at)s
          AND (%(agent)s::uuid IS NULL OR %(agent)s::uuid = ANY(c.on_duty))
    ) AS breached
FROM clocks_clock c
WHERE c.target_seconds IS NOT NULL
  AND ((c.met_at >= %(since)s AND c.met_at < %(until)s) OR (c.breached_at >= %(since)s AND c.breached_at < %(until)s))
  AND (%(partners)s::uuid[] IS NULL OR c.partner_id = ANY(%(partners)s::uuid[]))
  AND (%(team)s::uuid IS NULL OR c.team_id = %(team)s::uuid)
GROUP BY c.metric
"""

# On duty at the breach, not whoever has the case now: a case handed over late brings no stranger's breach along.
_BREACHES = """
SELECT duty.agent_id, count(*) AS breaches
FROM clocks_clock c CROSS JOIN LATERAL unnest(c.on_duty) AS duty(agent_id)
WHERE c.breached_at >= %(since)s AND c.breached_at < %(until)s AND c.breached_at <= %(at)s
  AND c.metric = ANY(%(metrics)s)
  AND (%(partners)s::uuid[] IS NULL OR c.partner_id = ANY(%(partners)s::uuid[]))
  AND (%(team)s::uuid IS NULL OR c.team_id = %(team)s::uuid)
  AND (%(agent)s::uuid IS NULL OR duty.agent_id = %(agent)s::uuid)
GROUP BY duty.agent_id
"""

# Replies in time, by who gave them.
_REPLIES = """
SELECT said.agent_id, count(*) AS in_time
FROM clocks_clock c
CROSS JOIN LATERAL (
    SELECT e.agent_id FROM desk_ticketevent e
    WHERE e.ticket_id = c.subject_id AND e.kind = 'replied' AND e.at >= c.started_at AND e.at <= c.met_at
    ORDER BY e.at, e.id LIMIT 1
) said
WHERE c.metric IN ('first_reply', 'next_reply') AND c.target_seconds IS NOT NULL
  AND c.met_at >= %(since)s AND c.met_at < %(until)s AND c.met_at <= %(at)s
  AND (c.breached_at IS NULL OR c.breached_at > %(at)s)
  AND (%(partners)s::uuid[] IS NULL OR c.partner_id = ANY(%(partners)s::uuid[]))
  AND (%(team)s::uuid IS NULL OR c.team_id = %(team)s::uuid)
  AND (%(agent)s::uuid IS NULL OR said.agent_id = %(agent)s::uuid)
GROUP BY said.agent_id
"""

REPLIES = (Metric.FIRST_REPLY, Metric.NEXT_REPLY)


@dataclass(frozen=True, slots=True)
class Hits:
    met: int
    breached: int

    @property
    def share(self) -> float | None:
        return share(self.met, self.met + self.breached)


NOTHING = Hits(0, 0)


def hits(scope: Scope) -> Mapping[Metric, Hits]:
    """By clock; with an agent in the scope, what they met themselves and what broke while they were on duty."""
    found = {Metric(row.metric): Hits(row.met, row.breached) for row in rows(_HITS, scope)}
    return {metric: found[metric] for metric in Metric if metric in found}


def breaches_on_duty(scope: Scope, metrics: tuple[Metric, ...] = tuple(Metric)) -> Mapping[uuid.UUID, int]:
    found = rows(_BREACHES, scope, metrics=[metric.value for metric in metrics])
    return {row.agent_id: row.breaches for row in found}


def replies(scope: Scope) -> Mapping[uuid.UUID, Hits]:
    """By agent: first and next replies that they gave in time, and those that broke while they were on duty."""
    in_time = {row.agent_id: row.in_time for row in rows(_REPLIES, scope)}
    broken = breaches_on_duty(scope, REPLIES)
    return {
        agent: Hits(in_time.get(agent, 0), broken.get(agent, 0))
        for agent in sorted({*in_time, *broken}, key=str)
    }
