"""A partner's sandbox: a partner of its own, with storefronts like the real ones, to try the API out with test keys.

What keeps partners from each other keeps the sandbox from the real data: there is no filter to forget."""

from django.db import transaction

from cashback.lib.errors import DomainError
from partners.models import Partner, Storefront

_SUFFIX = "-sandbox"


class SandboxRefused(DomainError):
    """There is no sandbox of a sandbox."""

    code = "sandbox_refused"


@transaction.atomic
def open_for(partner: Partner) -> tuple[Partner, bool]:
    """The partner has a sandbox: the one that there is, or a new one, with each of its storefronts as it is now; and
    whether it is new."""
    locked = Partner.objects.select_for_update().get(pk=partner.pk)
    if locked.sandbox_of_id:
        raise SandboxRefused("This is a sandbox itself.")
    sandbox, is_new = Partner.objects.get_or_create(
        sandbox_of=locked, defaults={"slug": _named(locked.slug), "name": f"{locked.name} (sandbox)"[:120]}
    )
    if is_new:
        for storefront in locked.storefronts.order_by("pk"):
            _copy(storefront, to=sandbox)
    return sandbox, is_new


def _copy(storefront: Storefront, *, to: Partner) -> None:
    made_by_the_database = {"id", "created_at"}
    facts = {
        field.attname: getattr(storefront, field.attname)
        for field in Storefront._meta.concrete_fields
        if field.name not in made_by_the_database
    }
    # A host name names one storefront.
    own = {"partner_id": to.pk, "slug": _named(storefront.slug), "host": ""}
    Storefront.objects.create(**{**facts, **own})


def _named(slug: str) -> str:
    return f"{slug[: 50 - len(_SUFFIX)]}{_SUFFIX}"
