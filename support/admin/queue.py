"""The queue: which conversations wait, the most urgent first, and the numbers on its tabs."""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from cashback.lib.paging import Page, page
from support.claims.models import Status
from support.claims.states import stage_of
from support.clocks import services as clocks
from support.clocks.services import ClockState
from support.desk import search, viewing
from support.desk.models import Agent, Category, Message, Priority, Ticket, TicketStatus
from support.goodwill.models import GoodwillGrant

PER_PAGE = 25
# Nobody needs to know how many there are beyond it, and counting would take longer than the page.
MOST_COUNTED = 500

_Narrow = Callable[[QuerySet[Ticket], Agent | None, datetime], QuerySet[Ticket]]


@dataclass(frozen=True, slots=True)
class View:
    """A tab of the queue."""

    name: str
    title: str | Promise
    icon: str
    narrow: _Narrow
    is_counted: bool = True


def _claims_in(*statuses: Status) -> _Narrow:
    return lambda tickets, _agent, _at: tickets.unsolved().filter(claim__status__in=statuses)


def _goodwill(tickets: QuerySet[Ticket], _agent: Agent | None, _at: datetime) -> QuerySet[Ticket]:
    return tickets.filter(Exists(GoodwillGrant.objects.waiting().filter(claim__ticket=OuterRef("pk"))))


_NETWORK = (Status.LODGED, Status.WAITING_NETWORK, Status.APPROVED_NET, Status.APPEALED, Status.NO_ANSWER)
VIEWS = (
    View(
        "mine",
        _("Mine"),
        "person",
        lambda tickets, agent, at: (
            tickets.unsolved().awake(at=at).filter(assignee=agent).exclude(status=TicketStatus.HOLD)
        ),
    ),
    View(
        "unassigned",
        _("Unassigned"),
        "inbox",
        lambda tickets, _agent, at: tickets.unsolved().awake(at=at).filter(assignee=None, needs_person=True),
    ),
    View("owed", _("Owed now"), "priority_high", lambda tickets, _agent, _at: tickets.owed()),
    View("network", _("Waiting for the network"), "hub", _claims_in(*_NETWORK)),
    View("ice", _("On ice"), "ac_unit", _claims_in(Status.ON_ICE)),
    View("goodwill", _("Goodwill to approve"), "volunteer_activism", _goodwill),
    View("all", _("All open"), "list", lambda tickets, _agent, _at: tickets.unsolved()),
    View(
        "solved",
        _("Solved"),
        "task_alt",
        lambda tickets, _agent, _at: tickets.filter(status=TicketStatus.SOLVED),
        is_counted=False,
    ),
)
_BY_NAME = {view.name: view for view in VIEWS}
FILTERS = ("category", "priority", "language", "storefront")


@dataclass(frozen=True, slots=True)
class Wish:
    """What an agent asks the queue for."""

    view: View
    words: str
    filters: Mapping[str, str]
    number: int

    @classmethod
    def read(cls, query: QueryDict, *, default: str) -> "Wish":
        number = query.get("page", "")
        return cls(
            view=_BY_NAME.get(query.get("view", ""), _BY_NAME[default]),
            words=query.get("q", "").replace("\x00", "").strip()[:200],
            filters={name: value for name in FILTERS if (value := _known(name, query.get(name, "")))},
            number=int(number) if number.isdecimal() and len(number) < 5 and int(number) else 1,
        )

    def link(self, **changes: Any) -> str:
        told = {"view": self.view.name, "q": self.words, **self.filters} | changes
        return f"?{urlencode({name: value for name, value in told.items() if value})}"

    @property
    def previous_link(self) -> str:
        return self.link(page=self.number - 1)

    @property
    def next_link(self) -> str:
        return self.link(page=self.number + 1)


@dataclass(frozen=True, slots=True)
class Row:
    ticket: Ticket
    claim: Any
    stage: str
    excerpt: str
    is_theirs: bool
    clock: ClockState | None
    viewers: list[str]


@dataclass(frozen=True, slots=True)
class Tab:
    name: str
    title: str | Promise
    icon: str
    count: int | None
    is_here: bool
    link: str

    @property
    def shown(self) -> str:
        if self.count is None:
            return ""
        return f"{MOST_COUNTED}+" if self.count > MOST_COUNTED else str(self.count)


def rows(tickets: QuerySet[Ticket], wish: Wish, *, agent: Agent | None, at: datetime) -> Page[Row]:
    """One page of the view. Words are looked for everywhere that the agent may look, solved ones too."""
    found = search.find(tickets, wish.words) if wish.words else wish.view.narrow(tickets, agent, at)
    found = found.filter(**wish.filters)
    ordered = found.order_by("-pk") if wish.words or wish.view.name == "solved" else found.most_urgent_first()
    named = ("storefront", "shopper", "assignee", "claim__merchant")
    listed = page(ordered.defer("search").select_related(*named), number=wish.number, size=PER_PAGE)
    return Page(_dressed(list(listed.rows), at=at), listed.number, listed.has_next)


def tabs(tickets: QuerySet[Ticket], wish: Wish, *, agent: Agent | None, at: datetime) -> list[Tab]:
    return [
        Tab(
            view.name,
            view.title,
            view.icon,
            _count(view.narrow(tickets, agent, at)) if view.is_counted else None,
            view is wish.view and not wish.words,
            f"?view={view.name}",
        )
        for view in VIEWS
    ]


def next_for(
    tickets: QuerySet[Ticket], agent: Agent, *, at: datetime, after: uuid.UUID | None = None
) -> Ticket | None:
    """The case that the agent should open now: their own most urgent one, else one that nobody has."""
    for name in ("mine", "unassigned"):
        waiting = _BY_NAME[name].narrow(tickets, agent, at).exclude(owed_since=None)
        if after is not None:
            waiting = waiting.exclude(pk=after)
        if found := waiting.most_urgent_first().defer("search").first():
            return found
    return None


def choices() -> list[tuple[str, str | Promise, list[tuple[str, str]]]]:
    return [
        ("category", _("Category"), list(Category.choices)),
        ("priority", _("Priority"), list(Priority.choices)),
    ]


def _count(tickets: QuerySet[Ticket]) -> int:
    return tickets.order_by().values("pk")[: MOST_COUNTED + 1].count()


def _known(name: str, value: str) -> str:
    if name == "category":
        return value if value in Category.values else ""
    if name == "priority":
        return value if value in Priority.values else ""
    if name == "language":
        return value if value.isalpha() and len(value) <= 8 else ""
    try:
        return str(uuid.UUID(value))
    except ValueError:
        return ""


def _dressed(tickets: list[Ticket], *, at: datetime) -> list[Row]:
    ids = [ticket.pk for ticket in tickets]
    latest = (
        Message.objects.public().filter(ticket__in=ids).order_by("ticket_id", "-pk").distinct("ticket_id")
    )
    last = {
        ticket_id: (text, author)
        for ticket_id, text, author in latest.values_list("ticket", "text", "author")
    }
    states, viewers = clocks.states(ids, at), viewing.viewers(ids, at=at)
    found = []
    for ticket in tickets:
        claim = getattr(ticket, "claim", None)
        text, author = last.get(ticket.pk, ("", ""))
        clock = next(
            (state for state in states.get(ticket.pk, []) if state.due_at and not state.is_over), None
        )
        found.append(
            Row(
                ticket=ticket,
                claim=claim,
                stage=str(stage_of(claim).label) if claim else str(ticket.get_status_display()),
                excerpt=" ".join(text.split())[:160],
                is_theirs=author == "shopper",
                clock=clock,
                viewers=viewers.get(ticket.pk, []),
            )
        )
    return found
