"""The conversation follows its claim: whose turn it is there is what the claim says."""

from datetime import datetime

from support.claims.models import Claim, Status
from support.claims.states import WITH_A_PERSON, WITH_THE_NETWORK
from support.desk import services as desk
from support.desk.models import Agent, Ticket, TicketStatus

_ON_HOLD = (*WITH_THE_NETWORK, Status.ON_ICE, Status.GOODWILL_PENDING)


def follow(claim: Claim, *, was: str, why: str, agent: Agent | None, at: datetime) -> None:
    """Where a person of ours still owes the shopper a word, the conversation stays theirs whatever the claim does: no
    question is closed over anybody's head."""
    ticket = claim.ticket
    if claim.status == Status.TRIAGING:
        return
    if claim.status in WITH_A_PERSON:
        if ticket.is_solved:
            desk.reopen(ticket=ticket, at=at)
            ticket = _fresh(claim)
        desk.ask_person(ticket=ticket, why=why, at=at)
    elif is_owed(ticket):
        return
    elif claim.status in _ON_HOLD:
        _set(ticket, TicketStatus.HOLD, agent=agent, at=at)
    elif claim.status == Status.NEED_INFO:
        _set(ticket, TicketStatus.PENDING, agent=agent, at=at)
    elif not ticket.is_solved:
        desk.solve(ticket=ticket, agent=agent, at=at)
    _fresh(claim)


def is_owed(ticket: Ticket) -> bool:
    return ticket.needs_person and ticket.owed_since is not None


def _set(ticket: Ticket, status: TicketStatus, *, agent: Agent | None, at: datetime) -> None:
    if ticket.status != status:
        desk.set_status(ticket=ticket, status=status, agent=agent, at=at)


def _fresh(claim: Claim) -> Ticket:
    claim.ticket = Ticket.objects.select_related("team").get(pk=claim.ticket_id)
    return claim.ticket
