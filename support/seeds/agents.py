"""What the agents of the demo's month do with their cases."""

from datetime import datetime, timedelta

from django.contrib.auth.models import User

from support.claims import services as claims
from support.claims.models import OPEN, Claim, Kind, Status
from support.clocks import services as clocks
from support.desk import assignment
from support.desk import services as desk
from support.desk.models import Agent, Channel, Role, Ticket, TicketStatus
from support.goodwill import services as goodwill
from support.goodwill.models import GoodwillGrant
from support.quality import ratings
from support.seeds import words
from support.seeds.network import send_inquiries
from support.seeds.people import HANDS
from support.seeds.world import DAY, HOUR, World, ticket_now

# How often an agent looks up from a case.
TICK = timedelta(minutes=15)


def work(world: World, crew: list[Agent], at: datetime) -> None:
    """A quarter of an hour of a shift: tickets find agents, and each deals with as many as they can."""
    owed = Ticket.objects.owed().awake(at=at)
    if owed.exists():
        clocks.sweep(at=at)
        if owed.filter(assignee=None).exists():
            assignment.assign_waiting(at=at)
    speed = {hand.username: hand.minutes for hand in HANDS}
    # The last minutes of today are left as they are: the queue has something to show.
    if at < world.ends - timedelta(minutes=35):
        mine = list(owed.filter(assignee__in=crew).most_urgent_first().defer("search")[:8])
        for agent in crew:
            spare = TICK / timedelta(minutes=speed[agent.user.username])
            for ticket in [each for each in mine if each.assignee_id == agent.pk][: round(spare)]:
                _deal(world, agent, ticket_now(ticket), at + timedelta(seconds=world.dice.randint(20, 800)))
    _second_eyes(world, crew, at)


def _deal(world: World, agent: Agent, ticket: Ticket, at: datetime) -> None:
    claim = getattr(ticket, "claim", None)
    if claim is None or claim.status not in OPEN:
        _reply(world, agent, ticket, at, then=TicketStatus.SOLVED)
        return
    if claim.status == Status.DECLINED_NET:
        _after_refusal(world, agent, ticket, claim, at)
    elif claim.status == Status.IN_REVIEW:
        _in_review(world, agent, ticket, claim, at)
    else:
        _reply(world, agent, ticket, at, then=None)


def _in_review(world: World, agent: Agent, ticket: Ticket, claim: Claim, at: datetime) -> None:
    chance, language = world.dice.random(), ticket.language
    if claim.reason_code in ("order_before_click", "no_eligible_click") and chance < 0.6:
        claims.reject(
            claim=claim, agent=agent, reason_code="not_our_trip", text=words.REJECTIONS[language], at=at
        )
        _rate(world, ticket, at)
    elif claim.kind == Kind.DECLINED and chance < 0.7:
        claims.appeal(claim=claim, agent=agent, at=at)
        _reply(world, agent, ticket_now(ticket), at, then=None)
        send_inquiries(world, at + timedelta(minutes=2))
    elif chance < 0.8 and claim.kind == Kind.UNTRACKED and claim.order_minor:
        claims.lodge(claim=claim, agent=agent, at=at)
        _reply(world, agent, ticket_now(ticket), at, then=None)
        send_inquiries(world, at + timedelta(minutes=2))
    else:
        _make_good(world, agent, ticket, claim, at)


def _after_refusal(world: World, agent: Agent, ticket: Ticket, claim: Claim, at: datetime) -> None:
    if claim.transaction_id and world.dice.random() < 0.3:
        claims.appeal(claim=claim, agent=agent, at=at)
        send_inquiries(world, at + timedelta(minutes=2))
    else:
        _make_good(world, agent, ticket, claim, at)


def _make_good(world: World, agent: Agent, ticket: Ticket, claim: Claim, at: datetime) -> None:
    amount = min(claim.expected_minor or 20_000, 900_000)
    claims.ask_goodwill(
        claim=claim,
        agent=agent,
        amount_minor=amount,
        why=world.dice.choice(words.WHY_GOODWILL),
        at=at,
    )
    _reply(world, agent, ticket_now(ticket), at + timedelta(minutes=1), then=None)
    _rate(world, ticket, at)


def _second_eyes(world: World, crew: list[Agent], at: datetime) -> None:
    lead = next((agent for agent in crew if agent.role != Role.AGENT), None)
    if lead is None or at > world.ends - timedelta(hours=30):
        return
    waiting = GoodwillGrant.objects.waiting().order_by("created_at", "pk").first()
    if waiting is None or world.dice.random() < 0.5:
        return
    # What the lead asked for is the owner's to approve.
    owner = User.objects.filter(is_superuser=True).order_by("pk").first()
    by = lead.user if waiting.requested_by_id != lead.user_id else owner
    if by is not None:
        goodwill.approve(grant=waiting, by=by, at=at)


def _reply(world: World, agent: Agent, ticket: Ticket, at: datetime, *, then: TicketStatus | None) -> None:
    if ticket.owed_since is None:
        return
    desk.reply(
        ticket=ticket,
        agent=agent,
        text=world.dice.choice(words.ANSWERS[ticket.language]),
        version=ticket.version,
        then=then,
        at=at,
    )
    if then == TicketStatus.SOLVED:
        _rate(world, ticket, at)
        chance = world.dice.random()
        if chance < 0.25:
            world.after(at, timedelta(minutes=5), HOUR, lambda at: _say(world, ticket, words.THANKS, at))
        elif chance < 0.4:
            world.after(at, HOUR, 2 * DAY, lambda at: _say(world, ticket, words.AGAIN, at))
    elif world.dice.random() < 0.12:
        world.after(at, DAY, 6 * DAY, lambda at: _say(world, ticket, words.AGAIN, at))


def _say(world: World, ticket: Ticket, told: dict[str, tuple[str, ...]], at: datetime) -> None:
    text = world.dice.choice(told[ticket.language])
    desk.hear(ticket=ticket_now(ticket), text=text, channel=Channel.STOREFRONT, at=at)


def _rate(world: World, ticket: Ticket, at: datetime) -> None:
    """Four of ten shoppers answer; nearly all of those are content."""
    if world.dice.random() > 0.4:
        return
    score = world.dice.choices((5, 4, 3, 2, 1), weights=(70, 20, 5, 3, 2))[0]

    def answer(at: datetime) -> None:
        fresh = ticket_now(ticket)
        link = ratings.invitation(fresh)
        if link:
            ratings.answer(token=link.rstrip("/").rsplit("/", 1)[-1], score=score, at=at)

    world.after(at, timedelta(minutes=10), DAY, answer)
