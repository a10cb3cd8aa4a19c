"""Shifts closed at zero: from the frozen closes alone, and all on the shift earn it or nobody does."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from support.quality.measures.scope import Scope, rows, share

# A thing left over counts unless it came too late in the shift, or another person approved the excuse for it.
_CLOSES = """
SELECT c.id, s.id AS shift_id, s.name, s.team_id, s.ends_at,
    count(i.id) FILTER (WHERE NOT i.is_late_arrival AND x.id IS NULL) AS left_over,
    count(i.id) FILTER (WHERE NOT i.is_late_arrival AND x.id IS NOT NULL) AS excused,
    count(i.id) FILTER (WHERE i.is_late_arrival) AS late_arrivals,
    (SELECT array_agg(m.agent_id ORDER BY m.agent_id) FROM shifts_shiftmember m WHERE m.shift_id = s.id) AS agents
FROM shifts_shiftclose c
JOIN shifts_shift s ON s.id = c.shift_id
LEFT JOIN shifts_shiftcloseitem i ON i.close_id = c.id
    AND (%(partners)s::uuid[] IS NULL OR i.partner_id = ANY(%(partners)s::uuid[]))
LEFT JOIN shifts_excuse x ON x.item_id = i.id AND x.approved_at <= %(at)s
WHERE c.closed_at <= %(at)s
  AND CASE WHEN %(shift)s::uuid IS NULL THEN s.ends_at >= %(since)s AND s.ends_at < %(until)s
        ELSE s.id = %(shift)s::uuid END
  AND (%(team)s::uuid IS NULL OR s.team_id = %(team)s::uuid)
  AND (%(agent)s::uuid IS NULL OR EXISTS (
    SELECT FROM shifts_shiftmember m WHERE m.shift_id = s.id AND m.agent_id = %(agent)s::uuid
  ))
GROUP BY c.id, s.id ORDER BY s.ends_at, s.id
"""


@dataclass(frozen=True, slots=True)
class Closed:
    """One shift as it was closed. With partners in the scope, only what was left over of theirs is counted."""

    shift_id: uuid.UUID
    name: str
    team_id: uuid.UUID
    ends_at: datetime
    left_over: int
    excused: int
    late_arrivals: int
    agents: Sequence[uuid.UUID]

    @property
    def is_zero(self) -> bool:
        return self.left_over == 0


@dataclass(frozen=True, slots=True)
class Zero:
    shifts: int
    at_zero: int

    @property
    def share(self) -> float | None:
        return share(self.at_zero, self.shifts)


NOTHING = Zero(0, 0)


def closes(scope: Scope, *, shift_id: uuid.UUID | None = None) -> Sequence[Closed]:
    """Of the shifts that ended in the period, the earliest first; or of this one alone, whenever it ended."""
    return [
        Closed(
            row.shift_id,
            row.name,
            row.team_id,
            row.ends_at,
            row.left_over,
            row.excused,
            row.late_arrivals,
            tuple(row.agents or ()),
        )
        for row in rows(_CLOSES, scope, shift=shift_id)
    ]


def total(found: Sequence[Closed]) -> Zero:
    return Zero(len(found), sum(each.is_zero for each in found))


def by_agent(found: Sequence[Closed]) -> Mapping[uuid.UUID, Zero]:
    """Each shift's result is that of everybody who was on it."""
    results: dict[uuid.UUID, list[Closed]] = {}
    for each in found:
        for agent in each.agents:
            results.setdefault(agent, []).append(each)
    return {agent: total(theirs) for agent, theirs in results.items()}


def by_day(found: Sequence[Closed], *, zone: str) -> Mapping[date, Sequence[Closed]]:
    """By the day on which the shift ended, in the zone."""
    days: dict[date, list[Closed]] = {}
    for each in found:
        days.setdefault(each.ends_at.astimezone(ZoneInfo(zone)).date(), []).append(each)
    return days
