"""The network's money comes first: what it credits for an order repays what we had given for it."""

from datetime import datetime

from django.db.models import Q, QuerySet, Sum

from support.claims.models import Claim
from support.claims.triage import facts, gathering
from support.claims.triage.facts import Facts
from support.goodwill import services as goodwill
from support.goodwill.models import GoodwillGrant


def entitled(seen: Facts) -> int:
    """What the network's money credits the shopper for the order now, in minor units."""
    return sum(sale.cashback_minor for sale in facts.mine(seen) if sale.is_credited)


def given(claim: Claim) -> int:
    """What we have given for the claim ourselves."""
    paid = GoodwillGrant.objects.paid().filter(claim=claim.pk)
    return int(paid.aggregate(sum=Sum("amount_minor"))["sum"] or 0)


def repay(claim: Claim, *, at: datetime, seen: Facts | None = None) -> bool:
    """The shopper has the larger of the reward and the goodwill, never both: false if that was so already. Where other
    claims for the same order were made good too, the reward repays what was given first, and nothing twice."""
    if not given(claim):
        return False
    left, back = entitled(seen or gathering.gather(claim, at=at)), 0
    for grant in _given_for_the_order(claim):
        part = min(left, grant.amount_minor)
        left -= part
        back += part if grant.claim_id == claim.pk else 0
    return goodwill.settle(claim_id=claim.pk, entitled_minor=back, at=at)


def _given_for_the_order(claim: Claim) -> QuerySet[GoodwillGrant]:
    """Under whatever number it was claimed, in the order in which it was given: what is given later changes nothing of
    what came back before."""
    same = Q(pk=claim.pk)
    if claim.order_no_norm:
        same |= Q(merchant=claim.merchant_id, order_no_norm=claim.order_no_norm)
    if claim.transaction_id:
        same |= Q(transaction=claim.transaction_id)
    claims = Claim.objects.filter(same, shopper=claim.shopper_id)
    return GoodwillGrant.objects.paid().filter(claim__in=claims).order_by("decided_at", "pk")
