"""The shift-zero board: what the team owes now, and how long the shift still has for it."""

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from support.desk.models import Agent, Team
from support.shifts import rota
from support.shifts.models import Owed, Shift
from support.shifts.owed import Heap, Item, heaps

# More than anybody reads; the numbers count all.
MOST_SHOWN = 100


@dataclass(frozen=True, slots=True)
class Board:
    """What is owed at `at`. Late arrivals are counted apart: they are the next shift's."""

    team: Team
    at: datetime
    # The running shift that ends first; None: nobody is planned.
    shift: Shift | None
    on_shift: Sequence[Agent]
    present: Sequence[Agent]
    counts: Mapping[Owed, int]
    late_counts: Mapping[Owed, int]
    # The oldest first, late arrivals last.
    items: Sequence[Item]

    @property
    def owed(self) -> int:
        return sum(self.counts.values())

    @property
    def late_arrivals(self) -> int:
        return sum(self.late_counts.values())

    @property
    def not_shown(self) -> int:
        return self.owed + self.late_arrivals - len(self.items)

    @property
    def is_zero(self) -> bool:
        return self.owed == 0

    @property
    def minutes_left(self) -> int | None:
        """Whole minutes to the end of the shift."""
        return None if self.shift is None else (self.shift.ends_at - self.at) // timedelta(minutes=1)

    @property
    def kinds(self) -> Sequence[tuple[Owed, int, int]]:
        """Each kind with how much is owed and how much of it came late."""
        return [(kind, self.counts[kind], self.late_counts[kind]) for kind in Owed]


def owed_now(
    *,
    team: Team,
    at: datetime,
    partner_ids: Collection[uuid.UUID] | None = None,
    most: int = MOST_SHOWN,
) -> Board:
    """The board of the team; of these partners only, where `partner_ids` says so. Nine queries at most, whatever is
    owed, each by an index."""
    shift = rota.current(team, at)
    found = heaps(
        team=team,
        at=at,
        late_from=late_from(team, shift.ends_at) if shift else None,
        partner_ids=partner_ids,
        most=most,
    )
    return Board(
        team=team,
        at=at,
        shift=shift,
        on_shift=list(shift.agents.order_by("name", "pk")) if shift else [],
        present=rota.present(team),
        counts={heap.kind: heap.total - heap.late for heap in found},
        late_counts={heap.kind: heap.late for heap in found},
        items=in_order(found)[:most],
    )


def late_from(team: Team, ends_at: datetime) -> datetime:
    """What comes at this moment or later belongs to the shift after the one that ends then."""
    return ends_at - timedelta(minutes=team.late_minutes)


def in_order(found: Sequence[Heap]) -> list[Item]:
    items = [item for heap in found for item in heap.items]
    return sorted(items, key=lambda item: (item.is_late_arrival, item.owed_since, item.what_id))
