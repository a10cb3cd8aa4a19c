"""Colleagues look at each other's work: what is picked for it, and what they write."""

import math
import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from cashback.lib.errors import DomainError
from support.desk.models import Agent
from support.quality.measures.cycles import ClosedCycle, closed_by_agents
from support.quality.measures.scope import Scope
from support.quality.models import QAReview, Rating, Rubric, Why
from support.quality.models.rating import POOR_UP_TO
from support.quality.models.review import LEAST, MOST
from support.quality.periods import Kind, period_at, zone_of_the_house

# Of the cycles that an agent closed in a week.
SAMPLED = 0.03
# An older rating or grant that was never looked at is no news.
LOOKS_BACK = timedelta(days=60)


class NotYours(DomainError):
    """Nobody reviews their own work."""

    code = "own_work"


class AlreadyReviewed(DomainError):
    """A review that was written stays."""

    code = "already_reviewed"


class RubricIncomplete(DomainError):
    """Every line of the rubric has a score from 1 to 5."""

    code = "rubric_incomplete"


@transaction.atomic
def pick_samples(*, at: datetime) -> int:
    """There is a review to be written for every rating of 2 or less, every goodwill over its giver's limit, and 3 % of
    what each agent closed last week. Run again it picks nothing twice. Returns how many are new."""
    before = QAReview.objects.count()
    _pick_low_scores(at)
    _pick_goodwill(at)
    _pick_at_random(at)
    return QAReview.objects.count() - before


@transaction.atomic
def write(
    *,
    review: QAReview,
    reviewer: Agent,
    scores: Mapping[str, int],
    is_critical: bool = False,
    comment: str = "",
    at: datetime,
) -> QAReview:
    """The review is written, for good. Raises NotYours, AlreadyReviewed or RubricIncomplete."""
    if reviewer.pk == review.agent_id:
        raise NotYours(_("Nobody reviews their own work: leave it to a colleague."))
    if set(scores) != set(Rubric.values) or not all(LEAST <= score <= MOST for score in scores.values()):
        raise RubricIncomplete(_("Give every line a score from 1 to 5."))
    is_written = QAReview.objects.filter(pk=review.pk, reviewed_at=None).update(
        reviewer=reviewer,
        scores=dict(scores),
        is_critical=is_critical,
        comment=comment.replace("\x00", "").strip(),
        reviewed_at=at,
    )
    if not is_written:
        raise AlreadyReviewed(_("This review is written already."))
    review.refresh_from_db()
    return review


def _pick_low_scores(at: datetime) -> None:
    poor = Rating.objects.filter(
        score__lte=POOR_UP_TO, answered_at__gt=at - LOOKS_BACK, answered_at__lte=at, agent__isnull=False
    )
    _keep(
        QAReview(
            partner_id=rating.partner_id,
            ticket_id=rating.ticket_id,
            cycle=rating.cycle,
            agent_id=rating.agent_id,
            why=Why.LOW_SCORE,
            rating=rating,
            picked_at=at,
        )
        for rating in poor.order_by("pk")
    )


def _pick_goodwill(at: datetime) -> None:
    """A grant that needed a second person was over the limit of whoever asked for it."""
    with connection.cursor() as cursor:
        cursor.execute(_GOODWILL, {"since": at - LOOKS_BACK, "at": at})
        found = cursor.fetchall()
    _keep(
        QAReview(
            partner_id=partner, ticket_id=ticket, cycle=cycle, agent_id=agent, why=Why.GOODWILL, picked_at=at
        )
        for partner, ticket, cycle, agent in found
    )


_GOODWILL = """
SELECT DISTINCT ON (claim.ticket_id, ticket.cycle) claim.partner_id, claim.ticket_id, ticket.cycle, agent.id
FROM goodwill_goodwillgrant g
JOIN claims_claim claim ON claim.id = g.claim_id
JOIN desk_ticket ticket ON ticket.id = claim.ticket_id
JOIN desk_agent agent ON agent.user_id = g.requested_by_id
WHERE g.needs_second AND g.status = 'paid' AND g.decided_at > %(since)s AND g.decided_at <= %(at)s
ORDER BY claim.ticket_id, ticket.cycle, g.created_at
"""


def _pick_at_random(at: datetime) -> None:
    """Of the last whole week. Lots are drawn by a keyed hash: the same in every run, and nobody can tell beforehand
    which case will be looked at."""
    last = period_at(Kind.WEEK, at, zone=zone_of_the_house()).previous()
    by_agent: dict[uuid.UUID, list[ClosedCycle]] = {}
    for cycle in closed_by_agents(Scope(since=last.since, until=last.until, at=last.until, zone=last.zone)):
        by_agent.setdefault(cycle.agent_id, []).append(cycle)
    drawn = [
        cycle
        for cycles in by_agent.values()
        for cycle in sorted(cycles, key=_lot)[: math.ceil(SAMPLED * len(cycles))]
    ]
    _keep(
        QAReview(
            partner_id=cycle.partner_id,
            ticket_id=cycle.ticket_id,
            cycle=cycle.cycle,
            agent_id=cycle.agent_id,
            why=Why.SAMPLE,
            picked_at=at,
        )
        for cycle in drawn
    )


def _lot(cycle: ClosedCycle) -> bytes:
    return salted_hmac("support.quality.reviews", f"{cycle.ticket_id}:{cycle.cycle}").digest()


def _keep(reviews: Iterable[QAReview]) -> None:
    QAReview.objects.bulk_create(reviews, ignore_conflicts=True)
