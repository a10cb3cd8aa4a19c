"""What our own purchases have shown of each offer, for the promises on a shop's page."""

import uuid
from dataclasses import fields
from datetime import datetime

from django.db import connection

from offers.measured import WINDOW, Measured

# Times are those that shoppers live through: until the purchase stood in "My cashback", until we heard of its
# confirmation. Confirmations count by the day they came, not by that of the purchase: otherwise the slow ones, still
# awaited, would be left out, and a slow shop would look quick. So do decisions: shops decline sooner than they confirm,
# and by the day of the purchase an honest shop would look mean. What an inquiry brought has not tracked by itself.
_SHOWN = """
WITH tracking AS (
    SELECT offer_id, count(*) AS tracked,
           percentile_disc(ARRAY[0.5, 0.9]) WITHIN GROUP (
               ORDER BY greatest(created_at - occurred_at, interval '0')
           ) AS times
    FROM transactions_transaction
    WHERE source = 'network' AND created_at > %(since)s AND created_at <= %(at)s
    GROUP BY offer_id
), confirmation AS (
    SELECT t.offer_id, count(*) AS confirmed,
           percentile_disc(ARRAY[0.5, 0.9]) WITHIN GROUP (
               ORDER BY greatest(e.recorded_at - t.occurred_at, interval '0')
           ) AS times
    FROM transactions_transactionevent e
    JOIN transactions_transaction t ON t.id = e.transaction_id AND t.source = 'network'
    WHERE e.status = 'approved' AND e.recorded_at > %(since)s AND e.recorded_at <= %(at)s AND NOT EXISTS (
        SELECT FROM transactions_transactionevent before
        WHERE before.transaction_id = e.transaction_id AND before.status = 'approved' AND before.id < e.id
    )
    GROUP BY t.offer_id
), decision AS (
    SELECT t.offer_id, count(*) FILTER (WHERE t.status = 'approved') AS approved,
           count(*) FILTER (WHERE t.status = 'declined') AS declined
    FROM transactions_transactionevent e
    JOIN transactions_transaction t ON t.id = e.transaction_id AND t.source = 'network' AND t.status = e.status
    WHERE e.status <> 'pending' AND e.recorded_at > %(since)s AND e.recorded_at <= %(at)s AND NOT EXISTS (
        SELECT FROM transactions_transactionevent before
        WHERE before.transaction_id = e.transaction_id AND before.status = e.status AND before.id < e.id
    )
    GROUP BY t.offer_id
)
SELECT offer_id, coalesce(tracked, 0), tracking.times[1], tracking.times[2],
       coalesce(confirmed, 0), confirmation.times[1], confirmation.times[2],
       coalesce(approved, 0), coalesce(declined, 0)
FROM tracking FULL JOIN confirmation USING (offer_id) FULL JOIN decision USING (offer_id)
"""

_COLUMNS = [field.name for field in fields(Measured)]


def shown_by_offer(*, at: datetime) -> dict[uuid.UUID, Measured]:
    """By offer, from the last half year's purchases of all storefronts."""
    with connection.cursor() as cursor:
        cursor.execute(_SHOWN, {"since": at - WINDOW, "at": at})
        return {offer: Measured(**dict(zip(_COLUMNS, shown, strict=True))) for offer, *shown in cursor}
