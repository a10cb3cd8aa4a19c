"""What is owed by us at a moment: nothing that waits for a shopper or a network, and nothing that nobody waits for.

Each kind is one query, and tells the truth of a moment that has passed as well: what was settled since then was owed
then. So a close that is computed half a minute after the end of a shift, because a worker was busy, still says what
was so at the end. Only mail that came back is told as it stands now, for nothing says when it did.

The board is asked for every ten seconds among a hundred thousand tickets, so what is so still and what was so then are
two searches put together (`union`), each with an index of its own; an OR of both would read whole tables.
"""

import uuid
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Case, Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Value, When, Window
from django.db.models.functions import Coalesce, Greatest

from support.claims.models import Claim, ClaimStep, NetworkInquiry, Status
from support.clocks.models import Clock, Metric
from support.desk.models import Delivery, Direction, Message, Team, Ticket
from support.goodwill.models import GoodwillGrant
from support.shifts.models import Owed, Thing

# Which clock says how long a claim may stand there: a decision, a person's part, the way to the network.
_TARGETS = {
    Status.TRIAGING: Metric.TRIAGE,
    Status.IN_REVIEW: Metric.RESOLVE_OWN,
    Status.DECLINED_NET: Metric.RESOLVE_OWN,
    Status.LODGED: Metric.LODGE,
}
# Where no clock runs, because no policy promises anything, a claim is still not parked for ever.
_WITHOUT_A_CLOCK = timedelta(days=1)
_REPLIES = (Metric.FIRST_REPLY, Metric.NEXT_REPLY)


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that is owed."""

    kind: Owed
    what: Thing
    what_id: uuid.UUID
    ticket_id: uuid.UUID
    partner_id: uuid.UUID
    number: str
    title: str
    owner_id: uuid.UUID | None
    owner_name: str
    owed_since: datetime
    minutes: int
    is_late_arrival: bool


@dataclass(frozen=True, slots=True)
class Heap:
    """All of one kind: how many, how many of them came too late to be this shift's, and the first of them."""

    kind: Owed
    total: int
    late: int
    items: Sequence[Item]


def heaps(
    *,
    team: Team,
    at: datetime,
    late_from: datetime | None = None,
    partner_ids: Collection[uuid.UUID] | None = None,
    most: int | None = None,
) -> list[Heap]:
    """What the team owes at that moment, kind by kind, each with its `most` oldest items; six queries. What came at
    `late_from` or later is a late arrival."""
    return [_heap(source, team, at, late_from, partner_ids, most) for source in SOURCES]


def _answers(at: datetime) -> QuerySet[Any]:
    """Tickets whose last public word is the shopper's: now, or until an answer that came after that moment."""
    answered = Clock.objects.filter(metric__in=_REPLIES, started_at__lte=at)
    since = answered.filter(met_at__gt=at).values("subject_id")
    resolved = answered.filter(stopped_at__gt=at).values("subject_id")
    owed = Ticket.objects.owed().filter(owed_since__lte=at).values("pk")
    started = (
        Clock.objects.running_at(at)
        .filter(subject_id=OuterRef("pk"), metric__in=_REPLIES)
        .order_by("started_at")
        .values("started_at")[:1]
    )
    return Ticket.objects.filter(pk__in=owed.union(since, resolved)).annotate(
        came_at=Case(When(owed_since__lte=at, then=F("owed_since")), default=Subquery(started)),
        due_since=F("came_at"),
    )


def _claims(at: datetime) -> QuerySet[Any]:
    """Claims with us for longer than their clock allows."""
    steps = ClaimStep.objects.filter(claim=OuterRef("pk"))
    moved_since = ClaimStep.objects.filter(at__gt=at, from_status__in=_TARGETS).values("claim")
    standing = Claim.objects.filter(status__in=_TARGETS).values("pk")
    clocks = (
        Clock.objects.running_at(at)
        .filter(subject_id=OuterRef("ticket"), metric=OuterRef("target"))
        .order_by("-pk")
    )
    return (
        Claim.objects.filter(pk__in=standing.union(moved_since), created_at__lte=at)
        .annotate(
            stood=Coalesce(
                Subquery(steps.filter(at__gt=at).order_by("pk").values("from_status")[:1]), F("status")
            ),
            came_at=Coalesce(
                Subquery(steps.filter(at__lte=at).order_by("-pk").values("at")[:1]), F("created_at")
            ),
            target=Case(*(When(stood=status, then=Value(metric)) for status, metric in _TARGETS.items())),
            has_clock=Exists(clocks),
            # While it is paused nothing is due.
            clock_due=Subquery(clocks.values("due_at")[:1]),
            due_since=Case(
                When(has_clock=True, then=Greatest(F("clock_due"), F("came_at"))),
                default=F("came_at") + Value(_WITHOUT_A_CLOCK),
            ),
        )
        .filter(
            Q(clock_due__lte=at) | Q(has_clock=False, came_at__lte=at - _WITHOUT_A_CLOCK), stood__in=_TARGETS
        )
    )


def _answers_of_networks(at: datetime) -> QuerySet[Any]:
    """Inquiries answered but not passed on; but for those that we go on with for our own account alone."""
    answered = NetworkInquiry.objects.filter(answered_at__lte=at)
    kept = answered.filter(passed_on_at=None).values("pk")
    passed_on = answered.filter(passed_on_at__gt=at).values("pk")
    return (
        NetworkInquiry.objects.filter(pk__in=kept.union(passed_on))
        .exclude(claim__closed_at__lte=F("answered_at"))
        .annotate(came_at=F("answered_at"), due_since=F("answered_at"))
    )


def _updates(at: datetime) -> QuerySet[Any]:
    """Shoppers who were to hear how it stands, and have not. That one was foreseen: it is never a late arrival."""
    foreseen = Clock.objects.filter(metric=Metric.CUSTOMER_UPDATE, started_at__lte=at, due_at__lt=at)
    overdue = foreseen.running().values("subject_id")
    told = foreseen.filter(met_at__gt=at).values("subject_id")
    dropped = foreseen.filter(stopped_at__gt=at).values("subject_id")
    promised = Claim.objects.filter(closed_at=None, next_update_due__lt=at).values("ticket")
    due = (
        Clock.objects.running_at(at)
        .filter(subject_id=OuterRef("pk"), metric=Metric.CUSTOMER_UPDATE, due_at__lt=at)
        .order_by("due_at")
        .values("due_at")[:1]
    )
    return Ticket.objects.filter(pk__in=overdue.union(told, dropped, promised), merged_into=None).annotate(
        due_since=Coalesce(Subquery(due), F("claim__next_update_due")),
        came_at=F("created_at"),
    )


def _goodwill(at: datetime) -> QuerySet[Any]:
    return GoodwillGrant.objects.waiting_at(at).annotate(came_at=F("created_at"), due_since=F("created_at"))


def _mail(at: datetime) -> QuerySet[Any]:
    """Public words that the shopper never got, unless we have written there since, if only a note of what was done."""
    later = Message.objects.filter(
        ticket=OuterRef("ticket"), pk__gt=OuterRef("pk"), direction=Direction.OUT, created_at__lte=at
    )
    return Message.objects.filter(
        ~Exists(later), delivery__in=[Delivery.FAILED, Delivery.BOUNCED], created_at__lte=at
    ).annotate(came_at=F("created_at"), due_since=F("created_at"))


@dataclass(frozen=True, slots=True)
class Source:
    """Where one kind is found: its rows, with `came_at` and `due_since`, and the way from them to ticket and claim."""

    kind: Owed
    what: Thing
    rows: Callable[[datetime], QuerySet[Any]]
    ticket: str
    claim: str | None = None


SOURCES = (
    Source(Owed.ANSWER, Thing.TICKET, _answers, ticket=""),
    Source(Owed.CLAIM, Thing.CLAIM, _claims, ticket="ticket__", claim=""),
    Source(Owed.PASS_ON, Thing.INQUIRY, _answers_of_networks, ticket="claim__ticket__", claim="claim__"),
    Source(Owed.UPDATE, Thing.TICKET, _updates, ticket=""),
    Source(Owed.GOODWILL, Thing.GRANT, _goodwill, ticket="claim__ticket__", claim="claim__"),
    Source(Owed.MAIL, Thing.MESSAGE, _mail, ticket="ticket__"),
)


def _heap(
    source: Source,
    team: Team,
    at: datetime,
    late_from: datetime | None,
    partner_ids: Collection[uuid.UUID] | None,
    most: int | None,
) -> Heap:
    rows = source.rows(at).filter(**{f"{source.ticket}team": team})
    if partner_ids is not None:
        rows = rows.filter(partner__in=partner_ids)
    late = Window(Count("pk", filter=Q(came_at__gte=late_from))) if late_from else Value(0)
    numbered = f"{source.ticket if source.claim is None else source.claim}number"
    found = list(
        rows.annotate(all_of_them=Window(Count("*")), late_ones=late)
        .order_by("due_since", "pk")
        .values_list(
            "pk",
            "partner",
            "came_at",
            "due_since",
            "all_of_them",
            "late_ones",
            numbered,
            *(f"{source.ticket}{field}" for field in ("id", "subject", "assignee", "assignee__name")),
        )[:most]
    )
    total, late_total = (found[0][4], found[0][5]) if found else (0, 0)
    return Heap(source.kind, total, late_total, [_item(source, row, at, late_from) for row in found])


def _item(source: Source, row: tuple[Any, ...], at: datetime, late_from: datetime | None) -> Item:
    pk, partner_id, came_at, due_since, _total, _late, number, ticket_id, title, owner_id, owner_name = row
    return Item(
        kind=source.kind,
        what=source.what,
        what_id=pk,
        ticket_id=ticket_id,
        partner_id=partner_id,
        number=f"{'T' if source.claim is None else 'C'}-{number}",
        title=title,
        owner_id=owner_id,
        owner_name=owner_name or "",
        owed_since=due_since,
        minutes=max(0, (at - due_since) // timedelta(minutes=1)),
        is_late_arrival=late_from is not None and came_at >= late_from,
    )
