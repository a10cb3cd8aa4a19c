"""Which clicks a sale without one may have come from."""

from datetime import timedelta

from django.db.models import QuerySet

from transactions.models import Click, UnattributedSale
from transactions.partitions import first_id

# The longest cookie that networks commonly set.
LOOK_BACK = timedelta(days=90)
# A network's clock may run ahead of ours, and so a sale seem older than its click.
CLOCKS_DIFFER = timedelta(minutes=10)


def likely_clicks(sale: UnattributedSale) -> QuerySet[Click]:
    """Clicks on the sale's own programme before it was bought, nearest first; bounded by id, so that only the
    months in question are read."""
    return Click.objects.filter(
        account_id=sale.account_id,
        offer__external_id=sale.offer_external_id,
        offer__account_id=sale.account_id,
        currency=sale.currency,
        pk__gte=first_id(sale.occurred_at - LOOK_BACK),
        pk__lt=first_id(sale.occurred_at + CLOCKS_DIFFER),
    ).latest_first()
