"""Which of its storefronts a partner's server means."""

from rest_framework import serializers
from rest_framework.request import Request

from partners import storefronts
from partners.models import Partner, Storefront

# Beside a cursor that the server knows anyway, the one thing to say where a partner has several.
LONGEST_SLUG = 50


def meant(partner: Partner, slug: str | None) -> Storefront:
    """The one of this name, or the only one that the partner has."""
    if slug is not None and ("\x00" in slug or len(slug) > LONGEST_SLUG):
        raise _unknown()
    found = list(storefronts.open_of(partner, slug=slug)[:2])
    if len(found) == 1:
        return found[0]
    if slug is None and found:
        raise serializers.ValidationError(
            {"storefront": "You have several storefronts: say which one."}, code="storefront_unsaid"
        )
    raise _unknown()


def asked(request: Request) -> Storefront:
    """By the address: `?storefront=`."""
    return meant(request.partner, request.query_params.get("storefront"))


def _unknown() -> serializers.ValidationError:
    return serializers.ValidationError(
        {"storefront": "You have no open storefront of this name."}, code="storefront_unknown"
    )
