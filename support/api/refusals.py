"""What a shopper's page says to the shopper, a partner's server is told by field."""

from collections.abc import Iterator
from contextlib import contextmanager

from rest_framework import serializers

from cashback.lib.errors import DomainError

_FIELDS = {
    "trip_missing": ("click_id", "A claim of this kind needs the trip."),
    "purchase_missing": ("transaction_id", "A claim of this kind needs the purchase."),
    "order_no_missing": ("order_no", "A claim of this kind needs the order's number."),
    "amount_missing": ("order_amount", "A claim of this kind needs the order's amount."),
    "amount_invalid": ("order_amount", "The amount is above zero."),
    "in_the_future": ("ordered_at", "The day is still to come."),
    "day_invalid": ("ordered_at", "The day cannot be right."),
    "nothing_said": ("text", "Send a text, or a file."),
    "too_many_files": ("files", "There are more files than one message takes."),
    "file_too_large": ("files", "A file is larger than 10 MB, or has too many pixels."),
    "file_kind": ("files", "A file is neither a picture nor a PDF."),
    "file_broken": ("files", "A file is empty, damaged or incomplete."),
}


@contextmanager
def by_field() -> Iterator[None]:
    """Raises a ValidationError for what is wrong with one field. What a right body meets stays as it is: a claim that
    is there already, or one that has moved on."""
    try:
        yield
    except DomainError as refusal:
        if refusal.code not in _FIELDS:
            raise
        field, detail = _FIELDS[refusal.code]
        raise serializers.ValidationError({field: detail}, code=refusal.code) from refusal
