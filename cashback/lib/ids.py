"""Public ids are TypeIDs (https://github.com/jetify-com/typeid): a prefix and 26 letters over a UUIDv7.

The 26-letter suffix of a click's id is also the sub-id that a network carries: opaque, and short enough everywhere.
"""

import uuid
from datetime import datetime
from typing import Any

from django.db import models

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_VALUES = {letter: value for value, letter in enumerate(_ALPHABET)}
SUFFIX_LENGTH = 26


class InvalidId(ValueError):
    """The text is no id of ours."""


class IdField(models.UUIDField):
    """A primary key made by the database. Migrations see a plain UUIDField."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("primary_key", True)
        options.setdefault("editable", False)
        options.setdefault("db_default", models.Func(function="uuidv7", output_field=models.UUIDField()))
        super().__init__(**options)

    def deconstruct(self) -> Any:
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.UUIDField", args, kwargs


def suffix(value: uuid.UUID) -> str:
    """26 letters of Crockford's base 32, lower case: TypeID's suffix."""
    number = value.int
    letters = []
    for _ in range(SUFFIX_LENGTH):
        letters.append(_ALPHABET[number & 31])
        number >>= 5
    return "".join(reversed(letters))


def from_suffix(text: str) -> uuid.UUID:
    """The UUID behind a suffix. Raises InvalidId for anything else."""
    if len(text) != SUFFIX_LENGTH or text[0] > "7":
        raise InvalidId(f"{text[:40]!r} is not a 26-letter id.")
    number = 0
    for letter in text:
        if letter not in _VALUES:
            raise InvalidId(f"{text!r} holds {letter!r}, which no id holds.")
        number = number << 5 | _VALUES[letter]
    return uuid.UUID(int=number)


def public(prefix: str, value: uuid.UUID) -> str:
    """`clk_01h2xcejqtf2nbrexx3vqjhp41`"""
    return f"{prefix}_{suffix(value)}"


def from_public(prefix: str, text: str) -> uuid.UUID:
    """The UUID behind a public id with this prefix. Raises InvalidId for anything else."""
    head, separator, tail = text.partition("_")
    if head != prefix or not separator:
        raise InvalidId(f"{text[:60]!r} is not an id that begins with {prefix}_.")
    return from_suffix(tail)


def from_suffix_or_none(text: str) -> uuid.UUID | None:
    """As `from_suffix`, with None for anything else."""
    try:
        return from_suffix(text)
    except InvalidId:
        return None


def from_public_or_none(prefix: str, text: str) -> uuid.UUID | None:
    """As `from_public`, with None for anything else: no row has it, so whoever looks for one finds nothing."""
    try:
        return from_public(prefix, text)
    except InvalidId:
        return None


def first_id(moment: datetime) -> uuid.UUID:
    """The smallest UUIDv7 of the moment: 48 bits of Unix milliseconds, then the version (RFC 9562 §5.7).

    Of a moment before 1970 it is the smallest id of all."""
    return uuid.UUID(int=max(0, int(moment.timestamp() * 1000)) << 80)
