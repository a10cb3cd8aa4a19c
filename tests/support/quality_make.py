"""Cases as the desk's, the clocks' and the claims' rooms leave them behind: rows, and nothing else."""

import itertools
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

from django.contrib.auth import get_user_model

from partners.models import Shopper
from support.claims.models import CLOSED, Claim, ClaimStep, Status, TriageRun
from support.clocks.models import Clock, Metric
from support.desk.models import (
    Agent,
    Author,
    Channel,
    Direction,
    Message,
    Role,
    Team,
    Ticket,
    TicketEvent,
    TicketStatus,
)
from support.quality import ratings
from support.quality.measures.scope import Scope
from support.quality.models import Rating

_numbers = itertools.count(1)

# A Monday; all golden cases lie in its week.
MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
WEEK = Scope(since=MONDAY, until=MONDAY + 7 * DAY, at=MONDAY + 60 * DAY)


def team(name: str = "", **facts) -> Team:
    return Team.objects.create(name=name or f"Team {next(_numbers)}", **facts)


def agent(name: str, *, of: Team, role: Role = Role.AGENT) -> Agent:
    login = f"{name.lower()}-{next(_numbers)}"
    user = get_user_model().objects.create_user(login, password="a-long-password", is_staff=True)
    return Agent.objects.create(user=user, team=of, name=name, role=role)


def ticket(*, by: Shopper, team: Team, opened: datetime, **facts) -> Ticket:
    made = Ticket.objects.create(
        **{
            "partner": by.partner,
            "storefront": by.storefront,
            "shopper": by,
            "subject": "Where is my cashback?",
            "channel": Channel.STOREFRONT,
            "category": "untracked",
            "language": "en",
            "team": team,
            "created_at": opened,
            "updated_at": opened,
            **facts,
        }
    )
    event(made, "opened", at=opened)
    return made


def event(about: Ticket, kind: str, *, at: datetime, by: Agent | None = None, **facts) -> TicketEvent:
    return TicketEvent.objects.create(
        partner_id=about.partner_id,
        ticket=about,
        cycle=about.cycle,
        kind=kind,
        agent=by,
        facts=facts,
        at=at,
    )


def reply(about: Ticket, *, by: Agent | None, at: datetime, text: str = "Here you are.") -> Message:
    """A public word of ours: an agent's, or (by None) the service's own."""
    event(about, "replied" if by else "auto_replied", at=at, by=by)
    return Message.objects.create(
        partner_id=about.partner_id,
        ticket=about,
        cycle=about.cycle,
        direction=Direction.OUT,
        author=Author.AGENT if by else Author.SYSTEM,
        agent=by,
        channel=Channel.STOREFRONT,
        text=text,
        created_at=at,
    )


def note(about: Ticket, *, by: Agent, at: datetime) -> Message:
    event(about, "noted", at=at, by=by)
    return Message.objects.create(
        partner_id=about.partner_id,
        ticket=about,
        cycle=about.cycle,
        direction=Direction.OUT,
        is_internal=True,
        author=Author.AGENT,
        agent=by,
        channel=Channel.AGENT,
        text="Looks like last week's case.",
        created_at=at,
    )


def solve(about: Ticket, *, by: Agent | None, at: datetime) -> Ticket:
    event(about, "solved", at=at, by=by, category=about.category)
    about.status, about.solved_at = TicketStatus.SOLVED, at
    about.save()
    return about


def reopen(about: Ticket, *, at: datetime) -> Ticket:
    about.cycle += 1
    about.status, about.solved_at = TicketStatus.OPEN, None
    about.save()
    event(about, "reopened", at=at)
    return about


def clock(
    about: Ticket,
    metric: Metric,
    *,
    started: datetime,
    met: datetime | None = None,
    worked: int | None = None,
    **facts,
) -> Clock:
    """In working seconds `worked`; without it every second counted."""
    if met and worked is None:
        worked = int((met - started).total_seconds())
    return Clock.objects.create(
        **{
            "partner_id": about.partner_id,
            "subject_id": about.pk,
            "metric": metric,
            "cycle": about.cycle,
            "team_id": about.team_id,
            "target_seconds": None if metric == Metric.RESOLVE_TOTAL else 3600,
            "started_at": started,
            "planned_at": started,
            "met_at": met,
            "worked_seconds": worked,
            **facts,
        }
    )


def case(
    *,
    by: Shopper,
    agent: Agent,
    opened: datetime = MONDAY,
    took: timedelta = HOUR,
    handled: int | None = None,
    replies: int = 1,
    **facts,
) -> Ticket:
    """Opened, answered `replies` times by the agent and solved by them, with the clock of our own part."""
    made = ticket(by=by, team=agent.team, opened=opened, **facts)
    solved = opened + took
    for number in range(replies):
        reply(made, by=agent, at=solved - timedelta(seconds=replies - number))
    clock(made, Metric.RESOLVE_OWN, started=opened, met=solved, worked=handled)
    return solve(made, by=agent, at=solved)


def rated(about: Ticket, score: int | None, *, at: datetime, asked: datetime | None = None) -> Rating:
    """Asked about its present cycle and, unless the score is None, answered."""
    asked = asked or at
    rating = ratings.ask(ticket=about, cycle=about.cycle, at=asked)
    if score is None:
        return rating
    return ratings.answer(token=token_of(about), score=score, at=at)


def token_of(about: Ticket) -> str:
    return ratings.invitation(about).rstrip("/").rpartition("/")[2]


def claim(*, by: Shopper, team: Team, opened: datetime, click=None, **facts) -> Claim:
    number = next(_numbers)
    status = facts.pop("status", Status.TRIAGING)
    return Claim.objects.create(
        **{
            "partner": by.partner,
            "storefront": by.storefront,
            "shopper": by,
            "ticket": ticket(by=by, team=team, opened=opened),
            "kind": "untracked" if click else "payout_problem",
            "click": click,
            "merchant": click.merchant if click else None,
            "order_no": f"order-{number}",
            "currency": by.storefront.currency,
            "status": status,
            "opened_via": Channel.STOREFRONT,
            "closed_at": opened if status in CLOSED else None,
            "created_at": opened,
            "updated_at": opened,
            **facts,
        }
    )


def step(about: Claim, to: str, *, at: datetime, by: Agent | None = None, reason: str = "") -> ClaimStep:
    last = about.steps.order_by("-at", "-pk").first()
    return ClaimStep.objects.create(
        partner_id=about.partner_id,
        claim=about,
        cycle=about.cycle,
        from_status=last.to_status if last else "",
        to_status=to,
        reason_code=reason,
        agent=by,
        at=at,
    )


def answered_by(rule: str, *, about: Claim, at: datetime) -> ClaimStep:
    """Triage's own answer, with the run that decided it."""
    TriageRun.objects.create(
        partner_id=about.partner_id,
        claim=about,
        ruleset="1",
        because="opened",
        results=[],
        decision="answer",
        decided_by=rule,
        took_ms=3,
        at=at,
    )
    return step(about, Status.ANSWERED_AUTO, at=at, reason=rule)


def desk(shopper: Shopper) -> SimpleNamespace:
    """A team with Ann and Ben, and a lead of another team."""
    day, night = team("Day"), team("Night")
    return SimpleNamespace(
        day=day,
        night=night,
        ann=agent("Ann", of=day),
        ben=agent("Ben", of=day),
        zoe=agent("Zoe", of=night, role=Role.LEAD),
        alice=shopper,
    )
