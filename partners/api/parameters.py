"""What addresses are asked with: the schema says it, and nothing else is taken."""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, TypeVar

from drf_spectacular.utils import OpenApiParameter, extend_schema, inline_serializer
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

_Method = TypeVar("_Method", bound=Callable[..., Any])
_Parameter = OpenApiParameter | type[serializers.Serializer]


def documented(
    *, operation_id: str, parameters: Sequence[_Parameter] = (), **about: Any
) -> Callable[[_Method], _Method]:
    """The method of a door, as the schema has it. Of parameters it takes these (`Counted` refuses others)."""

    def mark(method: _Method) -> _Method:
        described: Any = extend_schema(operation_id=operation_id, parameters=[*parameters], **about)(method)
        described.takes = frozenset(name for each in parameters for name in _in_query(each))
        return described

    return mark


def _in_query(parameter: _Parameter) -> list[str]:
    if isinstance(parameter, OpenApiParameter):
        return [parameter.name] if parameter.location == OpenApiParameter.QUERY else []
    return list(parameter().fields)


@cache
def listed(shape: type[serializers.Serializer]) -> serializers.Serializer:
    """A page of them."""
    return inline_serializer(
        f"{shape.__name__.removesuffix('Shape')}List",
        {"data": shape(many=True), "next_cursor": serializers.CharField(allow_null=True)},
    )
