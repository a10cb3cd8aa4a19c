"""Reading one object of a network's answer field by field, so that an adapter says only what the fields mean.

What is missing or is not what it should be raises `Unreadable` with the field's whole path; nothing is
guessed. Methods that end in `_or_…` are for fields that the network may leave out.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal
from typing import Any, TypeVar
from urllib.parse import urlsplit

from cashback.lib.money import InvalidMoney, check_currency, to_minor
from offers.networks.base import Unreadable

Meaning = TypeVar("Meaning")

_LONGEST_ID = 19  # digits of 2**63, the widest id that a database column of anyone holds
_NUMBER = re.compile(r"\s*[+-]?[0-9]{1,40}(\.[0-9]{1,40})?\s*")
_LARGEST_EXPONENT = 30
_FIRST_YEAR, _LAST_YEAR = 2000, 2100  # a date outside them is a slip of somebody's pen
_FLAGS = {"0": False, "1": True, "False": False, "True": True}


class Fields:
    """`raw` is the object as received; `path` is where it stood in the answer."""

    def __init__(self, raw: object, path: str = "") -> None:
        if not isinstance(raw, Mapping):
            raise Unreadable(path or "row", raw, "is not an object")
        self.raw: Mapping[str, Any] = raw
        self._path = path

    def unreadable(self, field: str, why: str) -> Unreadable:
        return Unreadable(f"{self._path}.{field}" if self._path else field, self.raw.get(field), why)

    def text(self, field: str) -> str:
        return self.text_or_blank(field) or self._missing(field)

    def text_or_blank(self, field: str, *, longest: int | None = None) -> str:
        value = self.raw.get(field)
        if value is None:
            return ""
        if isinstance(value, bool) or not isinstance(value, str | int):
            raise self.unreadable(field, "is not text")
        if "\x00" in (text := str(value).strip()):
            raise self.unreadable(field, "holds a NUL, which no text may")
        if longest is not None and len(text) > longest:
            raise self.unreadable(field, f"is longer than {longest} characters")
        return text

    def link(self, field: str) -> str:
        """A web address that a browser can be sent to; one that begins with `//` is completed by https."""
        text = self.text(field)
        link = f"https:{text}" if text.startswith("//") else text
        try:
            parts = urlsplit(link)
            is_web = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
        except ValueError as error:
            raise self.unreadable(field, "is not a web address") from error
        if not (is_web and link.isprintable()):
            raise self.unreadable(field, "is not a web address")
        return link

    def number_id(self, field: str) -> str:
        """An id that is a number, written as one or as text."""
        text = self.text(field)
        if not (text.isascii() and text.isdigit() and len(text) <= _LONGEST_ID):
            raise self.unreadable(field, "is not a numeric id")
        return text

    def number_or_none(self, field: str) -> Decimal | None:
        value = self.raw.get(field)
        if value is None or value == "":
            return None
        if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
            raise self.unreadable(field, "is not a number")
        if isinstance(value, str) and not _NUMBER.fullmatch(
            value
        ):  # Decimal takes "1_000", and other digits too
            raise self.unreadable(field, "is not a number")
        number = Decimal(value)
        if not number.is_finite() or number.adjusted() > _LARGEST_EXPONENT:
            raise self.unreadable(field, "is not a number of this world")
        return number

    def number(self, field: str) -> Decimal:
        number = self.number_or_none(field)
        return self._missing(field) if number is None else number

    def whole_or_none(self, field: str) -> int | None:
        number = self.number_or_none(field)
        if number is None:
            return None
        if number != number.to_integral_value() or abs(number) >= 2**31:
            raise self.unreadable(field, "is not a whole number")
        return int(number)

    def flag(self, field: str) -> bool:
        """Yes or no, written as true, 1 or "1"."""
        if self.raw.get(field) is None:
            self._missing(field)
        return self.word(field, _FLAGS)

    def flag_or_no(self, field: str) -> bool:
        return self.raw.get(field) is not None and self.flag(field)

    def word(self, field: str, meanings: Mapping[str, Meaning]) -> Meaning:
        """What the field's word means to us. A word that is not listed is refused: it is new to us."""
        word = str(self.raw.get(field))
        if word not in meanings:
            raise self.unreadable(field, f"is none of {', '.join(meanings)}")
        return meanings[word]

    def currency(self, field: str) -> str:
        try:
            return check_currency(self.raw.get(field))
        except InvalidMoney as error:
            raise self.unreadable(field, "is not an ISO 4217 currency") from error

    def minor(self, field: str, currency: str) -> int:
        """A sum of money that is not below zero, in minor units."""
        minor = self.minor_or_none(field, currency)
        return self._missing(field) if minor is None else minor

    def minor_or_none(self, field: str, currency: str) -> int | None:
        amount = self.number_or_none(field)
        if amount is None:
            return None
        try:
            minor = to_minor(amount, currency)
        except InvalidMoney as error:
            raise self.unreadable(field, "is not an amount") from error
        if minor < 0:
            raise self.unreadable(field, "is below zero")
        return minor

    def moment(self, field: str, zone: tzinfo) -> datetime:
        """A time; one without an offset is a time of `zone`."""
        return self.moment_or_none(field, zone) or self._missing(field)

    def moment_or_none(self, field: str, zone: tzinfo) -> datetime | None:
        text = self.text_or_blank(field)
        if not text:
            return None
        try:
            moment = datetime.fromisoformat(text)
            moment = (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
        except (ValueError, OverflowError) as error:
            raise self.unreadable(field, "is not a time") from error
        self._check_year(field, moment.year)
        return moment

    def day_or_none(self, field: str) -> date | None:
        """A date, or the date of a time, as written."""
        text = self.text_or_blank(field)
        if not text:
            return None
        try:
            day = datetime.fromisoformat(text).date()
        except ValueError as error:
            raise self.unreadable(field, "is not a date") from error
        self._check_year(field, day.year)
        return day

    def each(self, field: str) -> Iterator["Fields"]:
        """The objects of a list; none when the list is absent."""
        for raw in self.items(field):
            yield Fields(raw, f"{self._path}.{field}" if self._path else field)

    def items(self, field: str) -> list[Any]:
        """A list as it is; empty when absent."""
        value = self.raw.get(field)
        if value is None:
            return []
        if not isinstance(value, list):
            raise self.unreadable(field, "is not a list")
        return value

    def one(self, field: str) -> "Fields":
        return Fields(self.raw.get(field), f"{self._path}.{field}" if self._path else field)

    def _check_year(self, field: str, year: int) -> None:
        if not _FIRST_YEAR <= year <= _LAST_YEAR:
            raise self.unreadable(field, f"is not of the years {_FIRST_YEAR} to {_LAST_YEAR}")

    def _missing(self, field: str) -> Any:
        raise self.unreadable(field, "is missing")
