"""What the history on a row's staff page tells of what was done to it elsewhere."""

from typing import Any

from django.contrib.admin.models import ADDITION, CHANGE, LogEntry
from django.db.models import Model


def note_made(row: Model, *, by: Any) -> None:
    """The member of staff has made the row, by the operator's API."""
    _note(row, ADDITION, by=by)


def note_changed(row: Model, *, by: Any) -> None:
    _note(row, CHANGE, by=by)


def _note(row: Model, flag: int, *, by: Any) -> None:
    LogEntry.objects.log_actions(by.pk, [row], flag, "By the operator's API.", single_object=True)
