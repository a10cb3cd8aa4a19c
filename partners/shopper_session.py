"""Who is shopping: one signed cookie per storefront, named after it, so that two storefronts never mix."""

import uuid

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

from partners.models import Shopper, Storefront

_LIFE_SECONDS = 12 * 3600
_SALT = "partners.shopper_session"


def cookie_name(storefront: Storefront) -> str:
    return f"cb-{storefront.slug}"


def read(request: HttpRequest, *, storefront: Storefront) -> Shopper | None:
    """The shopper of the storefront's cookie, or None for a guest, an old cookie or a forged one."""
    value = request.COOKIES.get(cookie_name(storefront), "")
    try:
        storefront_hex, shopper_hex = signing.loads(value, salt=_SALT, max_age=_LIFE_SECONDS)
        shopper_id = uuid.UUID(shopper_hex)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    if storefront_hex != storefront.pk.hex:
        return None
    return storefront.shoppers.filter(pk=shopper_id).first()


def start(response: HttpResponse, *, shopper: Shopper, storefront: Storefront) -> None:
    response.set_cookie(
        cookie_name(storefront),
        signing.dumps([storefront.pk.hex, shopper.pk.hex], salt=_SALT),
        max_age=_LIFE_SECONDS,
        httponly=True,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )


def end(response: HttpResponse, *, storefront: Storefront) -> None:
    response.delete_cookie(cookie_name(storefront), samesite="Lax")
