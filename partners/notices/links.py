"""Addresses that a letter carries: pages of its storefront, and the way to stop the letters."""

import uuid

from django.conf import settings
from django.core import signing
from django.urls import get_resolver

from cashback.lib import ids
from partners import storefronts
from partners.models import Shopper, Storefront

_SALT = "partners.notices.unsubscribe"


def page(storefront: Storefront, name: str) -> str:
    """The whole address of a storefront's page, on the partner's own host where there is one."""
    return storefronts.address(storefront) + get_resolver(settings.STOREFRONT_URLCONF).reverse(name)


def unsubscribe(shopper: Shopper) -> str:
    """Names nobody, needs no cookie, and works for as long as the letter is kept: its token does not age."""
    token = signing.Signer(salt=_SALT).sign(ids.suffix(shopper.pk)).replace(":", "-", 1)
    return f"{storefronts.origin(shopper.storefront)}/unsubscribe/{token}"


def read_unsubscribe(token: str) -> uuid.UUID | None:
    """Whose letters the token stops; None for one that is not ours."""
    try:
        return ids.from_suffix(signing.Signer(salt=_SALT).unsign(token.replace("-", ":", 1)))
    except (signing.BadSignature, ids.InvalidId, ValueError):
        return None
