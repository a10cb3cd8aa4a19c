"""What pages of every room show of this one: the shopper's balance, and the links out to the shops."""

import uuid

from django import template
from django.template import Context
from django.utils import timezone

from cashback.lib.money import Money
from transactions.click_out import tickets
from transactions.my_cashback import balances

register = template.Library()


@register.simple_tag(takes_context=True)
def available_balance(context: Context) -> Money:
    return balances.available(context["request"].shopper)


@register.simple_tag(takes_context=True)
def pending_balance(context: Context) -> Money:
    return balances.pending(context["request"].shopper)


@register.simple_tag(takes_context=True)
def click_out_path(context: Context, merchant_id: uuid.UUID, coupon_id: uuid.UUID | None = None) -> str:
    """Where the shopper leaves for the shop, for the next thirty minutes. The path is the same on every host."""
    request = context["request"]
    ticket = tickets.Ticket(
        partner_id=request.storefront.partner_id,
        storefront_id=request.storefront.pk,
        shopper_id=request.shopper.pk,
        merchant_id=merchant_id,
        coupon_id=coupon_id,
    )
    return f"/go/{tickets.issue(ticket, at=timezone.now())}"
