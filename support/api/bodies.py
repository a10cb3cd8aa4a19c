"""What partners' servers send about claims: JSON with files in base64, or a form with files beside its fields."""

import base64
import binascii
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.core.validators import RegexValidator
from django.http import QueryDict
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request

from cashback.lib import ids
from cashback.lib.money import InvalidMoney, decimals, to_minor
from partners.api import storefronts
from partners.api.fields import Body, Text
from partners.api.parsing import JSONParser
from partners.models import Shopper
from partners.services import LOCALES
from support.claims.models import BoughtIn, Kind, PaidWith
from support.desk import files as desk_files

# A few photographs of a receipt, a third longer in base64 (cashback.middleware refuses what is longer unread).
_LARGEST_BODY = 16 * 1024 * 1024
_LONGEST_NAME = 200


class RoomyJSONParser(JSONParser):
    longest = _LARGEST_BODY


PARSERS = (RoomyJSONParser, MultiPartParser)


class FileBody(Body):
    name = Text(max_length=_LONGEST_NAME)
    content = Text(
        trim_whitespace=False, help_text="The file's bytes in base64; a picture or a PDF, 10 MB at most."
    )

    def validate_content(self, text: str) -> bytes:
        try:
            return base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError) as error:
            raise serializers.ValidationError("This is not base64.", code="not_base64") from error


class _WithFiles(Body):
    files = FileBody(many=True, required=False, max_length=desk_files.MOST)


# For the schema alone: in a form, files are parts of it, and the amount's fields stand beside the others.
class _Files(serializers.Serializer):
    files = serializers.ListField(
        child=serializers.FileField(),
        required=False,
        max_length=desk_files.MOST,
        help_text="Pictures or PDFs, 10 MB each at most.",
    )


class MessageBody(_WithFiles):
    text = Text(max_length=4000, required=False, allow_blank=True)


class MessageForm(_Files, MessageBody):
    pass


class MoneyBody(Body):
    amount = Text(
        trim_whitespace=False,
        validators=[RegexValidator(r"^[0-9]{1,16}(\.[0-9]{1,3})?\Z")],
        help_text="With the currency's own decimals at most: `1990.00`.",
    )
    currency = Text(max_length=3)


class OrderTime(serializers.DateTimeField):
    """Without an offset it is the storefront's own time, as `open_claim` reads it."""

    def enforce_timezone(self, value: datetime) -> datetime:
        return value if value.tzinfo is None else super().enforce_timezone(value)


class ClaimBody(_WithFiles):
    shopper = Text(max_length=128, trim_whitespace=False, help_text="Your own id of the shopper.")
    storefront = Text(
        max_length=storefronts.LONGEST_SLUG, required=False, help_text="Its slug, where you have several."
    )
    kind = serializers.ChoiceField(choices=Kind.values)
    click_id = Text(max_length=40, required=False, help_text="The trip on which it was bought.")
    transaction_id = Text(max_length=40, required=False, help_text="The purchase, where we know it.")
    order_no = Text(max_length=100, required=False, allow_blank=True)
    ordered_at = OrderTime(
        required=False,
        help_text="Without an offset it is the storefront's time; its midnight means the whole day.",
    )
    order_amount = MoneyBody(required=False)
    coupon_used = Text(max_length=120, required=False, allow_blank=True)
    paid_with = serializers.ChoiceField(choices=PaidWith.values, default=PaidWith.CARD.value)
    bought_in = serializers.ChoiceField(choices=BoughtIn.values, default=BoughtIn.WEB.value)
    goods = Text(max_length=300, required=False, allow_blank=True)
    text = Text(max_length=4000, required=False, allow_blank=True)
    locale = serializers.ChoiceField(choices=sorted(LOCALES), required=False, help_text="What we answer in.")

    def validate(self, said: dict[str, Any]) -> dict[str, Any]:
        """As `open_claim` takes it."""
        storefront = storefronts.meant(self.context["partner"], said.pop("storefront", None))
        shopper = storefronts.shopper_named(storefront, said["shopper"])
        if shopper is None:
            raise _wrong("shopper", "You have told us of no such shopper.", code="shopper_unknown")
        told = {
            "shopper": shopper,
            "click": _own(shopper, "click", "clk", said.pop("click_id", None)),
            "transaction": _own(shopper, "transaction", "txn", said.pop("transaction_id", None)),
            "order_at": said.pop("ordered_at", None),
            "order_minor": _minor(said.pop("order_amount", None), storefront.currency),
            "language": said.pop("locale", ""),
        }
        return said | told


class ClaimForm(_Files, ClaimBody):
    def get_fields(self) -> dict[str, Any]:
        fields = super().get_fields()
        del fields["order_amount"]
        amount = MoneyBody().get_fields()
        for field in amount.values():
            field.required = False
        return fields | {f"order_amount.{name}": field for name, field in amount.items()}


def read(body: type[_WithFiles], request: Request) -> tuple[dict[str, Any], list[tuple[str, bytes]]]:
    """What was sent, checked, and its files. Raises ValidationError."""
    # A form's files are read by themselves.
    fields = request.POST if isinstance(request.data, QueryDict) else request.data
    sent = body(data=fields, context={"partner": request.partner})
    sent.is_valid(raise_exception=True)
    told: Mapping[str, Any] = sent.validated_data
    if misnamed := sorted(set(request.FILES) - {"files"}):
        raise _wrong(misnamed[0], "Send each file under the name files.", code="field_unknown")
    files = [(each["name"], each["content"]) for each in told.get("files", ())]
    files += [
        (each.name or "", each.read()) for each in request.FILES.getlist("files")[: desk_files.MOST + 1]
    ]
    return {name: value for name, value in told.items() if name != "files"}, files


def _own(shopper: Shopper, name: str, prefix: str, text: str | None) -> Any:
    """The shopper's click or purchase; whose another is, is not told."""
    if text is None:
        return None
    rows = getattr(shopper, f"{name}s").select_related("merchant", "offer")
    found = rows.filter(pk=ids.from_public_or_none(prefix, text)).first()
    if found is None:
        raise _wrong(f"{name}_id", "The shopper has none of this id.", code=f"{name}_unknown")
    return found


def _minor(said: Mapping[str, str] | None, currency: str) -> int | None:
    if said is None:
        return None
    if said["currency"] != currency:
        raise _wrong("order_amount", f"The storefront's currency is {currency}.", code="currency_other")
    try:
        if len(said["amount"].partition(".")[2]) > decimals(currency):
            raise InvalidMoney(f"{currency} has {decimals(currency)} decimals.")
        return to_minor(said["amount"], currency)
    except InvalidMoney as error:
        raise _wrong("order_amount", "Write the amount like 1990.00.", code="amount_invalid") from error


def _wrong(field: str, detail: str, *, code: str) -> serializers.ValidationError:
    return serializers.ValidationError({field: detail}, code=code)
