from functools import lru_cache

from django import template
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from offers import fragments
from offers.catalogue import Shop

register = template.Library()

# The first row of cards is what the reader waits for; the rest loads as it comes into sight.
FIRST_ROW = 4


@register.simple_tag
def shop_card(shop: Shop, home: str, place: int = FIRST_ROW, heart: bool = False) -> SafeString:
    """`home` is the address of the storefront's first page, `place` the card's in the list. With `heart` there is a
    gap for one, to be filled by offers.fragments."""
    gap = fragments.gap_for_heart(shop.slug, shop.name) if heart else ""
    return _card(shop, home, place < FIRST_ROW, gap, get_language())


# Hot path: a page is mostly cards, and the same shops stand on most pages. What a card says is all in the arguments, so
# that a card once rendered never goes stale.
@lru_cache(maxsize=4096)
def _card(shop: Shop, home: str, is_first: bool, heart: str, _language: str) -> SafeString:
    facts = {"shop": shop, "home": home, "is_first": is_first, "heart": heart}
    return render_to_string("ui/shop_card.html", facts)
