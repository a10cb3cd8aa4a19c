"""What the figures' page needs in its templates."""

import json
from collections.abc import Iterable, Sequence

from django import template

from support.admin.kpi_words import Cell, Chart, Column, Table

register = template.Library()


@register.filter
def drawn(chart: Chart) -> str:
    """The chart for the script that draws it."""
    return json.dumps(chart.drawn, ensure_ascii=False)


@register.filter
def cells(table: Table, row: Sequence[Cell]) -> Iterable[tuple[Column, Cell]]:
    """Each cell with its column."""
    return zip(table.columns, row, strict=True)
