"""A shopper's trips to the shops: which have brought a purchase, which may still, and which can be claimed."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import OuterRef, Subquery
from django.utils.translation import gettext_lazy as _

from cashback.lib import ids
from cashback.lib.paging import Page, page
from offers import facts, promises
from offers.catalogue import Face
from offers.measured import ENOUGH
from partners.models import Shopper
from transactions.models import Transaction

PER_PAGE = 20


@dataclass(frozen=True, slots=True)
class Question:
    """What the shopper has asked about a trip: its public number, and where it stands, in words."""

    number: str
    stage: str


_Asked = Callable[[Shopper, Sequence[uuid.UUID]], Mapping[uuid.UUID, Question]]
_asked: list[_Asked] = []


def register_questions(asked: _Asked) -> None:
    """A higher room keeps what shoppers ask about their trips; by the clicks' ids, in one query."""
    if asked not in _asked:
        _asked.append(asked)


@dataclass(frozen=True, slots=True)
class Trip:
    """A click. One of five: a purchase is tracked; its report may still come (`tracks_by`); nothing came and it can be
    claimed from a day on (`is_claimable` once it has come), or could until a day; or the shop takes no claims."""

    click_id: uuid.UUID
    shop: Face
    started_at: datetime
    reward: str
    purchase_id: str
    tracks_by: datetime
    is_fresh: bool
    takes_claims: bool
    claim_from: datetime | None
    claim_until: datetime | None
    is_claimable: bool
    is_claim_over: bool
    evidence: list[str]
    question: Question | None

    @property
    def public_id(self) -> str:
        return ids.public("clk", self.click_id)


def trips(shopper: Shopper, *, number: int, at: datetime) -> Page[Trip]:
    """The shopper's clicks, the newest first."""
    reported = Transaction.objects.filter(click=OuterRef("pk")).order_by("pk")
    rows = shopper.clicks.latest_first().select_related("merchant", "offer__facts", "offer__measured")
    rows = rows.annotate(purchase=Subquery(reported.values("pk")[:1]))
    found = page(rows, number=number, size=PER_PAGE)
    questions = _questions(shopper, [row.pk for row in found.rows])
    rows = [_trip(row, at=at, question=questions.get(row.pk)) for row in found.rows]
    return Page(rows, found.number, found.has_next)


def _questions(shopper: Shopper, clicks: Sequence[uuid.UUID]) -> dict[uuid.UUID, Question]:
    return {click: question for asked in _asked for click, question in asked(shopper, clicks).items()}


def _trip(row: Any, *, at: datetime, question: Question | None) -> Trip:
    tracks_by = row.created_at + _tracks_within(row.offer)
    takes_claims = facts.takes_claims(row.offer)
    first, last = facts.claim_window(row.offer) or (None, None)
    claim_from = row.created_at + timedelta(days=first) if first else tracks_by
    claim_until = row.created_at + timedelta(days=last) if last else None
    is_fresh = at < tracks_by
    return Trip(
        click_id=row.pk,
        shop=Face.of(row.merchant),
        started_at=row.created_at,
        reward=promises.reward(
            percent=row.best_percent,
            fixed_minor=row.best_fixed_minor,
            currency=row.currency,
            share=row.shopper_percent,
        ),
        purchase_id=ids.public("txn", row.purchase) if row.purchase else "",
        tracks_by=tracks_by,
        is_fresh=is_fresh,
        takes_claims=takes_claims,
        claim_from=claim_from if takes_claims else None,
        claim_until=claim_until if takes_claims else None,
        is_claimable=takes_claims and claim_from <= at and (claim_until is None or at < claim_until),
        is_claim_over=takes_claims and claim_until is not None and claim_until <= at,
        evidence=_evidence(row),
        question=question,
    )


def _tracks_within(offer: Any) -> timedelta:
    """As long as nine of ten purchases took, where enough have come through us."""
    measured = getattr(offer, "measured", None)
    if measured and measured.tracked >= ENOUGH and measured.tracks_most:
        return measured.tracks_most
    return promises.TRACKS_WITHIN


def _evidence(row: Any) -> list[str]:
    seen = []
    if row.blocker_seen:
        seen.append(_("An ad blocker was on"))
    if row.cookies_kept is False:
        seen.append(_("The browser kept no cookies"))
    return [str(words) for words in seen]
