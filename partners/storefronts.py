"""Storefronts, found by what an address says of them."""

import uuid
from contextlib import AbstractContextManager
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connection
from django.db.models import Field, QuerySet

from cashback.lib import sight
from partners.models import Partner, Storefront

# The partner's secrets stay in the database: only signing on asks for them.
_SECRETS = ("sso_secret", "sso_public_key")


def _looking() -> AbstractContextManager[None]:
    return sight.all_partners("which storefront an address names", is_hot=True)


def _open() -> QuerySet[Storefront]:
    return Storefront.objects.open().defer(*(f"partner__{name}" for name in _SECRETS))


# Every page begins here. Hot path: to compile this from the ORM takes longer than to run it.
@cache
def _columns() -> tuple[list[Field], list[Field], str]:
    own = list(Storefront._meta.concrete_fields)
    partners = [field for field in Partner._meta.concrete_fields if field.attname not in _SECRETS]
    columns = [f's."{field.column}"' for field in own] + [f'p."{field.column}"' for field in partners]
    return own, partners, ", ".join(columns)


def _open_by(column: str, value: object) -> Storefront | None:
    own, partners, columns = _columns()
    statement = (
        f"SELECT {columns} FROM partners_storefront s "  # noqa: S608 - the model's own columns
        f"JOIN partners_partner p ON p.id = s.partner_id AND p.is_active WHERE s.is_active AND s.{column} = %s"
    )
    with _looking(), connection.cursor() as cursor:
        cursor.execute(statement, [value])
        row = cursor.fetchone()
    if row is None:
        return None
    storefront = Storefront.from_db("default", [field.attname for field in own], _read(own, row))
    storefront.partner = Partner.from_db(
        "default", [field.attname for field in partners], _read(partners, row[len(own) :])
    )
    return storefront


def _read(fields: list[Field], row: tuple[Any, ...]) -> list[Any]:
    """The columns' values as the model's fields understand them."""
    return [
        field.from_db_value(value, None, connection) if hasattr(field, "from_db_value") else value
        for field, value in zip(fields, row, strict=False)
    ]


def open_by_slug(slug: str) -> Storefront | None:
    return None if "\x00" in slug else _open_by("slug", slug)


def open_of(partner: Partner, *, slug: str | None = None) -> QuerySet[Storefront]:
    """The partner's, or the one of this name."""
    own = _open().filter(partner=partner).order_by("slug")
    return own if slug is None else own.filter(slug=slug)


def closed_by_slug(slug: str) -> Storefront | None:
    """One whose pages nobody gets: only who may frame it is still of use."""
    if "\x00" in slug:
        return None
    with _looking():
        return Storefront.objects.filter(slug=slug).first()


def has_host(host: str) -> bool:
    if "\x00" in host:
        return False
    with _looking():
        return _open().filter(host=host).exists()


def open_by_host(host: str) -> Storefront | None:
    return _open_by("host", host)


def open_by_id(storefront_id: uuid.UUID) -> Storefront | None:
    return _open_by("id", storefront_id)


def theme_by_digest(digest: str) -> dict[str, str] | None:
    if "\x00" in digest:
        return None
    with _looking():
        return Storefront.objects.filter(theme_digest=digest).values_list("theme", flat=True).first()


def address(storefront: Storefront) -> str:
    """Where shoppers find it, with a slash at the end: on its own host name, if it has one."""
    return f"{origin(storefront)}/" if storefront.host else f"{origin(storefront)}/s/{storefront.slug}/"


def origin(storefront: Storefront) -> str:
    """Scheme, host and port of its pages, without a slash at the end: its own host name has the port that we use."""
    if not storefront.host:
        return str(settings.SITE_URL)
    site = urlsplit(settings.SITE_URL)
    port = f":{site.port}" if site.port else ""
    return f"{site.scheme}://{storefront.host}{port}"
