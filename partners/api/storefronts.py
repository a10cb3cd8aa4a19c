"""Which of its storefronts a partner's server means."""

from django.http import Http404
from rest_framework import serializers
from rest_framework.request import Request

from cashback.lib import ids
from partners import storefronts
from partners.models import Partner, Shopper, Storefront

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


def shopper_asked(request: Request, text: str) -> Shopper:
    """The shopper of this id at the storefront that is asked about. Raises Http404."""
    found = shopper_named(asked(request), text)
    if found is None:
        raise Http404
    return found


def shopper_named(storefront: Storefront, text: str) -> Shopper | None:
    """By the partner's own id or by ours, `shp_…`: no path holds every id that a launch token does."""
    here = storefront.shoppers.filter(erased_at=None).select_related("storefront")
    if ours := ids.from_public_or_none("shp", text):
        return here.filter(pk=ours).first()
    return None if "\x00" in text else here.filter(external_id=text).first()


def _unknown() -> serializers.ValidationError:
    return serializers.ValidationError(
        {"storefront": "You have no open storefront of this name."}, code="storefront_unknown"
    )
