"""Storefronts, found by what an address says of them."""

import uuid
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import QuerySet

from partners.models import Partner, Storefront


def _open() -> QuerySet[Storefront]:
    """The partner's secrets stay in the database: only signing on asks for them."""
    return Storefront.objects.open().defer("partner__sso_secret", "partner__sso_public_key")


def open_by_slug(slug: str) -> Storefront | None:
    return None if "\x00" in slug else _open().filter(slug=slug).first()


def open_of(partner: Partner, *, slug: str | None = None) -> QuerySet[Storefront]:
    """The partner's, or the one of this name."""
    own = _open().filter(partner=partner).order_by("slug")
    return own if slug is None else own.filter(slug=slug)


def closed_by_slug(slug: str) -> Storefront | None:
    """One whose pages nobody gets: only who may frame it is still of use."""
    return None if "\x00" in slug else Storefront.objects.filter(slug=slug).first()


def has_host(host: str) -> bool:
    return "\x00" not in host and _open().filter(host=host).exists()


def open_by_host(host: str) -> Storefront | None:
    return _open().filter(host=host).first()


def open_by_id(storefront_id: uuid.UUID) -> Storefront | None:
    return _open().filter(pk=storefront_id).first()


def theme_by_digest(digest: str) -> dict[str, str] | None:
    if "\x00" in digest:
        return None
    return Storefront.objects.filter(theme_digest=digest).values_list("theme", flat=True).first()


def address(storefront: Storefront) -> str:
    """Where shoppers find it, with a slash at the end: on its own host name, if it has one, on the port that we use."""
    if not storefront.host:
        return f"{settings.SITE_URL}/s/{storefront.slug}/"
    site = urlsplit(settings.SITE_URL)
    port = f":{site.port}" if site.port else ""
    return f"{site.scheme}://{storefront.host}{port}/"
