"""Whom the demo signs on has asked something too: the pages that everybody looks at first are not empty."""

from datetime import datetime, timedelta

from django.db.models import Q

from offers.networks.base import SaleStatus
from partners.models import Shopper
from support.claims import services as claims
from support.claims.models import Kind
from support.desk.models import Channel

_SINCE_BOUGHT = timedelta(days=3)


def ask(*, at: datetime) -> None:
    """For a purchase of some days ago that the shop declined and one that it has yet to decide on: both are answered by
    themselves."""
    theirs = Q(storefront__slug="acorn", external_id="alice") | Q(storefront__slug="birch", external_id="bob")
    for shopper in Shopper.objects.filter(theirs).select_related("storefront"):
        for kind, status in ((Kind.DECLINED, SaleStatus.DECLINED), (Kind.UNTRACKED, SaleStatus.PENDING)):
            sales = shopper.transactions.filter(status=status, occurred_at__lt=at - _SINCE_BOUGHT)
            sale = sales.select_related("click").order_by("-occurred_at", "-pk").first()
            if sale is None:
                continue
            claims.open_claim(
                shopper=shopper,
                kind=kind,
                click=sale.click,
                transaction=sale if kind == Kind.DECLINED else None,
                order_no=sale.order_id,
                order_minor=sale.sale_minor,
                via=Channel.STOREFRONT,
                at=at,
            )
