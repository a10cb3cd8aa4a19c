"""Freezing a sheet, proving that it still adds up, and handing it out."""

import csv
import io
from collections.abc import Iterable
from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cashback.lib.errors import DomainError
from support.quality.bonus.compute import Line, compute, settled_at
from support.quality.models import BonusLine, BonusSheet
from support.quality.periods import Kind, Period

_COMPONENTS = ("quantity", "satisfaction", "speed", "zero", "suggestions")
_TITLES = (
    *(gettext_lazy("Agent"), gettext_lazy("Team")),
    *(gettext_lazy("Closed"), gettext_lazy("Taken back"), gettext_lazy("Weighted")),
    gettext_lazy("Quantity, points"),
    *(gettext_lazy("Answers"), gettext_lazy("Satisfied"), gettext_lazy("Critical failures")),
    gettext_lazy("Satisfaction, points"),
    *(gettext_lazy("In time"), gettext_lazy("Late on duty"), gettext_lazy("Speed, points")),
    *(gettext_lazy("Shifts"), gettext_lazy("At zero"), gettext_lazy("Shifts at zero, points")),
    *(gettext_lazy("Suggestions shipped"), gettext_lazy("Suggestions, points"), gettext_lazy("Total")),
)


class NotSettled(DomainError):
    """What was closed at the period's end may still come back."""

    code = "not_settled"


class AlreadyFrozen(DomainError):
    """There is one sheet for a period."""

    code = "already_frozen"


def freeze(*, period: Period, by: AbstractBaseUser, at: datetime) -> BonusSheet:
    """The period's sheet is written down with all that it was worked out from; nothing changes it any more.

    Raises NotSettled or AlreadyFrozen.
    """
    settles = settled_at(period)
    if at < settles:
        raise NotSettled(
            _("A period can be frozen three days after its end: until then a case that comes back counts.")
        )
    made = compute(period, known_at=settles)
    try:
        with transaction.atomic():
            sheet = BonusSheet.objects.create(
                kind=period.kind.value,
                starts_at=period.since,
                ends_at=period.until,
                time_zone=period.zone,
                settled_at=settles,
                inputs=made.inputs,
                line_count=len(made.lines),
                frozen_by=by,
                frozen_at=at,
            )
            BonusLine.objects.bulk_create(_row(sheet, line) for line in made.lines)
    except IntegrityError as error:
        if not BonusSheet.objects.filter(kind=period.kind.value, starts_at=period.since).exists():
            raise
        raise AlreadyFrozen(_("This period is frozen already.")) from error
    return sheet


def period_of(sheet: BonusSheet) -> Period:
    return Period(Kind(sheet.kind), sheet.starts_at, sheet.ends_at, sheet.time_zone)


def differences(sheet: BonusSheet) -> list[str]:
    """Names of the agents for whom the events give another result today than was frozen: none, unless somebody has
    rewritten the past."""
    today = {line.agent_id: line for line in compute(period_of(sheet), known_at=sheet.settled_at).lines}
    frozen = {line.agent_id: line for line in sheet.lines.all()}
    return sorted(
        {line.name for agent, line in today.items() if agent not in frozen or _differs(frozen[agent], line)}
        | {line.name for agent, line in frozen.items() if agent not in today}
    )


def as_csv(lines: Iterable[BonusLine]) -> str:
    """For a spreadsheet: one row for each agent, points and the figures behind them."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([str(title) for title in _TITLES])
    writer.writerows(_cells(line) for line in lines)
    return out.getvalue()


def _cells(line: BonusLine) -> list[object]:
    done, satisfied, speed = (line.inputs[name] for name in ("quantity", "satisfaction", "speed"))
    zero, ideas = line.inputs["zero"], line.inputs["suggestions"]
    return [
        *(plain(line.name), plain(line.team)),
        *(done["closed"], done["taken_back"], done["weighted"], line.quantity),
        *(satisfied["answered"], satisfied["satisfied"], satisfied["critical_failures"], line.satisfaction),
        *(speed["in_time"], speed["breached_on_duty"], line.speed),
        *(zero["shifts"], zero["at_zero"], line.zero),
        *(ideas["shipped"], line.suggestions),
        line.total,
    ]


def plain(text: str) -> str:
    """A name that a spreadsheet would take for a formula is told to be text."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def _row(sheet: BonusSheet, line: Line) -> BonusLine:
    return BonusLine(
        sheet=sheet,
        agent_id=line.agent_id,
        name=line.name,
        team=line.team,
        inputs=dict(line.inputs),
        **{name: getattr(line, name) for name in _COMPONENTS},
    )


def _differs(frozen: BonusLine, today: Line) -> bool:
    """Who they are called by now is no difference."""
    return frozen.inputs != dict(today.inputs) or any(
        getattr(frozen, name) != getattr(today, name) for name in _COMPONENTS
    )
