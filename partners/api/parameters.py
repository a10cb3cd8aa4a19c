"""What lists are asked with, for the schema."""

from functools import cache

from drf_spectacular.utils import OpenApiParameter, inline_serializer
from rest_framework import serializers

LIMIT = OpenApiParameter("limit", int, description="Rows of a page: 1 to 200, by itself 50.")
CURSOR = OpenApiParameter("cursor", str, description="The `next_cursor` of the page before.")
PAGE = [LIMIT, CURSOR]
UPDATED_SINCE = OpenApiParameter(
    "updated_since",
    str,
    description="A time with its offset: every change from then on, the oldest first, none ever missed, and some of "
    "the hour before. Keep the last `next_cursor` that was not null: later changes are found behind it.",
)
FEED = [*PAGE, UPDATED_SINCE]
STOREFRONT = OpenApiParameter("storefront", str, description="Its slug, where you have several.")
IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    str,
    OpenApiParameter.HEADER,
    description="Yours for this write: sent again within 24 hours it is answered again and not done again.",
)


@cache
def listed(shape: type[serializers.Serializer]) -> serializers.Serializer:
    """A page of them."""
    return inline_serializer(
        f"{shape.__name__.removesuffix('Shape')}List",
        {"data": shape(many=True), "next_cursor": serializers.CharField(allow_null=True)},
    )
