"""What was given in goodwill and what of it networks have repaid since: by shop, by who gave it, by shopper.

Broken tracking shows at a shop first, collusion at a giver, abuse at a shopper (reference, support §1.7)."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from support.quality.measures.scope import Scope, rows, share


class Of(StrEnum):
    MERCHANT = "merchant"
    GIVER = "giver"
    SHOPPER = "shopper"


# What came back for a claim repays its grants in the order in which they were given, as the ledger does it.
_GRANTS = """
touched AS (
    SELECT DISTINCT claim_id FROM goodwill_goodwillgrant
    WHERE status = 'paid' AND decided_at >= %(since)s AND decided_at < %(until)s AND decided_at <= %(at)s
      AND (%(partners)s::uuid[] IS NULL OR partner_id = ANY(%(partners)s::uuid[]))
),
posted AS (
    SELECT t.subject_id AS claim_id,
        sum(CASE WHEN a.id = t.target_id THEN t.amount ELSE -t.amount END) AS net
    FROM touched JOIN ledger_transfer t ON t.subject_id = touched.claim_id AND t.occurred_at <= %(at)s
    JOIN ledger_account a ON a.id IN (t.source_id, t.target_id) AND a.kind = 'goodwill'
    GROUP BY 1
),
grants AS (
    SELECT g.*, sum(g.amount_minor) OVER whole AS of_claim,
        sum(g.amount_minor) OVER (PARTITION BY g.claim_id ORDER BY g.created_at, g.id) - g.amount_minor AS before_it
    FROM goodwill_goodwillgrant g JOIN touched ON touched.claim_id = g.claim_id
    WHERE g.status = 'paid' AND g.decided_at <= %(at)s
    WINDOW whole AS (PARTITION BY g.claim_id)
),
given AS (
    SELECT grants.*,
        greatest(0, least(amount_minor, of_claim + coalesce(posted.net, 0) - before_it)) AS repaid_minor
    FROM grants LEFT JOIN posted ON posted.claim_id = grants.claim_id
    WHERE decided_at >= %(since)s AND decided_at < %(until)s
)
"""
_NAMED = {
    Of.MERCHANT: ("merchant_id", "LEFT JOIN offers_merchant n ON n.id = given.merchant_id", "n.name"),
    Of.GIVER: ("requested_by_id", "LEFT JOIN auth_user n ON n.id = given.requested_by_id", "n.username"),
    Of.SHOPPER: ("shopper_id", "JOIN partners_shopper n ON n.id = given.shopper_id", "n.external_id"),
}
_BY = """
WITH {grants},
bought AS (
    SELECT merchant_id, count(*) AS purchases FROM transactions_transaction
    WHERE occurred_at >= %(since)s AND occurred_at < %(until)s AND occurred_at <= %(at)s
      AND (%(partners)s::uuid[] IS NULL OR partner_id = ANY(%(partners)s::uuid[]))
    GROUP BY 1
)
SELECT given.{column}::text AS key, coalesce({name}, '') AS name, given.currency, count(*) AS grants,
    sum(given.amount_minor)::bigint AS given_minor, sum(given.repaid_minor)::bigint AS repaid_minor,
    count(given.approved_by_id) AS with_second, coalesce(max(bought.purchases), 0) AS purchases
FROM given {join} LEFT JOIN bought ON bought.merchant_id = given.merchant_id
GROUP BY 1, 2, 3 ORDER BY 3, 5 DESC, 2, 1 LIMIT {most}
"""
# What is beyond is small: the page is for looking at the largest.
MOST = 200


@dataclass(frozen=True, slots=True)
class Given:
    """In minor units of the currency. `key` is the row's id, "" for the service itself; `purchases` are the shop's in
    the period, and mean something by shop only."""

    key: str
    name: str
    currency: str
    grants: int
    given_minor: int
    repaid_minor: int
    with_second: int
    purchases: int

    @property
    def recovery(self) -> float | None:
        return share(self.repaid_minor, self.given_minor)

    @property
    def per_100_purchases(self) -> float | None:
        return self.grants * 100 / self.purchases if self.purchases else None

    @property
    def pk(self) -> uuid.UUID | None:
        return uuid.UUID(self.key) if self.key else None


def given(scope: Scope, of: Of) -> Sequence[Given]:
    """The most that was given first, currency by currency."""
    column, join, name = _NAMED[of]
    sql = _BY.format(grants=_GRANTS, column=column, join=join, name=name, most=MOST)
    return [Given(row.key or "", *row[1:]) for row in rows(sql, scope)]
