"""Whom the demo signs on has asked something too: the pages that everybody looks at first are not empty."""

from datetime import datetime

from django.db.models import Q

from offers.networks.base import SaleStatus
from partners.models import Shopper
from support.claims import services as claims
from support.claims.models import Kind
from support.desk.models import Channel


def ask(*, at: datetime) -> None:
    """For one purchase that the shop declined and one that it has yet to decide on: both are answered by themselves."""
    theirs = Q(storefront__slug="acorn", external_id="alice") | Q(storefront__slug="birch", external_id="bob")
    for shopper in Shopper.objects.filter(theirs).select_related("storefront"):
        for kind, status in ((Kind.DECLINED, SaleStatus.DECLINED), (Kind.UNTRACKED, SaleStatus.PENDING)):
            sales = shopper.transactions.filter(status=status).select_related("click")
            if (sale := sales.order_by("-pk").first()) is None:
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
