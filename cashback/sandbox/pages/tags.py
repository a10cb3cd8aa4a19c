"""Prices and pictures for the shops' pages."""

from decimal import Decimal

from django import template
from django.utils.safestring import SafeString, mark_safe

from cashback.sandbox import logos
from cashback.sandbox.programmes import Campaign

register = template.Library()
SIGNS = {"RUB": "₽", "USD": "$", "EUR": "€", "KZT": "₸"}


@register.filter
def price(minor: int, currency: str) -> str:
    """1 990 ₽, $19.90"""
    sign, amount = SIGNS[currency], Decimal(minor) / 100
    if currency in ("USD", "EUR"):
        return f"{sign}{amount:,.2f}"
    text = f"{amount:,.2f}".removesuffix(".00").replace(",", "\N{NO-BREAK SPACE}").replace(".", ",")
    return f"{text}\N{NO-BREAK SPACE}{sign}"


@register.filter
def plain_amount(minor: int) -> str:
    return f"{Decimal(minor) / 100:.2f}"


@register.filter
def image(campaign: Campaign) -> str:
    """The logo's path on this very host."""
    return "/" + campaign.logo.lstrip("/")


@register.simple_tag
def product_picture(campaign: Campaign, number: int) -> SafeString:
    return mark_safe(logos.picture(campaign, number))  # noqa: S308 - our own numbers and colours, no one's text
