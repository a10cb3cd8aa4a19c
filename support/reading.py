"""What a shopper sees of their claims and questions."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Prefetch, QuerySet, Subquery, Sum
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cashback.lib import ids
from cashback.lib.money import Money
from cashback.lib.paging import Page, page
from offers.catalogue import Face
from offers.models import Rate
from partners.models import Shopper
from support.claims import claimable, services
from support.claims.models import SETTLED_FOR_NOW, Claim, Kind, Stage, Status
from support.desk.models import Attachment, Author, Message, StoredFile, Ticket, TicketStatus
from support.goodwill.models import GoodwillGrant, GrantStatus
from transactions.models import Click, Transaction

PER_PAGE = 20
# Older trips are not offered: no network takes a claim so late (Admitad's 150 days are the longest known).
CLAIMABLE_FOR = timedelta(days=150)

KIND_QUESTIONS: dict[Kind, str | Promise] = {
    Kind.UNTRACKED: _("The purchase is missing"),
    Kind.WRONG_AMOUNT: _("The amount is wrong"),
    Kind.LATE_CONFIRM: _("The shop takes too long to confirm"),
    Kind.DECLINED: _("It should not have been declined"),
}
# The road of a claim as its shopper walks it; a stage that was passed over is not shown.
_ROAD = (Stage.RECEIVED, Stage.CHECKING, Stage.SENT_TO_SHOP, Stage.SHOP_AGREED, Stage.PAID)
# Whatever is said of these contests them, so that they have one box. A lapsed one is answered as well.
_CONTESTED_BY_A_WORD = frozenset(SETTLED_FOR_NOW) - {Status.LAPSED}
_NUMBER = re.compile(r"([CT])-([1-9][0-9]{0,17})")


@dataclass(frozen=True, slots=True)
class Case:
    """A claim with its conversation, or a conversation alone."""

    number: str
    ticket: Ticket
    claim: Claim | None


@dataclass(frozen=True, slots=True)
class Row:
    """A case in the list."""

    number: str
    title: str
    shop: Face | None
    stage: str
    stage_words: str
    amount: Money | None
    opened_at: datetime
    next_update_due: datetime | None
    is_our_turn: bool
    # The day that was named has gone by, and nothing was said.
    is_late: bool


@dataclass(frozen=True, slots=True)
class Mark:
    """One stage on the road. `reached_at` is None for what is still to come."""

    words: str
    stage: str
    reached_at: datetime | None
    is_here: bool


@dataclass(frozen=True, slots=True)
class Word:
    """One message, as its reader sees it. `who` is "" for the reader's own."""

    text: str
    who: str
    is_mine: bool
    is_automatic: bool
    at: datetime
    files: Sequence[StoredFile]


@dataclass(frozen=True, slots=True)
class Full:
    case: Case
    row: Row
    road: Sequence[Mark]
    words: Sequence[Word]
    evidence: Sequence[StoredFile]
    can_say: bool
    can_contest: bool
    # Whatever is said contests the answer, so that there is one way to say it.
    is_settled: bool
    can_withdraw: bool
    # The number of the conversation that this one was joined to.
    goes_on_in: str
    is_being_checked: bool


@dataclass(frozen=True, slots=True)
class ClaimableTrip:
    click: Click
    shop: Face
    claim: Claim | None
    has_purchase: bool = False

    @property
    def public_id(self) -> str:
        return self.click.public_id


def cases(shopper: Shopper, *, number: int, at: datetime) -> Page[Row]:
    """The shopper's conversations, the newest first; a merged one is read in the one that it went to."""
    rows = _conversations(shopper).filter(merged_into=None).order_by("-pk")
    found = page(rows, number=number, size=PER_PAGE)
    return Page(
        [_row(ticket, _claim_of(ticket), at=at) for ticket in found.rows], found.number, found.has_next
    )


def case(shopper: Shopper, number: str) -> Case | None:
    """By its public number, C-10042 or T-10042; another's is not there."""
    read = _NUMBER.fullmatch(number)
    if read is None or int(read[2]) >= 2**63:
        return None
    tickets = _conversations(shopper).select_related("storefront")
    wanted = {"claim__number": int(read[2])} if read[1] == "C" else {"number": int(read[2])}
    ticket = tickets.filter(**wanted).first()
    return None if ticket is None else Case(number, ticket, _claim_of(ticket))


def full(case: Case, *, at: datetime) -> Full:
    claim, ticket = case.claim, case.ticket
    is_closed = claim is not None and not claim.is_open
    can_contest = claim is not None and services.may_contest(claim, at=at)
    return Full(
        case=case,
        row=_row(ticket, claim, at=at),
        road=_road(claim) if claim else (),
        words=_words(ticket),
        evidence=[each.file for each in claim.evidence.select_related("file").order_by("pk")]
        if claim
        else [],
        can_say=ticket.merged_into_id is None,
        can_contest=can_contest,
        is_settled=can_contest and claim.status in _CONTESTED_BY_A_WORD,
        can_withdraw=claim is not None and not is_closed and claim.status != Status.ANSWERED_AUTO,
        goes_on_in=_number_of(ticket.merged_into) if ticket.merged_into else "",
        is_being_checked=claim is not None and claim.status == Status.TRIAGING,
    )


def file_of(case: Case, public_id: str) -> StoredFile | None:
    """A file that hangs on this case, publicly; None for any other."""
    try:
        pk = ids.from_public("fil", public_id)
    except ids.InvalidId:
        return None
    talk = [case.ticket.pk, *case.ticket.merged.values_list("pk", flat=True)]
    attached = Attachment.objects.filter(
        file=pk, message__ticket__in=talk, message__is_internal=False, message__redaction=None
    ).select_related("file")
    if found := attached.first():
        return found.file
    evidence = case.claim.evidence.filter(file=pk).select_related("file").first() if case.claim else None
    return evidence.file if evidence else None


def trip(shopper: Shopper, public_id: str) -> ClaimableTrip | None:
    named = shopper.clicks.filter(pk=ids.from_public_or_none("clk", public_id))
    click = named.select_related("merchant", "offer__facts").first()
    if click is None:
        return None
    return ClaimableTrip(click, Face.of(click.merchant), claimable.for_clicks(shopper, [click])[click.pk])


def purchase(shopper: Shopper, public_id: str) -> Transaction | None:
    named = shopper.transactions.filter(pk=ids.from_public_or_none("txn", public_id))
    return named.select_related("merchant", "offer", "click").first()


def claimable_trips(shopper: Shopper, *, number: int, at: datetime) -> Page[ClaimableTrip]:
    """The trips that a missing purchase may have been made on, the newest first."""
    rows = shopper.clicks.since(at - CLAIMABLE_FOR).latest_first().select_related("merchant")
    rows = rows.annotate(has_purchase=Exists(Transaction.objects.filter(click=OuterRef("pk"))))
    found = page(rows, number=number, size=PER_PAGE)
    claimed: Mapping[Any, Claim] = claimable.for_clicks(shopper, [click.pk for click in found.rows])
    trips = [
        ClaimableTrip(click, Face.of(click.merchant), claimed.get(click.pk), click.has_purchase)
        for click in found.rows
    ]
    return Page(trips, found.number, found.has_next)


def goods_of(about: Mapping[str, Any]) -> list[str]:
    """What kinds of goods the shop pays for: names of its rates, to choose from."""
    click, sale = about.get("click"), about.get("transaction")
    offer_id = click.offer_id if click else sale.offer_id if sale else None
    names = Rate.objects.current().filter(offer=offer_id).order_by("name").values_list("name", flat=True)
    return sorted({name for name in names if name})


def _conversations(shopper: Shopper) -> QuerySet[Ticket]:
    """With their claims, and the sum of what was given for each in goodwill."""
    grants = GoodwillGrant.objects.filter(claim__ticket=OuterRef("pk"), status=GrantStatus.PAID).order_by()
    given = grants.values("claim").annotate(sum=Sum("amount_minor")).values("sum")
    rows = shopper.tickets.select_related("claim__merchant", "claim__transaction")
    return rows.annotate(given_minor=Subquery(given))


def _claim_of(ticket: Ticket) -> Claim | None:
    return getattr(ticket, "claim", None)


def _number_of(ticket: Ticket) -> str:
    claim = _claim_of(ticket)
    return claim.public_number if claim else ticket.public_number


def _row(ticket: Ticket, claim: Claim | None, *, at: datetime) -> Row:
    if claim is None:
        return _row_of_a_question(ticket, at=at)
    stage = services.stage_of(claim)
    due = claim.next_update_due if claim.is_open else None
    is_our_turn = claim.is_open and stage not in (Stage.ASKING_YOU, Stage.ANSWERED)
    return Row(
        number=claim.public_number,
        title=claim.merchant.name if claim.merchant else str(claim.get_kind_display()),
        shop=Face.of(claim.merchant) if claim.merchant else None,
        stage=stage,
        stage_words=str(stage.label),
        amount=_amount(claim, stage, given_minor=ticket.given_minor or 0),
        opened_at=claim.created_at,
        next_update_due=due,
        is_our_turn=is_our_turn,
        is_late=is_our_turn and due is not None and due < at,
    )


def _amount(claim: Claim, stage: Stage, *, given_minor: int) -> Money | None:
    """What the shopper has of it, once there is something; else what the shop counted; else what the trip promised."""
    sale = claim.transaction
    if stage == Stage.PAID:
        minor = max(given_minor, sale.cashback_minor if sale and sale.is_credited else 0)
        return Money(minor, claim.currency) if minor else None
    return sale.cashback if sale and claim.kind == Kind.UNTRACKED else claim.expected


def _row_of_a_question(ticket: Ticket, *, at: datetime) -> Row:
    stage, words, due = Stage.RECEIVED, str(Stage.RECEIVED.label), ticket.next_due_at
    if ticket.status == TicketStatus.SOLVED:
        stage, words = Stage.CLOSED, str(Stage.ANSWERED.label)
    elif ticket.status == TicketStatus.PENDING:
        stage, words = Stage.ASKING_YOU, str(Stage.ASKING_YOU.label)
    elif ticket.owed_since is None and ticket.last_agent_at:
        stage, words = Stage.ANSWERED, str(Stage.ANSWERED.label)
    is_our_turn = stage == Stage.RECEIVED
    return Row(
        number=ticket.public_number,
        title=ticket.subject,
        shop=None,
        stage=stage,
        stage_words=words,
        amount=None,
        opened_at=ticket.created_at,
        next_update_due=due if is_our_turn else None,
        is_our_turn=is_our_turn,
        is_late=is_our_turn and due is not None and due < at,
    )


def _road(claim: Claim) -> list[Mark]:
    """Where the claim has been in this cycle, where it is, and where it may go on to."""
    first, last = {Stage.RECEIVED: claim.created_at}, {}
    for status, at in claim.steps.filter(cycle=claim.cycle).order_by("pk").values_list("to_status", "at"):
        stage = services.stage_of_status(status)
        first.setdefault(stage, at)
        last[stage] = at
    here = services.stage_of(claim)
    reached = [stage for stage in _ROAD if stage in first and stage != here]
    # An answer, a question to the shopper or a refusal ends the road where the claim stands.
    to_come = _ROAD[_ROAD.index(here) + 1 :] if here in _ROAD else ()
    reached = [stage for stage in reached if stage not in to_come]
    return [
        *(Mark(str(stage.label), stage, first[stage], False) for stage in reached),
        Mark(str(here.label), here, last.get(here, claim.updated_at), True),
        *(Mark(str(stage.label), stage, None, False) for stage in to_come),
    ]


def messages_of(ticket: Ticket) -> QuerySet[Message]:
    """What its shopper may read, with what was said in conversations merged into it."""
    talk = [ticket.pk, *ticket.merged.values_list("pk", flat=True)]
    attached = Prefetch(
        "attachments",
        Attachment.objects.filter(message__redaction=None).select_related("file").order_by("pk"),
    )
    messages = Message.objects.filter(ticket__in=talk).public().in_order()
    return messages.select_related("agent").prefetch_related(attached)


def _words(ticket: Ticket) -> list[Word]:
    return [
        Word(
            text=message.text,
            who=message.agent.name if message.author == Author.AGENT else "",
            is_mine=message.author == Author.SHOPPER,
            is_automatic=message.author == Author.SYSTEM,
            at=message.created_at,
            files=[each.file for each in message.attachments.all()],
        )
        for message in messages_of(ticket)
    ]
