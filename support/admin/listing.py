"""A page of the queue as it is shown: each ticket with its last word, its clock and who looks at it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from support.claims import numbers
from support.claims.models import Claim
from support.claims.states import stage_of
from support.clocks import services as clocks
from support.clocks.services import ClockState, State
from support.desk import viewing
from support.desk.models import Agent, Author, Message, Ticket

_EXCERPT = 200


@dataclass(frozen=True, slots=True)
class Due:
    """When the next promise runs out. `seconds` is working time left, negative once it is late."""

    state: str
    seconds: int | None
    at: datetime | None
    title: str

    @property
    def is_late(self) -> bool:
        return self.state == State.BREACHED

    @property
    def is_near(self) -> bool:
        return self.state == State.NEAR


@dataclass(frozen=True, slots=True)
class Row:
    ticket: Ticket
    claim: Claim | None
    title: str
    stage: str
    excerpt: str
    # Who spoke last: "theirs", "ours", "service", or "" where nobody has.
    last_by: str
    last_at: datetime | None
    due: Due | None
    # Colleagues who look at it just now.
    viewers: Sequence[str]
    who: str


def rows(tickets: Sequence[Ticket], *, agent: Agent | None, at: datetime) -> list[Row]:
    """Six queries and one word with the cache, however many tickets."""
    ids = [ticket.pk for ticket in tickets]
    last = _last_words(ids)
    states, viewers = clocks.states(ids, at), viewing.viewers(ids, at=at)
    own = agent.name if agent else None
    others = {pk: [name for name in names if name != own] for pk, names in viewers.items()}
    return [
        _row(ticket, last.get(ticket.pk), states.get(ticket.pk, []), others.get(ticket.pk, []), at=at)
        for ticket in tickets
    ]


def due_of(states: Sequence[ClockState], *, at: datetime) -> Due | None:
    """The clock that runs out first; a paused one where no other runs."""
    running = [state for state in states if not state.is_over and state.clock.target_seconds is not None]
    found = next((state for state in running if state.state != State.PAUSED), next(iter(running), None))
    if found is None:
        return None
    seconds = found.seconds_left
    if found.state == State.BREACHED and found.due_at is not None:
        # Late is late by the wall's clock too: that is how long the shopper waits.
        seconds = -int((at - found.due_at).total_seconds())
    return Due(str(found.state), seconds, found.due_at, found.title)


def _last_words(ids: Sequence[object]) -> dict[object, Message]:
    latest = Message.objects.public().filter(ticket__in=ids).order_by("ticket_id", "-pk")
    found = latest.distinct("ticket_id").only("ticket_id", "text", "author", "created_at", "is_internal")
    return {message.ticket_id: message for message in found}


def _title(ticket: Ticket, claim: Claim | None) -> str:
    """The subject; of a claim that is called after its shop, which stands beside, what it is about."""
    if claim is None or claim.merchant is None or claim.merchant.name not in ticket.subject:
        return str(ticket.subject)
    if claim.order_no:
        return _("Order № %(number)s") % {"number": numbers.shown(claim.order_no)}
    return str(claim.get_kind_display()).capitalize()


def _row(
    ticket: Ticket, last: Message | None, states: Sequence[ClockState], viewers: list[str], *, at: datetime
) -> Row:
    claim = getattr(ticket, "claim", None)
    shopper = ticket.shopper
    author = {Author.SHOPPER: "theirs", Author.AGENT: "ours", Author.SYSTEM: "service"}
    return Row(
        ticket=ticket,
        claim=claim,
        title=_title(ticket, claim),
        stage=str(stage_of(claim).label) if claim else "",
        excerpt=" ".join(last.text.split())[:_EXCERPT] if last else "",
        last_by=author[Author(last.author)] if last else "",
        last_at=last.created_at if last else None,
        due=None if ticket.is_solved else due_of(states, at=at),
        viewers=viewers,
        who=ticket.requester_name or (shopper.external_id if shopper else "") or ticket.requester_email,
    )
