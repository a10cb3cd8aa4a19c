"""The shopper behind a case: what they bought, claimed and were given, and where they went from here."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Count, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce

from cashback.lib.money import Money
from partners.models import Shopper
from support.claims.models import Claim, Status
from support.desk.models import Ticket
from support.goodwill.models import GoodwillGrant
from transactions.models import Click, TransactionQuerySet

_LATEST = 6
# How far from the order other trips still explain something.
_NEAR = timedelta(days=30)
_RECENT = timedelta(days=150)


@dataclass(frozen=True, slots=True)
class Trip:
    click: Click
    is_this: bool
    is_here: bool
    # The number of the claim that was opened from it.
    claimed: str


@dataclass(frozen=True, slots=True)
class Past:
    shopper: Shopper
    claims: int
    made_good: int
    open_claims: int
    purchases: int
    confirmed_count: int
    declined: int
    confirmed: Money
    goodwill: Money
    goodwill_count: int
    here: int
    tickets: Sequence[Ticket]
    trips: Sequence[Trip]

    @property
    def declined_percent(self) -> int:
        return round(self.declined * 100 / self.purchases) if self.purchases else 0


def of(ticket: Ticket, claim: Claim | None, *, at: Any) -> Past | None:
    shopper = ticket.shopper
    if shopper is None:
        return None
    currency = ticket.storefront.currency
    good = Q(status__in=[Status.CREDITED, Status.COMPENSATED])
    claims = Claim.objects.filter(shopper=shopper).aggregate(
        all=Count("pk"), good=Count("pk", filter=good), open=Count("pk", filter=Q(closed_at=None))
    )
    credited = TransactionQuerySet.CREDITED
    sales = shopper.transactions.aggregate(
        all=Count("pk"),
        declined=Count("pk", filter=TransactionQuerySet.DECLINED),
        credited=Count("pk", filter=credited),
        confirmed=Coalesce(Sum("cashback_minor", filter=credited), 0),
    )
    given = GoodwillGrant.objects.paid().filter(shopper=shopper)
    sums: dict[str, Any] = given.aggregate(sum=Coalesce(Sum("amount_minor"), 0), count=Count("pk"))
    tickets = Ticket.objects.filter(shopper=shopper, merged_into=None).exclude(pk=ticket.pk)
    trips = _trips(shopper, claim, at=at)
    return Past(
        shopper=shopper,
        claims=claims["all"],
        made_good=claims["good"],
        open_claims=claims["open"],
        purchases=sales["all"],
        confirmed_count=sales["credited"],
        declined=sales["declined"],
        confirmed=Money(int(sales["confirmed"]), currency),
        goodwill=Money(int(sums["sum"]), currency),
        goodwill_count=sums["count"],
        here=sum(trip.is_here for trip in trips),
        tickets=list(tickets.select_related("claim__merchant").defer("search").order_by("-pk")[:_LATEST]),
        trips=trips,
    )


def _trips(shopper: Shopper, claim: Claim | None, *, at: Any) -> list[Trip]:
    """Around the order where there is one, else the latest; a page of them, never all."""
    clicks = shopper.clicks.select_related("merchant").latest_first()
    if claim is not None and claim.order_at is not None:
        clicks = clicks.since(claim.order_at - _NEAR).filter(created_at__lte=claim.order_at + _NEAR)
    else:
        clicks = clicks.since(at - _RECENT)
    claimed = Claim.objects.filter(click=OuterRef("pk")).order_by("-pk").values("number")[:1]
    return [
        Trip(
            click,
            is_this=claim is not None and click.pk == claim.click_id,
            is_here=claim is not None and click.merchant_id == claim.merchant_id,
            claimed=f"C-{click.claimed_as}" if click.claimed_as else "",
        )
        for click in clicks.annotate(claimed_as=Subquery(claimed))[: _LATEST * 2]
    ]
