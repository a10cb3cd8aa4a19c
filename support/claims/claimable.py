"""Which shopping trips have been asked about."""

import uuid
from collections.abc import Iterable, Mapping, Sequence

from partners.models import Shopper
from support.claims.models import Claim
from support.claims.states import stage_of
from transactions.models import Click
from transactions.my_cashback.trips import Question


def for_clicks(shopper: Shopper, clicks: Iterable[Click | uuid.UUID]) -> dict[uuid.UUID, Claim | None]:
    """The latest claim about each of these trips, open ones before closed ones; None where there is none. One query."""
    ids = [click.pk if isinstance(click, Click) else click for click in clicks]
    found: dict[uuid.UUID, Claim | None] = dict.fromkeys(ids)
    if not ids:
        return found
    for claim in Claim.objects.filter(shopper=shopper, click__in=ids).order_by("pk"):
        known = found.get(claim.click_id)
        if known is None or claim.is_open or not known.is_open:
            found[claim.click_id] = claim
    return found


def questions(shopper: Shopper, clicks: Sequence[uuid.UUID]) -> Mapping[uuid.UUID, Question]:
    """For the page of trips (transactions.my_cashback.trips): the number of each claim, and where it stands."""
    return {
        click: Question(claim.public_number, str(stage_of(claim).label))
        for click, claim in for_clicks(shopper, clicks).items()
        if claim is not None
    }
