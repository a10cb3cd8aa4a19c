"""What purchases through us have shown of each offer: how soon they appear and are confirmed, and how many are.

A row is reckoned by a task, never by a page. Few purchases prove nothing: below `ENOUGH` of a kind the page says what
the network says, and who says it.
"""

import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Protocol

from django.db import transaction

from offers.models import OfferMeasured

ENOUGH = 20
WINDOW = timedelta(days=180)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """`half` and `most` are the times within which half and nine tenths of the purchases came. None where none did."""

    tracked: int = 0
    tracks_half: timedelta | None = None
    tracks_most: timedelta | None = None
    confirmed: int = 0
    confirms_half: timedelta | None = None
    confirms_most: timedelta | None = None
    approved: int = 0
    declined: int = 0


class Source(Protocol):
    def __call__(self, *, at: datetime) -> Mapping[uuid.UUID, Measured]: ...


_source: Source | None = None


def register(source: Source) -> None:
    """A room above knows purchases: `source` gives what they have shown, by offer id."""
    global _source
    _source = source


@transaction.atomic
def measure(*, at: datetime) -> int:
    """Every offer with purchases in the last half year carries what they have shown, and no other does. How many."""
    found = _source(at=at) if _source else {}
    OfferMeasured.objects.exclude(pk__in=found).delete()
    columns = [*Measured.__dataclass_fields__, "measured_at"]
    OfferMeasured.objects.bulk_create(
        (
            OfferMeasured(offer_id=offer, measured_at=at, **asdict(told))
            for offer, told in sorted(found.items())
        ),
        update_conflicts=True,
        unique_fields=["offer"],
        update_fields=columns,
        batch_size=2000,
    )
    return len(found)
