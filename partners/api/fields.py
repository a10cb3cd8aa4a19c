"""What the API's bodies are made of."""

from collections.abc import Mapping, Set
from datetime import datetime
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail
from rest_framework.utils import html

from cashback.lib import ids
from cashback.lib.money import Money

NO_SUCH_FIELD = ErrorDetail("There is no such field here.", code="field_unknown")


class Text(serializers.CharField):
    """A text, and nothing that could be read as one: DRF's own field takes numbers too."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class ShopperId(Text):
    """The partner's own id of a shopper. One like ours, `shp_…`, would hide the shopper whose that is."""

    default_error_messages = {"external_id_reserved": "An id of this form is ours."}

    def to_internal_value(self, data: Any) -> str:
        text = super().to_internal_value(data)
        if ids.from_public_or_none("shp", text):
            self.fail("external_id_reserved")
        return text


@extend_schema_field({"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]+)?$", "example": "12.34"})
class _Amount(serializers.CharField):
    pass


@extend_schema_field({"type": "string", "pattern": "^[A-Z]{3}$", "example": "RUB"})
class _Currency(serializers.CharField):
    pass


# A field that was misspelt would otherwise be left out unheard. (No docstring: the schema would show it of every body.)
class Body(serializers.Serializer):
    def to_internal_value(self, data: Any) -> Any:
        known = _names_in_a_form(self) if html.is_html_input(data) else self.fields.keys()
        if isinstance(data, Mapping) and (unknown := set(data) - known):
            raise serializers.ValidationError({name: NO_SUCH_FIELD for name in sorted(unknown)})
        return super().to_internal_value(data)


def _names_in_a_form(body: serializers.Serializer) -> Set[str]:
    """Those of an inner object are written like `order_amount.currency`."""
    return {
        inner
        for name, field in body.fields.items()
        for inner in ([f"{name}.{each}" for each in field.fields] if isinstance(field, Body) else [name])
    }


class NoBody(Body):
    pass


class MoneyShape(serializers.Serializer):
    amount = _Amount(help_text="With the currency's own decimals.")
    currency = _Currency(help_text="ISO 4217.")


def money(minor: int | None, currency: str) -> dict[str, str] | None:
    return None if minor is None else Money(minor, currency).as_json()


def moment(value: datetime | None) -> str | None:
    return None if value is None else value.isoformat()
