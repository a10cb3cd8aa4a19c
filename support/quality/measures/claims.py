"""What came of the claims, of the networks' answers, and how often a shop makes people write to us at all."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from support.claims.models import RejectReason
from support.quality.measures.scope import Scope, rows, share

# Closed in the period for the first time in their cycle. Withdrawn ones, lapsed ones and repeats of another claim
# were no cases to be made good.
_CLOSED = """
WITH closed AS (
    SELECT DISTINCT ON (s.claim_id, s.cycle) s.claim_id, s.to_status, s.reason_code, s.agent_id
    FROM claims_claimstep s
    JOIN claims_claim c ON c.id = s.claim_id
    JOIN desk_ticket t ON t.id = c.ticket_id
    WHERE s.to_status IN ('credited', 'compensated', 'rejected', 'lapsed', 'withdrawn')
      AND s.at >= %(since)s AND s.at < %(until)s AND s.at <= %(at)s
      AND (%(partners)s::uuid[] IS NULL OR s.partner_id = ANY(%(partners)s::uuid[]))
      AND (%(team)s::uuid IS NULL OR t.team_id = %(team)s::uuid)
      AND (%(agent)s::uuid IS NULL OR s.agent_id = %(agent)s::uuid)
    ORDER BY s.claim_id, s.cycle, s.at DESC, s.id DESC
)
SELECT to_status, CASE to_status WHEN 'rejected' THEN reason_code ELSE '' END AS reason, count(*) AS claims
FROM closed GROUP BY 1, 2 ORDER BY 1, 3 DESC, 2
"""

_CONTACTS = """
WITH asked AS (
    SELECT c.merchant_id, count(*) AS claims FROM claims_claim c JOIN desk_ticket t ON t.id = c.ticket_id
    WHERE c.merchant_id IS NOT NULL
      AND c.created_at >= %(since)s AND c.created_at < %(until)s AND c.created_at <= %(at)s
      AND (%(partners)s::uuid[] IS NULL OR c.partner_id = ANY(%(partners)s::uuid[]))
      AND (%(team)s::uuid IS NULL OR t.team_id = %(team)s::uuid)
    GROUP BY c.merchant_id
),
bought AS (
    SELECT p.merchant_id, count(*) AS purchases FROM transactions_transaction p
    WHERE p.occurred_at >= %(since)s AND p.occurred_at < %(until)s AND p.occurred_at <= %(at)s
      AND (%(partners)s::uuid[] IS NULL OR p.partner_id = ANY(%(partners)s::uuid[]))
    GROUP BY p.merchant_id
)
SELECT coalesce(asked.merchant_id, bought.merchant_id) AS merchant_id, m.name,
    coalesce(asked.claims, 0) AS claims, coalesce(bought.purchases, 0) AS purchases
FROM asked FULL JOIN bought ON bought.merchant_id = asked.merchant_id
JOIN offers_merchant m ON m.id = coalesce(asked.merchant_id, bought.merchant_id)
ORDER BY m.name, 1
"""

_APPROVAL = """
SELECT i.merchant_id, m.name AS merchant, i.account_id, n.name AS account,
    count(*) AS answered, count(*) FILTER (WHERE i.status IN ('accepted', 'credited')) AS approved,
    percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (
        ORDER BY extract(epoch FROM i.answered_at - coalesce(i.submitted_at, i.created_at)) / 86400
    ) AS days,
    GROUPING(i.merchant_id) AS is_whole_account
FROM claims_networkinquiry i
JOIN offers_merchant m ON m.id = i.merchant_id
JOIN networks_networkaccount n ON n.id = i.account_id
WHERE i.answered_at >= %(since)s AND i.answered_at < %(until)s AND i.answered_at <= %(at)s
  AND i.status IN ('accepted', 'credited', 'rejected')
  AND (%(partners)s::uuid[] IS NULL OR i.partner_id = ANY(%(partners)s::uuid[]))
GROUP BY GROUPING SETS ((i.account_id, n.name, i.merchant_id, m.name), (i.account_id, n.name))
ORDER BY n.name, i.account_id, 8 DESC, m.name, i.merchant_id
"""

NOT_ELIGIBLE = ("withdrawn", "lapsed")
# Of the reasons of a rejection only these say that there was no case: whoever chooses them cannot polish the figure.
NO_CASE = (RejectReason.DUPLICATE, RejectReason.MISUSE)


@dataclass(frozen=True, slots=True)
class Success:
    """Closed claims by what came of them. `refusals` are the rejected ones by the code of their reason."""

    credited: int
    compensated: int
    rejected: int
    not_eligible: int
    refusals: Mapping[str, int]

    @property
    def eligible(self) -> int:
        return self.credited + self.compensated + self.rejected

    @property
    def share(self) -> float | None:
        return share(self.credited + self.compensated, self.eligible)


@dataclass(frozen=True, slots=True)
class Contact:
    """How often people write about a shop. `per_thousand` is None where nothing was bought, or nothing came through:
    the worst sign of all."""

    merchant_id: uuid.UUID
    name: str
    claims: int
    purchases: int

    @property
    def per_thousand(self) -> float | None:
        return 1000 * self.claims / self.purchases if self.purchases else None


@dataclass(frozen=True, slots=True)
class Approval:
    """A network's answers, of one merchant or (`merchant` "") of all at the account; days from asked to answered."""

    account_id: uuid.UUID
    account: str
    merchant_id: uuid.UUID | None
    merchant: str
    answered: int
    approved: int
    days_p50: float
    days_p90: float

    @property
    def share(self) -> float | None:
        return share(self.approved, self.answered)


def success(scope: Scope) -> Success:
    by_status: dict[str, int] = {}
    refusals: dict[str, int] = {}
    no_case = 0
    for row in rows(_CLOSED, scope):
        if row.to_status == "rejected" and row.reason in NO_CASE:
            no_case += row.claims
            continue
        by_status[row.to_status] = by_status.get(row.to_status, 0) + row.claims
        if row.to_status == "rejected":
            refusals[row.reason] = row.claims
    return Success(
        credited=by_status.get("credited", 0),
        compensated=by_status.get("compensated", 0),
        rejected=by_status.get("rejected", 0),
        not_eligible=no_case + sum(by_status.get(status, 0) for status in NOT_ELIGIBLE),
        refusals=refusals,
    )


def contacts(scope: Scope) -> Sequence[Contact]:
    """Every merchant with a claim or a purchase, the worst first: those from which nothing came through, then by
    claims per thousand purchases."""
    found = [Contact(*row) for row in rows(_CONTACTS, scope)]
    return sorted(
        found,
        key=lambda each: (each.per_thousand is not None, -(each.per_thousand or 0), -each.claims, each.name),
    )


def contact_rate(found: Sequence[Contact]) -> float | None:
    """Of all merchants together."""
    purchases = sum(each.purchases for each in found)
    return 1000 * sum(each.claims for each in found) / purchases if purchases else None


def approvals(scope: Scope) -> Sequence[Approval]:
    return [
        Approval(
            row.account_id,
            row.account,
            row.merchant_id,
            row.merchant or "",
            row.answered,
            row.approved,
            *map(float, row.days),
        )
        for row in rows(_APPROVAL, scope)
    ]
