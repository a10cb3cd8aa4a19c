"""A month of the demo's desk, played through the same services that real days go through, one event after the other.

Chance is seeded: the same month every time. Nothing is asked of a network; what one would answer comes from here.
"""

import heapq
import itertools
import random
import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction

from cashback.lib.errors import DomainError
from offers.networks.base import InquiryState, InquiryWord, SaleStatus
from partners.models import Storefront
from support.claims import lodging
from support.claims import services as claims
from support.claims.lodging import crediting
from support.claims.lodging import words as inquiries
from support.claims.models import OPEN, UNDECIDED, Claim, Kind, NetworkInquiry, Status
from support.clocks import services as clocks
from support.desk import assignment
from support.desk import services as desk
from support.desk.models import Agent, Category, Channel, Presence, Role, Ticket, TicketStatus
from support.goodwill import services as goodwill
from support.goodwill.models import GoodwillGrant
from support.quality import ratings
from support.seeds import stage, words
from support.seeds.people import CHANGES, CLOSES, HANDS, OPENS, ZONE
from support.seeds.stage import Stage
from support.shifts import close, rota
from transactions.models import Click

DAYS = 30
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
# How often an agent looks up from a case.
_TICK = timedelta(minutes=15)


@dataclass(slots=True)
class World:
    """The events to come, and who and what is there."""

    dice: random.Random
    begins: datetime
    ends: datetime
    stages: list[Stage]
    agents: list[Agent]
    wanted: int
    queue: list[tuple[datetime, int, Callable[[datetime], None]]] = field(default_factory=list)
    ticks: Iterator[int] = field(default_factory=itertools.count)
    sales: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    opened: int = 0
    known: set[uuid.UUID] = field(default_factory=set)

    def later(self, at: datetime, happen: Callable[[datetime], None]) -> None:
        """It happens then, unless the month is over by then."""
        if at < self.ends:
            heapq.heappush(self.queue, (at, next(self.ticks), happen))

    def after(
        self, at: datetime, low: timedelta, high: timedelta, happen: Callable[[datetime], None]
    ) -> None:
        self.later(at + low + (high - low) * self.dice.random(), happen)


def play(world: World) -> Iterator[int]:
    """Everything happens in its order. Yields the number of claims after each event."""
    _plan(world)
    while world.queue:
        at, _tick, happen = heapq.heappop(world.queue)
        # As on any day: somebody was quicker, or a rule said no. Then nothing of it has happened.
        with suppress(DomainError), transaction.atomic():
            happen(at)
        yield world.opened


def begin(*, team: object, claims_wanted: int, days: int, at: datetime) -> World:
    """Storefronts with their shoppers and shops, and an empty month."""
    dice = random.Random(20261125)  # noqa: S311 - a demo's chance guards nothing
    begins, account = at - days * _DAY, stage.archive()
    storefronts = Storefront.objects.filter(is_active=True, slug__in=("acorn", "birch")).order_by("slug")
    return World(
        dice=dice,
        begins=begins,
        ends=at,
        stages=[stage.set_up(storefront, account=account, begins=begins) for storefront in storefronts],
        agents=list(Agent.objects.filter(team=team).select_related("user", "team").order_by("pk")),
        wanted=claims_wanted,
    )


# --- who works when -------------------------------------------------------------------------------------------------


def _plan(world: World) -> None:
    zone = ZoneInfo(ZONE)
    by_name = {agent.user.username: agent for agent in world.agents}
    early = [by_name[hand.username] for hand in HANDS if hand.is_early]
    late = [by_name[hand.username] for hand in HANDS if not hand.is_early]
    day = world.begins.astimezone(zone).date()
    while day <= (world.ends + 2 * _DAY).astimezone(zone).date():
        for name, starts, ends, crew in (("Day", OPENS, CHANGES, early), ("Evening", CHANGES, CLOSES, late)):
            begin_at = datetime.combine(day, starts, zone).astimezone(UTC)
            end_at = datetime.combine(day, ends, zone).astimezone(UTC)
            rota.plan_shift(team=crew[0].team, name=name, starts_at=begin_at, ends_at=end_at, agents=crew)
            for agent in crew:
                world.later(begin_at, _presence(agent, Presence.ONLINE))
                world.later(end_at, _presence(agent, Presence.OFFLINE))
            moment = begin_at
            while moment < end_at:
                world.later(moment, lambda at, crew=crew: _work(world, crew, at))
                moment += _TICK
            world.later(end_at + timedelta(minutes=1), _close_shift)
        day += _DAY
    _plan_questions(world)


def _presence(agent: Agent, presence: Presence) -> Callable[[datetime], None]:
    return lambda at: desk.go(agent=agent, presence=presence, at=at) and None


def _close_shift(at: datetime) -> None:
    close.close_due(at=at)


def _plan_questions(world: World) -> None:
    """Claims come by day more than by night, a little more each week."""
    span = (world.ends - world.begins).total_seconds()
    for _number in range(world.wanted):
        share = world.dice.random() ** 0.8
        at = world.begins + timedelta(seconds=span * share)
        if at.astimezone(ZoneInfo(ZONE)).hour < 8 and world.dice.random() < 0.75:
            at += timedelta(hours=9)
        world.later(min(at, world.ends - timedelta(minutes=4)), lambda at: _ask(world, at))
    for _number in range(world.wanted // 7):
        at = world.begins + timedelta(seconds=span * world.dice.random())
        world.later(at, lambda at: _ask_something_else(world, at))


# --- shoppers -------------------------------------------------------------------------------------------------------

_STORIES = (
    ("tracked", 15),
    ("early", 14),
    ("missing", 34),
    ("large", 12),
    ("before", 8),
    ("declined", 10),
    ("unclear", 7),
)


def _ask(world: World, at: datetime) -> None:
    dice, place = world.dice, world.dice.choices(world.stages, weights=[2, 1])[0]
    shopper, offer = dice.choice(place.shoppers), dice.choice(place.offers)
    story = dice.choices(
        [name for name, _weight in _STORIES], weights=[weight for _name, weight in _STORIES]
    )[0]
    ago = {"early": 0.2, "before": 6, "tracked": 5}.get(story, dice.uniform(5, 25))
    bought_at = at - timedelta(days=ago, minutes=dice.uniform(5, 240))
    clicked_at = bought_at + _DAY if story == "before" else bought_at - timedelta(minutes=dice.uniform(3, 40))
    click = stage.click(
        shopper,
        offer,
        at=clicked_at,
        dice=dice,
        blocker=story in ("missing", "large") and dice.random() < 0.3,
    )
    cart = _cart(place.storefront.currency, dice, is_large=story == "large")
    order = f"{dice.randint(100_000, 9_999_999)}"
    language = place.storefront.locale
    if shopper.pk not in world.known and dice.random() < 0.8:
        # A purchase of before, so that the shopper's history is clean and known.
        world.known.add(shopper.pk)
        _earlier(world, place, shopper, at=world.begins)
    facts = {
        "order_no": dice.choice(words.ORDERS[language]).format(order),
        "order_at": bought_at,
        "order_minor": cart,
        "text": dice.choice(words.OPENINGS[language]),
    }
    if story in ("tracked", "declined"):
        facts["sale"] = _reported(world, click, order, cart, is_declined=story == "declined")
    if story == "unclear":
        facts["order_no"] = f"{order[:3]}…"
    _open(world, shopper, click, facts, story, language, at)


def _reported(world: World, click: Click, order: str, cart: int, *, is_declined: bool):
    status = SaleStatus.DECLINED if is_declined else SaleStatus.PENDING
    return stage.sale(
        by=click,
        order_id=order,
        cart=cart,
        status=status,
        reason=world.dice.choice(words.REFUSALS) if is_declined else "",
        at=click.created_at + _HOUR,
        number=next(world.sales),
    )


def _earlier(world: World, place: Stage, shopper, *, at: datetime) -> None:
    offer = world.dice.choice(place.offers)
    before = at - timedelta(days=world.dice.uniform(0.1, 1))
    click = stage.click(shopper, offer, at=max(before, world.begins - _DAY), dice=world.dice)
    number = next(world.sales)
    stage.sale(
        by=click,
        order_id=f"B-{number}",
        cart=_cart(place.storefront.currency, world.dice, is_large=True),
        status=SaleStatus.APPROVED,
        paid=True,
        at=click.created_at + _HOUR,
        number=number,
    )


def _open(world: World, shopper, click: Click, facts, story: str, language: str, at: datetime) -> None:
    sale = facts.pop("sale", None)
    about = {"transaction": sale, "kind": Kind.DECLINED} if story == "declined" else {"kind": Kind.UNTRACKED}
    claim = claims.open_claim(
        shopper=shopper, click=click, via=Channel.STOREFRONT, language=language, at=at, **about, **facts
    )
    world.opened += 1
    if story == "early":
        arrives = click.created_at + timedelta(days=world.dice.uniform(0.6, 3))
        order, cart = claim.order_no_norm, claim.order_minor
        world.later(
            max(arrives, at + _HOUR), lambda _at: _reported(world, click, order, cart, is_declined=False)
        )
    if claim.status == Status.ANSWERED_AUTO and world.dice.random() < 0.03:
        world.after(at, _HOUR, _DAY, lambda at: claims.contest(claim=_fresh(claim), at=at) and None)
    if claim.status == Status.NEED_INFO and world.dice.random() < 0.6:
        world.after(at, _HOUR, 3 * _DAY, lambda at: _tell_more(claim, at))
    if world.dice.random() < 0.02:
        world.after(at, _HOUR, 2 * _DAY, lambda at: claims.withdraw(claim=_fresh(claim), at=at) and None)
    world.after(at, timedelta(minutes=2), timedelta(minutes=9), lambda at: _send_inquiries(world, at))
    if claim.wake_at:
        world.later(
            claim.wake_at + timedelta(minutes=1), lambda at: claims.wake_due(at=at, limit=50) and None
        )


def _tell_more(claim: Claim, at: datetime) -> None:
    fresh = _fresh(claim)
    claims.add_information(claim=fresh, text=fresh.order_no.rstrip("…") + "4471", at=at)


def _ask_something_else(world: World, at: datetime) -> None:
    dice, place = world.dice, world.dice.choice(world.stages)
    language = place.storefront.locale
    subject, text = dice.choice(words.QUESTIONS[language])
    desk.open_ticket(
        storefront=place.storefront,
        shopper=dice.choice(place.shoppers),
        subject=subject,
        text=text,
        channel=Channel.STOREFRONT,
        category=Category.OTHER,
        language=language,
        at=at,
    )


def _cart(currency: str, dice: random.Random, *, is_large: bool) -> int:
    """Believable totals in minor units: of what is paid at once, or of what a person looks at."""
    low, high = {"RUB": (900, 7_500)}.get(currency, (15, 110))
    if is_large:
        low, high = high * 2, high * 9
    return dice.randint(low, high) * 100 - dice.choice((0, 1, 10, 50))


# --- the network ----------------------------------------------------------------------------------------------------


def _send_inquiries(world: World, at: datetime) -> None:
    for inquiry in NetworkInquiry.objects.filter(status="queued", account__name=stage.ARCHIVE):
        sent = inquiries.submitted(inquiry, external_id=f"{700_000 + next(world.ticks)}", at=at)
        world.after(at, 2 * _DAY, 18 * _DAY, lambda at, pk=sent.pk: _answer(world, pk, at))


def _answer(world: World, inquiry_id: object, at: datetime) -> None:
    inquiry = NetworkInquiry.objects.select_related("claim").get(pk=inquiry_id)
    if inquiry.status not in UNDECIDED:
        return
    is_good = world.dice.random() < (0.45 if inquiry.kind == "declined" else 0.72)
    award = int(inquiry.claim.expected_minor or 0) * 100 // 70 if inquiry.claim.expected_minor else None
    word = InquiryWord(
        kind=lodging.asking.InquiryKind(inquiry.kind),
        external_id=inquiry.external_id,
        reference=inquiry.reference,
        offer_external_id=str(inquiry.asked.get("offer_external_id", "")),
        order_id=inquiry.order_no,
        state=InquiryState.ACCEPTED if is_good else InquiryState.REJECTED,
        currency=inquiry.claim.currency,
        is_resolved=True,
        award_minor=award if is_good else None,
        estimate_minor=award,
        created_at=inquiry.created_at,
        observed_at=at,
        reason="" if is_good else world.dice.choice(words.REFUSALS),
        raw={"id": inquiry.external_id, "status": "accepted" if is_good else "rejected"},
    )
    inquiries.hear(inquiry, word, at=at)
    if is_good and award:
        crediting.book(NetworkInquiry.objects.get(pk=inquiry_id), [], at=at)


# --- agents ---------------------------------------------------------------------------------------------------------


def _work(world: World, crew: list[Agent], at: datetime) -> None:
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
            spare = _TICK / timedelta(minutes=speed[agent.user.username])
            for ticket in [each for each in mine if each.assignee_id == agent.pk][: round(spare)]:
                _deal(world, agent, _ticket(ticket), at + timedelta(seconds=world.dice.randint(20, 800)))
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
        _reply(world, agent, _ticket(ticket), at, then=None)
        _send_inquiries(world, at + timedelta(minutes=2))
    elif chance < 0.8 and claim.kind == Kind.UNTRACKED and claim.order_minor:
        claims.lodge(claim=claim, agent=agent, at=at)
        _reply(world, agent, _ticket(ticket), at, then=None)
        _send_inquiries(world, at + timedelta(minutes=2))
    else:
        _make_good(world, agent, ticket, claim, at)


def _after_refusal(world: World, agent: Agent, ticket: Ticket, claim: Claim, at: datetime) -> None:
    if claim.transaction_id and world.dice.random() < 0.3:
        claims.appeal(claim=claim, agent=agent, at=at)
        _send_inquiries(world, at + timedelta(minutes=2))
    else:
        _make_good(world, agent, ticket, claim, at)


def _make_good(world: World, agent: Agent, ticket: Ticket, claim: Claim, at: datetime) -> None:
    amount = min(claim.expected_minor or 20_000, 900_000)
    claims.ask_goodwill(
        claim=claim,
        agent=agent,
        amount_minor=amount,
        why="The trip is there and the receipt is clear.",
        at=at,
    )
    _reply(world, agent, _ticket(ticket), at + timedelta(minutes=1), then=None)
    _rate(world, ticket, at)


def _second_eyes(world: World, crew: list[Agent], at: datetime) -> None:
    lead = next((agent for agent in crew if agent.role != Role.AGENT), None)
    if lead is None or at > world.ends - timedelta(hours=5):
        return
    waiting = (
        GoodwillGrant.objects.waiting().exclude(requested_by=lead.user).order_by("created_at", "pk").first()
    )
    if waiting is not None and world.dice.random() < 0.5:
        goodwill.approve(grant=waiting, by=lead.user, at=at)


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
        if world.dice.random() < 0.25:
            world.after(at, timedelta(minutes=5), _HOUR, lambda at: _say(world, ticket, words.THANKS, at))
    elif world.dice.random() < 0.12:
        world.after(at, _DAY, 6 * _DAY, lambda at: _say(world, ticket, words.AGAIN, at))


def _say(world: World, ticket: Ticket, told: dict[str, tuple[str, ...]], at: datetime) -> None:
    text = world.dice.choice(told[ticket.language])
    desk.hear(ticket=_ticket(ticket), text=text, channel=Channel.STOREFRONT, at=at)


def _rate(world: World, ticket: Ticket, at: datetime) -> None:
    """Four of ten shoppers answer; nearly all of those are content."""
    if world.dice.random() > 0.4:
        return
    score = world.dice.choices((5, 4, 3, 2, 1), weights=(78, 16, 3, 2, 1))[0]

    def answer(at: datetime) -> None:
        fresh = _ticket(ticket)
        link = ratings.invitation(fresh)
        if link:
            ratings.answer(token=link.rstrip("/").rsplit("/", 1)[-1], score=score, at=at)

    world.after(at, timedelta(minutes=10), _DAY, answer)


def _fresh(claim: Claim) -> Claim:
    return Claim.objects.select_related("ticket", "storefront", "shopper", "merchant").get(pk=claim.pk)


def _ticket(ticket: Ticket) -> Ticket:
    return Ticket.objects.defer("search").select_related("storefront", "team").get(pk=ticket.pk)
