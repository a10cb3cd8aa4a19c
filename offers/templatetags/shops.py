from functools import lru_cache

from django import template
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from offers.catalogue import Shop

register = template.Library()


@register.simple_tag
def shop_card(shop: Shop, home: str) -> SafeString:
    """`home` is the address of the storefront's first page."""
    return _card(shop, home, get_language())


# Hot path: a page is mostly cards, and the same shops stand on most pages. What a card says is all in the arguments, so
# that a card once rendered never goes stale.
@lru_cache(maxsize=4096)
def _card(shop: Shop, home: str, _language: str) -> SafeString:
    return render_to_string("ui/shop_card.html", {"shop": shop, "home": home})
