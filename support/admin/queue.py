"""The queue: which conversations wait, the most urgent first, page by page, and which comes next."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from support.claims.models import Status
from support.claims.states import WITH_THE_NETWORK
from support.desk import search
from support.desk.models import Agent, Category, Priority, Ticket, TicketStatus
from support.goodwill.models import GoodwillGrant

PER_PAGE = 25

_Narrow = Callable[[QuerySet[Ticket], Agent | None, datetime], QuerySet[Ticket]]


@dataclass(frozen=True, slots=True)
class View:
    """A queue. Those that are `ours` hold work for us; in the others somebody else's turn is looked at."""

    name: str
    title: str | Promise
    icon: str
    narrow: _Narrow
    is_ours: bool = True
    is_counted: bool = True
    empty: str | Promise = _("Nothing waits in this queue.")


def _claims_in(*statuses: Status) -> _Narrow:
    return lambda tickets, _agent, _at: tickets.unsolved().filter(claim__status__in=statuses)


def _mine(tickets: QuerySet[Ticket], agent: Agent | None, at: datetime) -> QuerySet[Ticket]:
    own = tickets.unsolved().awake(at=at).filter(assignee=agent) if agent else tickets.none()
    return own.exclude(status=TicketStatus.HOLD)


def _unassigned(tickets: QuerySet[Ticket], _agent: Agent | None, at: datetime) -> QuerySet[Ticket]:
    waiting = tickets.unsolved().awake(at=at).filter(assignee=None, needs_person=True)
    return waiting.exclude(status__in=[TicketStatus.PENDING, TicketStatus.HOLD])


def _goodwill(tickets: QuerySet[Ticket], _agent: Agent | None, _at: datetime) -> QuerySet[Ticket]:
    return tickets.filter(Exists(GoodwillGrant.objects.waiting().filter(claim__ticket=OuterRef("pk"))))


VIEWS = (
    View("mine", _("Mine"), "person", _mine, empty=_("You owe nobody anything.")),
    View("unassigned", _("Unassigned"), "inbox", _unassigned, empty=_("Everything has somebody.")),
    View("owed", _("Owed now"), "priority_high", lambda tickets, _agent, _at: tickets.owed()),
    View("network", _("Waiting for the network"), "hub", _claims_in(*WITH_THE_NETWORK), is_ours=False),
    View("ice", _("On ice"), "ac_unit", _claims_in(Status.ON_ICE), is_ours=False),
    View("goodwill", _("Goodwill to approve"), "volunteer_activism", _goodwill, is_ours=False),
    View("all", _("All unsolved"), "stacks", lambda tickets, _agent, _at: tickets.unsolved()),
    View(
        "solved",
        _("Solved"),
        "task_alt",
        lambda tickets, _agent, _at: tickets.filter(status=TicketStatus.SOLVED, merged_into=None),
        is_ours=False,
        is_counted=False,
    ),
)
BY_NAME: Mapping[str, View] = {view.name: view for view in VIEWS}
FILTERS = ("category", "priority", "language", "storefront", "partner")


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in the queue: between tickets, never a page's number, so nothing is skipped or shown twice when what
    stands before it is done meanwhile."""

    pk: uuid.UUID
    due: datetime | None = None

    @classmethod
    def of(cls, ticket: Ticket) -> "Cursor":
        return cls(ticket.pk, ticket.next_due_at)

    @classmethod
    def read(cls, text: str) -> "Cursor | None":
        due, _mark, pk = text.rpartition("_")
        try:
            return cls(uuid.UUID(pk), datetime.fromisoformat(due) if due else None)
        except ValueError:
            return None

    def __str__(self) -> str:
        return f"{self.due.isoformat() if self.due else ''}_{self.pk.hex}"


@dataclass(frozen=True, slots=True)
class Wish:
    """What an agent asks the queue for."""

    view: View
    words: str = ""
    filters: Mapping[str, str] = field(default_factory=dict)
    after: Cursor | None = None
    before: Cursor | None = None

    @classmethod
    def read(cls, query: QueryDict | Mapping[str, str], *, default: str = "mine") -> "Wish":
        def told(name: str) -> str:
            return str(query.get(name) or "").replace("\x00", "")

        return cls(
            view=BY_NAME.get(told("view"), BY_NAME[default]),
            words=told("q").strip()[:200],
            filters={name: value for name in FILTERS if (value := _known(name, told(name)))},
            after=Cursor.read(told("after")),
            before=Cursor.read(told("before")),
        )

    @property
    def facts(self) -> dict[str, str]:
        """Without the place in it: what a saved view keeps, and what a case remembers of the way to it."""
        told = {"view": self.view.name, "q": self.words, **self.filters}
        return {name: value for name, value in told.items() if value}

    @property
    def query(self) -> str:
        return urlencode(self.facts)

    @property
    def is_by_due(self) -> bool:
        """What was found or solved is listed the newest first."""
        return not self.words and self.view.name != "solved"


@dataclass(frozen=True, slots=True)
class Page:
    tickets: Sequence[Ticket]
    has_next: bool
    has_previous: bool

    @property
    def next_cursor(self) -> str:
        return str(Cursor.of(self.tickets[-1]))

    @property
    def previous_cursor(self) -> str:
        return str(Cursor.of(self.tickets[0]))


def narrowed(tickets: QuerySet[Ticket], wish: Wish, *, agent: Agent | None, at: datetime) -> QuerySet[Ticket]:
    """Words are looked for everywhere that the agent may look, solved ones too."""
    found = search.find(tickets, wish.words) if wish.words else wish.view.narrow(tickets, agent, at)
    return found.filter(**wish.filters)


def page(tickets: QuerySet[Ticket], wish: Wish, *, agent: Agent | None, at: datetime) -> Page:
    named = ("storefront", "partner", "shopper", "assignee", "claim__merchant")
    found = narrowed(tickets, wish, agent=agent, at=at).defer("search").select_related(*named)
    if wish.before is not None:
        rows = _first(found, wish, wish.before, PER_PAGE + 1, backwards=True)
        return Page(rows[:PER_PAGE][::-1], has_next=True, has_previous=len(rows) > PER_PAGE)
    rows = _first(found, wish, wish.after, PER_PAGE + 1)
    return Page(rows[:PER_PAGE], has_next=len(rows) > PER_PAGE, has_previous=wish.after is not None)


def beside(
    tickets: QuerySet[Ticket], wish: Wish, ticket: Ticket, *, agent: Agent | None, at: datetime
) -> tuple[uuid.UUID | None, uuid.UUID | None]:
    """Of a case, the ones before and after it in the queue that it was opened from."""
    found = narrowed(tickets, wish, agent=agent, at=at).exclude(pk=ticket.pk).only("pk", "next_due_at")
    here = Cursor.of(ticket)
    before = _first(found, wish, here, 1, backwards=True)
    after = _first(found, wish, here, 1)
    return (before[0].pk if before else None, after[0].pk if after else None)


def next_for(
    tickets: QuerySet[Ticket], wish: Wish, agent: Agent, *, at: datetime, after: Cursor | None
) -> Ticket | None:
    """The case to open now: the next one in the queue that they came by, from its top again after its end; then their
    own most urgent one; then one that nobody has."""
    others = tickets.exclude(pk=after.pk) if after else tickets
    found = narrowed(others.defer("search"), wish, agent=agent, at=at)
    if wish.view.is_ours:
        found = found.exclude(status__in=[TicketStatus.PENDING, TicketStatus.HOLD, TicketStatus.SOLVED])
    places = [after, None] if after else [None]
    for place in places:
        if rows := _first(found, wish, place, 1):
            return rows[0]
    for name in ("mine", "unassigned"):
        waiting = BY_NAME[name].narrow(others.defer("search"), agent, at).exclude(status=TicketStatus.PENDING)
        if first := waiting.most_urgent_first().first():
            return first
    return None


def _first(
    found: QuerySet[Ticket], wish: Wish, place: Cursor | None, most: int, *, backwards: bool = False
) -> list[Ticket]:
    """So many tickets from that place on. In two parts, for those without a due time come after all the others: each
    part is a range of an index, and its condition is one that an index can answer."""
    if not wish.is_by_due:
        later = {} if place is None else {"pk__gt" if backwards else "pk__lt": place.pk}
        return list(found.filter(**later).order_by("pk" if backwards else "-pk")[:most])
    parts = [_dated(found, place, backwards), _undated(found, place, backwards)]
    rows: list[Ticket] = []
    for part in reversed(parts) if backwards else parts:
        if part is not None and len(rows) < most:
            rows += part[: most - len(rows)]
    return rows


def _dated(found: QuerySet[Ticket], place: Cursor | None, backwards: bool) -> QuerySet[Ticket] | None:
    dated = found.exclude(next_due_at=None)
    order = ("-next_due_at", "-pk") if backwards else ("next_due_at", "pk")
    if place is None or (place.due is None and backwards):
        return dated.order_by(*order)
    if place.due is None:
        return None
    if backwards:
        later = Q(next_due_at__lt=place.due) | Q(next_due_at=place.due, pk__lt=place.pk)
        return dated.filter(later, next_due_at__lte=place.due).order_by(*order)
    later = Q(next_due_at__gt=place.due) | Q(next_due_at=place.due, pk__gt=place.pk)
    return dated.filter(later, next_due_at__gte=place.due).order_by(*order)


def _undated(found: QuerySet[Ticket], place: Cursor | None, backwards: bool) -> QuerySet[Ticket] | None:
    undated = found.filter(next_due_at=None)
    order = F("pk").desc() if backwards else F("pk").asc()
    if place is None or place.due is not None:
        return None if backwards else undated.order_by(order)
    later = {"pk__lt" if backwards else "pk__gt": place.pk}
    return undated.filter(**later).order_by(order)


def _known(name: str, value: str) -> str:
    """The filter's value; "" for one that nobody could have chosen."""
    if name == "category":
        return value if value in Category.values else ""
    if name == "priority":
        return value if value in Priority.values else ""
    if name == "language":
        return value if value.isascii() and value.isalpha() and len(value) <= 8 else ""
    try:
        return str(uuid.UUID(value))
    except ValueError:
        return ""
