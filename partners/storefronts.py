"""Storefronts, found by what an address says of them."""

import uuid

from django.db.models import QuerySet

from partners.models import Storefront


def _open() -> QuerySet[Storefront]:
    """The partner's secrets stay in the database: only signing on asks for them."""
    return Storefront.objects.open().defer("partner__sso_secret", "partner__sso_public_key")


def open_by_slug(slug: str) -> Storefront | None:
    return None if "\x00" in slug else _open().filter(slug=slug).first()


def open_by_host(host: str) -> Storefront | None:
    return _open().filter(host=host).first()


def open_by_id(storefront_id: uuid.UUID) -> Storefront | None:
    return _open().filter(pk=storefront_id).first()


def theme_by_digest(digest: str) -> dict[str, str] | None:
    if "\x00" in digest:
        return None
    return Storefront.objects.filter(theme_digest=digest).values_list("theme", flat=True).first()
