"""A `Sale` as JSON and back, for the words that wait in a table."""

from dataclasses import fields
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from offers.networks.base import Sale, SaleStatus

_TIMES = ("occurred_at", "clicked_at", "changed_at", "observed_at")


def to_json(sale: Sale) -> dict[str, Any]:
    return {field.name: plain(getattr(sale, field.name)) for field in fields(sale)}


def from_json(word: dict[str, Any]) -> Sale:
    values = dict(word)
    values["status"] = SaleStatus(values["status"])
    for name in _TIMES:
        values[name] = datetime.fromisoformat(values[name]) if values[name] else None
    values["closes_on"] = date.fromisoformat(values["closes_on"]) if values["closes_on"] else None
    return Sale(**values)


def plain(value: Any) -> Any:
    """The value in JSON's own types; an exact decimal stays exact by becoming text."""
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, str):
        # Neither a NUL nor half a surrogate pair fits the database; the replacement is visible to staff.
        return value.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {plain(str(key)): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value
