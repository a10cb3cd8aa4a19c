"""By when a network should have answered: by what it has shown before, shop by shop, else by what is usual there."""

from datetime import datetime, timedelta

from django.db import connection

from offers.networks.base import ClaimRules
from support.claims.models import NetworkInquiry

# No network known takes longer: at Awin's the silence of 75 days is a yes.
LONGEST = timedelta(days=75)
SHORTEST = timedelta(days=3)
# After a reminder.
AGAIN = timedelta(days=14)
MOST_CHASED = 2
_ENOUGH = 5

# Nine of ten answers of the last year were there by then; of the shop where there are enough, else of the account.
_USUAL = """
SELECT percentile_cont(0.9) WITHIN GROUP (ORDER BY answered_at - submitted_at), count(*)
FROM claims_networkinquiry
WHERE account_id = %(account)s AND (%(merchant)s::uuid IS NULL OR merchant_id = %(merchant)s)
  AND submitted_at IS NOT NULL AND answered_at > %(since)s AND answered_at >= submitted_at
  AND status IN ('accepted', 'rejected', 'credited')
"""


def due(inquiry: NetworkInquiry, *, rules: ClaimRules, at: datetime) -> datetime:
    for merchant in (inquiry.merchant_id, None):
        with connection.cursor() as cursor:
            cursor.execute(
                _USUAL,
                {"account": inquiry.account_id, "merchant": merchant, "since": at - timedelta(days=365)},
            )
            usual, count = cursor.fetchone()
        if count >= _ENOUGH:
            return at + min(max(usual, SHORTEST), LONGEST)
    return at + min(rules.usual_answer, LONGEST)
