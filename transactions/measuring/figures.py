"""Our own experience with each offer, for ranking: what a click has really been worth."""

import uuid
from datetime import datetime, timedelta

from django.db.models import Count, Q, Sum

from offers.ranking import OwnFigures
from transactions.models import Click, Status, Transaction

WINDOW = timedelta(days=90)


def confirmed_by_offer(*, at: datetime) -> dict[uuid.UUID, OwnFigures]:
    """Clicks, and commission decided and confirmed, by offer over the last ninety days."""
    since = at - WINDOW
    clicks = dict(Click.objects.since(since).values_list("offer").annotate(Count("pk")).order_by())
    sales = (
        Transaction.objects.filter(occurred_at__gte=since)
        .values("offer")
        .annotate(
            confirmed=Sum("commission_minor", filter=Q(status=Status.APPROVED), default=0),
            approved=Count("pk", filter=Q(status=Status.APPROVED)),
            declined=Count("pk", filter=Q(status=Status.DECLINED)),
            pending=Count("pk", filter=Q(status=Status.PENDING)),
        )
        .order_by()
    )
    nothing = {"confirmed": 0, "approved": 0, "declined": 0, "pending": 0}
    by_offer = {row.pop("offer"): row for row in sales}
    return {
        offer: OwnFigures(
            clicks=count,
            confirmed_minor=told["confirmed"],
            approved=told["approved"],
            declined=told["declined"],
            pending=told["pending"],
        )
        for offer, count in clicks.items()
        for told in [by_offer.get(offer, nothing)]
    }
