"""Shifts at zero, counted from frozen rows: all on the shift earned it, or nobody."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q

from support.desk.models import Team
from support.shifts.models import ShiftClose


@dataclass(frozen=True, slots=True)
class ZeroFigure:
    """Of the shifts that ended in a period and were frozen."""

    shifts: int
    at_zero: int
    # Something of it has no owner on a later shift yet.
    incomplete: int

    @property
    def share(self) -> float | None:
        return self.at_zero / self.shifts if self.shifts else None


NONE = ZeroFigure(0, 0, 0)

_COUNTS = {
    "shifts": Count("pk"),
    "at_zero": Count("pk", filter=Q(is_zero=True)),
    "incomplete": Count("pk", filter=Q(is_complete=False)),
}


def of_team(*, team: Team, since: datetime, until: datetime) -> ZeroFigure:
    """Shifts of the team that ended in [since, until)."""
    closes = ShiftClose.objects.judged().of_period(since, until).filter(shift__team=team)
    return ZeroFigure(**closes.aggregate(**_COUNTS))


def of_agents(*, since: datetime, until: datetime) -> Mapping[uuid.UUID, ZeroFigure]:
    """For each agent the shifts that they were on, in [since, until)."""
    rows = (
        ShiftClose.objects.judged()
        .of_period(since, until)
        .filter(shift__members__isnull=False)
        .values("shift__members__agent")
        .annotate(**_COUNTS)
        .order_by("shift__members__agent")
        .values_list("shift__members__agent", *_COUNTS)
    )
    return {agent_id: ZeroFigure(*counts) for agent_id, *counts in rows}
