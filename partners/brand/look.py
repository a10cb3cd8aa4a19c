"""A storefront's whole look, as staff leave it: tokens, words and logos, saved together or not at all."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction

from partners import theme
from partners.brand import dress, images, texts
from partners.models import Storefront


@transaction.atomic
def save(
    *,
    storefront: Storefront,
    tokens: Mapping[str, Any],
    words: Mapping[tuple[str, str], str],
    logos: Mapping[str, bytes],
    without: Iterable[str] = (),
) -> None:
    """Shoppers see this look from now on: these tokens and words, new logos, and none of the kinds in `without`."""
    theme.validate(tokens)
    dress.lock(storefront)
    storefront.theme = dict(tokens)
    storefront.save(update_fields=["theme"])
    texts.say(storefront=storefront, words=words)
    for kind in without:
        images.remove(storefront=storefront, kind=kind)
    for kind, content in logos.items():
        images.store(storefront=storefront, kind=kind, content=content)
