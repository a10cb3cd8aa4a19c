"""What shoppers thought of it, and how far that can be trusted."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from support.quality.measures.scope import By, Scope, rows, share

TARGET = 0.98
# Of fewer answers no agent is ranked: one cross shopper would decide.
LEAST_FOR_A_RANK = 20
# The normal distribution's 97.5 % quantile: 95 % lie between the two.
_Z = 1.959963984540054

# An answer counts in the period in which it came, so each counts once; the rate at which questions are answered is
# of those asked in the period.
_SCORES = """
SELECT CASE %(by)s WHEN 'agent' THEN r.agent_id::text WHEN 'team' THEN a.team_id::text
        WHEN 'partner' THEN r.partner_id::text
        WHEN 'day' THEN ((coalesce(r.answered_at, r.asked_at) AT TIME ZONE %(zone)s)::date)::text ELSE '' END AS key,
    count(*) FILTER (WHERE r.asked_at >= %(since)s AND r.asked_at < %(until)s AND r.asked_at <= %(at)s) AS asked,
    count(*) FILTER (
        WHERE r.asked_at >= %(since)s AND r.asked_at < %(until)s AND r.asked_at <= %(at)s AND r.answered_at <= %(at)s
    ) AS asked_and_answered,
    count(*) FILTER (
        WHERE r.answered_at >= %(since)s AND r.answered_at < %(until)s AND r.answered_at <= %(at)s
    ) AS answered,
    count(*) FILTER (
        WHERE r.answered_at >= %(since)s AND r.answered_at < %(until)s AND r.answered_at <= %(at)s AND r.score >= 4
    ) AS satisfied
FROM quality_rating r
LEFT JOIN desk_agent a ON a.id = r.agent_id
WHERE (
    (r.asked_at >= %(since)s AND r.asked_at < %(until)s)
    OR (r.answered_at >= %(since)s AND r.answered_at < %(until)s)
  )
  AND (%(partners)s::uuid[] IS NULL OR r.partner_id = ANY(%(partners)s::uuid[]))
  AND (%(agent)s::uuid IS NULL OR r.agent_id = %(agent)s::uuid)
  AND (%(team)s::uuid IS NULL OR a.team_id = %(team)s::uuid)
GROUP BY 1 ORDER BY 1
"""


@dataclass(frozen=True, slots=True)
class Satisfaction:
    """Scores of 4 and 5 among those answered in the period; of those asked in it, how many have answered."""

    asked: int
    asked_and_answered: int
    answered: int
    satisfied: int

    @property
    def share(self) -> float | None:
        return share(self.satisfied, self.answered)

    @property
    def answer_rate(self) -> float | None:
        return share(self.asked_and_answered, self.asked)

    @property
    def interval(self) -> tuple[float, float] | None:
        """Where the true share lies, with 95 % confidence (Wilson)."""
        return wilson(self.satisfied, self.answered) if self.answered else None

    @property
    def is_ranked(self) -> bool:
        return self.answered >= LEAST_FOR_A_RANK

    @property
    def meets_target(self) -> bool:
        return self.share is not None and self.share >= TARGET


def satisfaction(scope: Scope, by: By = By.ALL) -> Mapping[str, Satisfaction]:
    """By AGENT the key "" is what the service answered by itself."""
    found = rows(_SCORES, scope, by=by)
    return {
        row.key or "": Satisfaction(row.asked, row.asked_and_answered, row.answered, row.satisfied)
        for row in found
    }


def wilson(successes: int, trials: int) -> tuple[float, float]:
    """The 95 % score interval of a share; it stays within 0 and 1 and holds for few trials too."""
    observed = successes / trials
    spread = _Z * math.sqrt(observed * (1 - observed) / trials + _Z**2 / (4 * trials**2))
    middle = observed + _Z**2 / (2 * trials)
    scale = 1 + _Z**2 / trials
    return max(0.0, (middle - spread) / scale), min(1.0, (middle + spread) / scale)
