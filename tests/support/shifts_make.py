"""A team at work: agents, shifts, tickets that are owed an answer."""

import itertools
from datetime import datetime

from django.contrib.auth.models import User

from partners.models import Shopper
from support.claims.models import Claim, ClaimStep, Kind, Status
from support.desk.models import Agent, Author, Direction, Message, Role, Team, Ticket, TicketStatus
from support.goodwill.models import GoodwillGrant, GrantStatus, Payer
from support.shifts import rota
from support.shifts.models import Shift
from tests import make

_numbers = itertools.count(1)


def team(**facts) -> Team:
    return Team.objects.create(**{"name": f"Team {next(_numbers)}", **facts})


def agent(of: Team, name: str, *, role: Role = Role.AGENT, **facts) -> Agent:
    user = User.objects.create_user(f"{name.lower()}-{next(_numbers)}", is_staff=True)
    return Agent.objects.create(user=user, team=of, name=name, role=role, **facts)


def shift(of: Team, starts_at: datetime, ends_at: datetime, *agents: Agent, name: str = "Day") -> Shift:
    return rota.plan_shift(team=of, name=name, starts_at=starts_at, ends_at=ends_at, agents=agents)


def ticket(of: Team, who: Shopper, *, at: datetime, owed_since: datetime | None = None, **facts) -> Ticket:
    """An open ticket; `owed_since` is the shopper's unanswered word."""
    defaults = {
        "subject": f"Question {next(_numbers)}",
        "channel": "email",
        "language": "ru",
        "status": TicketStatus.OPEN,
        "created_at": at,
        "updated_at": at,
    }
    return Ticket.objects.create(
        partner=who.partner,
        storefront=who.storefront,
        shopper=who,
        team=of,
        owed_since=owed_since,
        **{**defaults, **facts},
    )


def claim(of: Team, who: Shopper, *, at: datetime, status: Status = Status.IN_REVIEW, **facts) -> Claim:
    """A claim that came to its status at `at`, with a ticket of its own."""
    ticket_facts = {name: facts.pop(name) for name in ("assignee", "subject") if name in facts}
    made = Claim.objects.create(
        partner=who.partner,
        storefront=who.storefront,
        shopper=who,
        ticket=ticket(of, who, at=at, **ticket_facts),
        merchant=facts.pop("merchant", None) or make.merchant(),
        currency=who.storefront.currency,
        opened_via="storefront",
        status=status,
        created_at=at,
        updated_at=at,
        **{"kind": Kind.LATE_CONFIRM, "next_update_due": datetime(2030, 1, 1, tzinfo=at.tzinfo), **facts},
    )
    step(made, to=status, at=at)
    return made


def step(of: Claim, *, to: Status, at: datetime, was: str = "") -> ClaimStep:
    return ClaimStep.objects.create(
        partner_id=of.partner_id, claim=of, cycle=1, from_status=was, to_status=to, at=at
    )


def move(of: Claim, to: Status, *, at: datetime) -> None:
    """As `claims.services.move` leaves the rows."""
    step(of, was=of.status, to=to, at=at)
    of.status = to
    of.save()


def message(of: Ticket, *, at: datetime, **facts) -> Message:
    defaults = {
        "cycle": 1,
        "direction": Direction.OUT,
        "author": Author.SYSTEM,
        "channel": "email",
        "text": "…",
    }
    return Message.objects.create(partner_id=of.partner_id, ticket=of, created_at=at, **{**defaults, **facts})


def grant(of: Claim, *, at: datetime, by: Agent) -> GoodwillGrant:
    """Asked for, and waiting for a second person."""
    return GoodwillGrant.objects.create(
        partner_id=of.partner_id,
        storefront_id=of.storefront_id,
        shopper_id=of.shopper_id,
        merchant_id=of.merchant_id,
        claim=of,
        amount_minor=100,
        currency=of.currency,
        payer=Payer.PLATFORM,
        reason="tracking",
        status=GrantStatus.ASKED,
        requested_by=by.user,
        needs_second=True,
        created_at=at,
    )
