"""What a shopper sees of their claims and questions."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Prefetch, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cashback.lib import ids
from cashback.lib.paging import Page, page
from offers.catalogue import Face
from offers.models import Rate
from partners.models import Shopper
from support.claims import claimable, services
from support.claims.models import Claim, Kind, Stage, Status
from support.desk.models import Attachment, Author, Message, StoredFile, Ticket, TicketStatus
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
    amount: Any
    opened_at: datetime
    next_update_due: datetime | None
    is_our_turn: bool


@dataclass(frozen=True, slots=True)
class Mark:
    """One stage on the road."""

    words: str
    is_done: bool
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
    can_withdraw: bool
    is_being_checked: bool


@dataclass(frozen=True, slots=True)
class ClaimableTrip:
    click: Click
    shop: Face
    claim: Claim | None

    @property
    def public_id(self) -> str:
        return self.click.public_id


def cases(shopper: Shopper, *, number: int) -> Page[Row]:
    """The shopper's conversations, the newest first; a merged one is read in the one that it went to."""
    rows = shopper.tickets.filter(merged_into=None).select_related("claim__merchant").order_by("-pk")
    found = page(rows, number=number, size=PER_PAGE)
    return Page([_row(ticket, _claim_of(ticket)) for ticket in found.rows], found.number, found.has_next)


def case(shopper: Shopper, number: str) -> Case | None:
    """By its public number, C-10042 or T-10042; another's is not there."""
    read = _NUMBER.fullmatch(number)
    if read is None or int(read[2]) >= 2**63:
        return None
    tickets = shopper.tickets.select_related("claim__merchant", "storefront")
    wanted = {"claim__number": int(read[2])} if read[1] == "C" else {"number": int(read[2])}
    ticket = tickets.filter(**wanted).first()
    return None if ticket is None else Case(number, ticket, _claim_of(ticket))


def full(case: Case, *, at: datetime) -> Full:
    claim, ticket = case.claim, case.ticket
    is_closed = claim is not None and not claim.is_open
    return Full(
        case=case,
        row=_row(ticket, claim),
        road=_road(claim) if claim else (),
        words=_words(ticket),
        evidence=[each.file for each in claim.evidence.select_related("file").order_by("pk")]
        if claim
        else [],
        can_say=ticket.merged_into_id is None,
        can_contest=claim is not None and services.may_contest(claim, at=at),
        can_withdraw=claim is not None and not is_closed and claim.status != Status.ANSWERED_AUTO,
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
    try:
        pk = ids.from_public("clk", public_id)
    except ids.InvalidId:
        return None
    click = shopper.clicks.filter(pk=pk).select_related("merchant", "offer__facts").first()
    return ClaimableTrip(click, Face.of(click.merchant), None) if click else None


def purchase(shopper: Shopper, public_id: str) -> Transaction | None:
    try:
        pk = ids.from_public("txn", public_id)
    except ids.InvalidId:
        return None
    return shopper.transactions.filter(pk=pk).select_related("merchant", "offer", "click").first()


def claimable_trips(shopper: Shopper, *, number: int, at: datetime) -> Page[ClaimableTrip]:
    """The trips that a missing purchase may have been made on, the newest first."""
    rows = shopper.clicks.since(at - CLAIMABLE_FOR).latest_first().select_related("merchant")
    found = page(rows, number=number, size=PER_PAGE)
    claimed: Mapping[Any, Claim] = claimable.for_clicks(shopper, [click.pk for click in found.rows])
    trips = [ClaimableTrip(click, Face.of(click.merchant), claimed.get(click.pk)) for click in found.rows]
    return Page(trips, found.number, found.has_next)


def goods_of(about: Mapping[str, Any]) -> list[str]:
    """What kinds of goods the shop pays for: names of its rates, to choose from."""
    click, sale = about.get("click"), about.get("transaction")
    offer_id = click.offer_id if click else sale.offer_id if sale else None
    names = Rate.objects.current().filter(offer=offer_id).order_by("name").values_list("name", flat=True)
    return sorted({name for name in names if name})


def _claim_of(ticket: Ticket) -> Claim | None:
    return getattr(ticket, "claim", None)


def _row(ticket: Ticket, claim: Claim | None) -> Row:
    if claim is None:
        is_solved = ticket.status == TicketStatus.SOLVED
        stage = (
            Stage.CLOSED if is_solved else Stage.ASKING_YOU if ticket.status == "pending" else Stage.RECEIVED
        )
        return Row(
            number=ticket.public_number,
            title=ticket.subject,
            shop=None,
            stage=stage,
            stage_words=str(_("answered") if is_solved else stage.label),
            amount=None,
            opened_at=ticket.created_at,
            next_update_due=None,
            is_our_turn=not is_solved and stage != Stage.ASKING_YOU,
        )
    stage = services.stage_of(claim)
    return Row(
        number=claim.public_number,
        title=claim.merchant.name if claim.merchant else str(claim.get_kind_display()),
        shop=Face.of(claim.merchant) if claim.merchant else None,
        stage=stage,
        stage_words=str(stage.label),
        amount=claim.expected,
        opened_at=claim.created_at,
        next_update_due=claim.next_update_due if claim.is_open else None,
        is_our_turn=claim.is_open and stage not in (Stage.ASKING_YOU, Stage.ANSWERED),
    )


def _road(claim: Claim) -> list[Mark]:
    """Where the claim has been in this cycle, where it is, and where it may go on to."""
    been = {services.stage_of_status(step.to_status) for step in claim.steps.filter(cycle=claim.cycle)}
    here = services.stage_of(claim)
    stages = list(_ROAD)
    if here not in stages:
        # An answer, a question to the shopper or a refusal ends the road where the claim stands.
        reached = [stage for stage in stages if stage in been or stage == Stage.RECEIVED]
        return [*[Mark(str(each.label), True, False) for each in reached], Mark(str(here.label), True, True)]
    place = stages.index(here)
    return [
        Mark(
            str(stage.label),
            index <= place and (stage in been or index == 0 or index == place),
            index == place,
        )
        for index, stage in enumerate(stages)
        if index >= place or stage in been or index == 0
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
