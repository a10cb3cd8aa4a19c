"""What networks write, made fit to store and to show: safe HTML, plain text, values that fit."""

import hashlib
import html
import re
from collections.abc import Callable, Sequence
from typing import Any

import nh3
from django.contrib.postgres.fields import ArrayField
from django.db import models

from offers.networks.base import OfferData, Unreadable

_TERMS_TAGS = {"p", "ul", "li", "b", "i", "br"}
# Their cousins become ours before the rest is dropped, so that headings and steps do not run into one line.
_COUSINS = {"strong": "b", "em": "i", "ol": "ul", "div": "p", **{f"h{level}": "p" for level in range(1, 7)}}
_COUSIN = re.compile(rf"<(/?)({'|'.join(_COUSINS)})\b[^<>]*>", re.IGNORECASE)
_LINE_END = re.compile(r"<br\s*/?>|</(?:p|div|li|h[1-6])>", re.IGNORECASE)
_EMPTY_PARAGRAPH = re.compile(r"<p>(?:\s|&nbsp;|<br>)*</p>")
_SPACES = re.compile(r"[ \t\xa0]+")
_BLANK_LINES = re.compile(r"\s*\n\s*\n\s*")

_INTEGER_BITS = {models.IntegerField: 31, models.BigIntegerField: 63}


def safe_html(text: str) -> str:
    """Paragraphs, lists, bold and italics; no links, attributes or scripts."""
    if not text:
        return ""
    familiar = _COUSIN.sub(lambda found: f"<{found[1]}{_COUSINS[found[2].lower()]}>", text)
    return _EMPTY_PARAGRAPH.sub("", nh3.clean(familiar, tags=_TERMS_TAGS, attributes={})).strip()


def plain_text(text: str) -> str:
    """Words and line ends, nothing that a browser would take for markup."""
    if "<" in text or "&" in text:
        text = html.unescape(nh3.clean(_LINE_END.sub("\n", text), tags=set()))
    return _BLANK_LINES.sub("\n\n", _SPACES.sub(" ", text)).strip()


def one_line(text: str, *, length: int) -> str:
    """A name for a heading: one line, cut at a word with an ellipsis when it is longer than its column."""
    line = " ".join(text.split())
    if len(line) <= length:
        return line
    return line[: length - 1].rsplit(" ", 1)[0].rstrip(" ,;:") + "…"


def terms_digest(offer: OfferData) -> str:
    """Changes whenever what a shopper is promised does: terms, rates, currency, days until the decision."""
    rates = sorted(
        (rate.name, rate.kind, f"{rate.value:f}".rstrip("0"), rate.currency, rate.country)
        + (str(rate.min_order_minor), str(rate.starts_on or ""))
        for rate in offer.rates
    )
    promise = (offer.terms_html, offer.currency, offer.hold_days, offer.max_hold_days, rates)
    return hashlib.sha256(repr(promise).encode("utf-8", "surrogatepass")).hexdigest()[:16]


class Fit:
    """What a model's columns hold: one odd value is refused by name, and the whole COPY does not fail."""

    def __init__(self, model: type[models.Model], columns: Sequence[str]) -> None:
        checks = [
            (position, name, _check_for(model._meta.get_field(name))) for position, name in enumerate(columns)
        ]
        self._checks = [(position, name, check) for position, name, check in checks if check]

    def check(self, row: Sequence[Any]) -> None:
        """Raises Unreadable when a value would not fit."""
        for position, name, why_not in self._checks:
            if (value := row[position]) is not None and (why := why_not(value)):
                raise Unreadable(name, value, why)


def _check_for(field: models.Field) -> Callable[[Any], str] | None:
    if isinstance(field, ArrayField):
        inner = _check_for(field.base_field)
        return lambda values: next((why for value in values if (why := inner(value))), "")
    if isinstance(field, models.CharField | models.TextField):
        return lambda value: _why_no_text(value, field.max_length)
    if isinstance(field, models.DecimalField):
        limit = 10 ** (field.max_digits - field.decimal_places)
        return lambda value: "" if value.is_finite() and abs(value) < limit else "is too large a number"
    for kind, bits in _INTEGER_BITS.items():
        if type(field) is kind:
            return lambda value: "" if abs(value) < 2**bits else "is too large a number"
    return None


def _why_no_text(value: str, longest: int | None) -> str:
    if longest is not None and len(value) > longest:
        return f"is longer than {longest} characters"
    if "\x00" in value:
        return "holds a NUL, which no text may"
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            return "holds half a character"
    return ""
