"""The network's money comes first: what it credits for an order repays what we had given for it."""

from datetime import datetime

from django.db.models import Sum

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
    """The shopper has the larger of the reward and the goodwill, never both: false if that was so already. Where older
    claims for the same order were made good too, the reward repays those first, and nothing twice."""
    if not given(claim):
        return False
    reward = entitled(seen or gathering.gather(claim, at=at))
    older = Claim.objects.filter(shopper=claim.shopper_id, merchant=claim.merchant_id, pk__lt=claim.pk)
    same = older.filter(order_no_norm=claim.order_no_norm).exclude(order_no_norm="")
    taken = GoodwillGrant.objects.paid().filter(claim__in=same).aggregate(sum=Sum("amount_minor"))["sum"] or 0
    return goodwill.settle(claim_id=claim.pk, entitled_minor=max(0, reward - int(taken)), at=at)
