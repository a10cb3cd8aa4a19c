"""Figures as staff read them, in the language that is active; and as a spreadsheet takes them."""

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from babel import Locale
from babel.dates import format_date, format_skeleton
from babel.numbers import format_decimal, format_percent
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from cashback.lib.admin import NOTHING
from support.quality.bonus.sheets import plain

_MINUTE, _HOUR, _DAY = 60, 3600, 86400
Words = str | Promise


@dataclass(frozen=True, slots=True)
class Column:
    """A column's heading; in a file perhaps another one, that names the unit."""

    title: Words
    in_file: Words = ""
    is_number: bool = True
    is_in_files_only: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    """What is shown, and what a file holds of it. `tone` is good, bad or nothing."""

    shown: str
    raw: object = ""
    tone: str = ""
    link: str = ""
    small: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A table as the page and the file have it. `name` is its address."""

    name: str
    title: Words
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    note: str = ""
    empty: Words = ""
    is_wide: bool = False

    @property
    def shown(self) -> Sequence[Column]:
        return [column for column in self.columns if not column.is_in_files_only]

    @property
    def lines(self) -> Sequence[Sequence[tuple[Column, Cell]]]:
        """Each cell that is shown, with its column."""
        return [
            [pair for pair in zip(self.columns, row, strict=True) if not pair[0].is_in_files_only]
            for row in self.rows
        ]


@dataclass(frozen=True, slots=True)
class Series:
    """One line or one colour of bars; None leaves a gap."""

    name: Words
    values: Sequence[float | None]
    tone: str


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture of `table`: kind line, bars, stack or across."""

    kind: str
    table: Table
    labels: Sequence[str]
    series: Sequence[Series]
    summary: str
    unit: Words = ""
    # What the picture cannot show.
    alert: str = ""
    is_wide: bool = False

    @property
    def has_anything(self) -> bool:
        return any(value for each in self.series for value in each.values)

    @property
    def drawn(self) -> str:
        """For the script that draws it."""
        picture = {
            "kind": self.kind,
            "labels": list(self.labels),
            "unit": str(self.unit),
            "series": [
                {"name": str(each.name), "tone": each.tone, "values": list(each.values)}
                for each in self.series
            ],
        }
        return json.dumps(picture, ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class Tile:
    """A figure of the headline. `trend` is better, worse or same; `target` is met or missed, where there is one."""

    title: Words
    value: str
    change: str = ""
    trend: str = ""
    target: str = ""
    aim: str = ""
    notes: Sequence[str] = ()


def number(value: float | int | Decimal | None, digits: int = 0) -> str:
    if value is None:
        return NOTHING
    pattern = "#,##0" + ("." + "0" * digits if digits else "")
    return format_decimal(value, format=pattern, locale=_locale())


def percent(value: float | None, digits: int = 1) -> str:
    """One decimal, unless it is a zero."""
    if value is None:
        return NOTHING
    pattern = Locale.parse(_locale()).percent_formats[None].pattern
    pattern = pattern.replace("0", "0." + "#" * digits) if digits else pattern
    return format_percent(round(value, digits + 2), format=pattern, locale=_locale())


def span(seconds: float | None) -> str:
    """Working time: never in days, for a day of it is nobody's."""
    return _span(seconds, has_days=False)


def wall(seconds: float | None) -> str:
    """The shopper's own time."""
    return _span(seconds, has_days=True)


def day(value: date) -> str:
    return format_skeleton("MMMd", value, locale=_locale())


def weekday(value: date) -> str:
    return format_date(value, "EEE", locale=_locale())


def days(first: date, last: date) -> str:
    """`3–9 Mar 2026`, as short as can be said."""
    year = f" {last.year}"
    if first == last:
        return day(first) + year
    return f"{day(first)} – {day(last)}{year}"


def as_csv(table: Table) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([str(column.in_file or column.title) for column in table.columns])
    for row in table.rows:
        writer.writerow([plain(cell.raw) if isinstance(cell.raw, str) else cell.raw for cell in row])
    return out.getvalue()


def text(value: object, *, tone: str = "", link: str = "", small: str = "") -> Cell:
    return Cell(str(value), str(value), tone, link, small)


def count(value: int) -> Cell:
    return Cell(number(value), value)


def decimal(value: Decimal | float | None, digits: int) -> Cell:
    return Cell(number(value, digits), "" if value is None else round(value, digits))


def share(value: float | None, *, tone: str = "") -> Cell:
    """In a file as percent."""
    return Cell(percent(value), "" if value is None else round(value * 100, 2), tone)


def working(seconds: float | None) -> Cell:
    return Cell(span(seconds), "" if seconds is None else round(seconds))


def lived(seconds: float | None) -> Cell:
    return Cell(wall(seconds), "" if seconds is None else round(seconds))


def _span(seconds: float | None, *, has_days: bool) -> str:
    if seconds is None:
        return NOTHING
    whole = round(seconds)
    if whole < _MINUTE:
        return _("%(count)s s") % {"count": whole}
    if whole < _HOUR:
        return _("%(count)s min") % {"count": round(whole / _MINUTE)}
    if has_days and whole >= 2 * _DAY:
        return _("%(count)s d") % {"count": number(whole / _DAY, 1 if whole < 10 * _DAY else 0)}
    hours, minutes = divmod(round(whole / _MINUTE), 60)
    told = _("%(count)s h") % {"count": number(hours)}
    return f"{told} {_('%(count)s min') % {'count': minutes}}" if hours < 10 and minutes else told


def _locale() -> str:
    return (get_language() or "en").replace("-", "_")
