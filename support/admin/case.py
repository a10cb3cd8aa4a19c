"""Everything that an agent needs to know of one case, gathered for one screen."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Prefetch, Q, QuerySet

from cashback.lib.money import Money
from offers.models import OfferTermsVersion, Rate
from offers.terms import terms_of
from support.admin import past, reported, steps, story, verdicts
from support.claims.models import Claim, InquiryWord, NetworkInquiry, RejectReason
from support.claims.services import case_of
from support.claims.states import stage_of
from support.clocks import services as clocks
from support.clocks.services import ClockState
from support.desk import macros, viewing
from support.desk.models import Agent, Attachment, Author, Draft, Macro, Mention, Message, StoredFile, Ticket
from support.goodwill import services as goodwill
from support.goodwill.models import GoodwillGrant, GrantStatus
from transactions.models import Click

_LATEST = 8


@dataclass(frozen=True, slots=True)
class Word:
    """One message, with what it is to its reader."""

    message: Message
    files: Sequence[StoredFile]
    kind: str
    who: str
    is_redacted: bool
    # Of a ticket that was merged into this one: its number.
    of: str


@dataclass(frozen=True, slots=True)
class Trip:
    """The click that the claim is about, with what it promised."""

    click: Click
    rates: Sequence[Rate]
    terms: OfferTermsVersion | None


@dataclass(frozen=True, slots=True)
class Inquiry:
    row: NetworkInquiry
    words: Sequence[InquiryWord]


@dataclass(frozen=True, slots=True)
class Full:
    ticket: Ticket
    claim: Claim | None
    status: str
    why: str
    stage: str
    words: Sequence[Word]
    evidence: Sequence[StoredFile]
    step: steps.Step
    endings: Sequence[steps.Ending]
    may: Mapping[str, bool]
    diagnosis: verdicts.Diagnosis | None
    runs: int
    trip: Trip | None
    sale: reported.Sale | None
    # Where no purchase is known: what the network said of the trip all the same.
    reported: reported.Reported | None
    inquiries: Sequence[Inquiry]
    clocks: Sequence[ClockState]
    story: Sequence[story.Happening]
    past: past.Past | None
    left: goodwill.Left | None
    currency: str
    grants: Sequence[GoodwillGrant]
    draft: Draft | None
    others: Sequence[str]
    macros: Sequence[Macro]
    colleagues: QuerySet[Agent]
    reject_reasons: Sequence[tuple[str, str]]

    @property
    def running(self) -> list[ClockState]:
        """Clocks that still promise something."""
        return [clock for clock in self.clocks if clock.due_at and not clock.is_over]

    @property
    def missing(self) -> Money | None:
        """What is expected and was not given yet: what one would give now."""
        expected = self.claim.expected if self.claim else None
        if expected is None:
            return None
        given = sum(grant.amount_minor for grant in self.grants if grant.status != GrantStatus.REFUSED)
        left = Money(expected.minor - given, expected.currency)
        return left if left.minor > 0 else None

    @property
    def waiting_grant(self) -> GoodwillGrant | None:
        return next((grant for grant in self.grants if grant.status == "asked"), None)


def full(ticket: Ticket, *, agent: Agent | None, user: Any, at: datetime) -> Full:
    claim = claim_of(ticket)
    runs = list(claim.triage_runs.order_by("-pk")[:20]) if claim else []
    run = runs[0] if runs else None
    status = story.status_of(claim) if claim else ""
    trip, sale = _trip(claim), reported.sale(claim.transaction) if claim and claim.transaction else None
    inquiries, grants = _inquiries(claim), _grants(claim)
    currency = claim.currency if claim else ticket.storefront.currency
    rows = [each.row for each in inquiries]
    return Full(
        ticket=ticket,
        claim=claim,
        status=status,
        why=story.because(claim.reason_code, status) if claim else "",
        stage=str(stage_of(claim).label) if claim else "",
        words=_words(ticket),
        evidence=_evidence(claim),
        step=steps.next_step(ticket, claim, run),
        endings=steps.endings(ticket, claim),
        may=steps.may(claim),
        diagnosis=verdicts.diagnosis(run, currency=currency),
        runs=len(runs),
        trip=trip,
        sale=sale,
        reported=reported.of(trip.click) if trip and sale is None else None,
        inquiries=inquiries,
        clocks=clocks.states([ticket.pk], at).get(ticket.pk, []),
        story=story.of(ticket, claim, inquiries=rows, grants=grants),
        past=past.of(ticket, claim, at=at),
        left=goodwill.left(case=case_of(claim), by=user, at=at) if claim else None,
        currency=currency,
        grants=grants,
        draft=Draft.objects.filter(ticket=ticket, agent=agent).first() if agent else None,
        others=_others(ticket, agent, at=at),
        macros=macros.offered(ticket),
        colleagues=colleagues(ticket),
        reject_reasons=list(RejectReason.choices),
    )


def claim_of(ticket: Ticket) -> Claim | None:
    """The claim that the ticket is about, with all that its pages and services name."""
    named = ("merchant", "storefront", "shopper", "partner", "transaction__merchant", "offer", "account")
    claim = Claim.objects.filter(ticket=ticket).select_related(*named).first()
    if claim is not None:
        claim.ticket = ticket
    return claim


def colleagues(ticket: Ticket) -> QuerySet[Agent]:
    """Who may have it: active, and not behind another partner's wall."""
    reaches = Q(user__is_superuser=True) | Q(user__reach=None) | Q(user__reach__partners=ticket.partner_id)
    return Agent.objects.filter(reaches, is_active=True).distinct().order_by("name", "pk")


def file_of(ticket: Ticket, file_id: uuid.UUID) -> StoredFile | None:
    """A file of the case's conversation or evidence; None for any other, and for one of a blanked message."""
    talk = [ticket.pk, *ticket.merged.values_list("pk", flat=True)]
    attached = Attachment.objects.filter(file=file_id, message__ticket__in=talk, message__redaction=None)
    if found := attached.select_related("file").first():
        return found.file
    claim = getattr(ticket, "claim", None)
    evidence = claim.evidence.filter(file=file_id).select_related("file").first() if claim else None
    return evidence.file if evidence else None


def see_mentions(ticket: Ticket, agent: Agent, *, at: datetime) -> None:
    """Whoever was named in a note here has read it now."""
    Mention.objects.filter(message__ticket=ticket, agent=agent, seen_at=None).update(seen_at=at)


def last_words(ticket: Ticket, *, most: int = 3) -> list[Word]:
    """The end of the conversation, for a look from the queue."""
    return _words(ticket, latest=most)


def _words(ticket: Ticket, *, latest: int | None = None) -> list[Word]:
    merged = dict(ticket.merged.values_list("pk", "number"))
    files = StoredFile.objects.defer("content")
    attached = Prefetch(
        "attachments", Attachment.objects.prefetch_related(Prefetch("file", files)).order_by("pk")
    )
    found = (
        Message.objects.filter(ticket__in=[ticket.pk, *merged])
        .select_related("agent", "redaction")
        .prefetch_related(attached)
    )
    messages = list(found.in_order()) if latest is None else list(found.order_by("-pk")[:latest])[::-1]
    return [_word(message, ticket, merged) for message in messages]


def _word(message: Message, ticket: Ticket, merged: Mapping[uuid.UUID, int]) -> Word:
    kind = {Author.AGENT: "ours", Author.SYSTEM: "service"}.get(Author(message.author), "theirs")
    number = merged.get(message.ticket_id)
    return Word(
        message=message,
        files=[each.file for each in message.attachments.all()],
        kind="note" if message.is_internal else kind,
        who=message.agent.name if message.agent else "" if kind == "service" else requester(ticket),
        is_redacted=hasattr(message, "redaction"),
        of=f"T-{number}" if number else "",
    )


def requester(ticket: Ticket) -> str:
    """Who asks, by the best name that we have."""
    shopper = ticket.shopper
    return ticket.requester_name or (shopper.external_id if shopper else "") or ticket.requester_email


def _evidence(claim: Claim | None) -> list[StoredFile]:
    if claim is None:
        return []
    held = StoredFile.objects.filter(evidence__claim=claim).defer("content")
    return list(held.order_by("pk").distinct())


def _trip(claim: Claim | None) -> Trip | None:
    if claim is None or claim.click_id is None:
        return None
    clicks = Click.objects.filter(pk=claim.click_id).select_related("merchant", "offer", "account")
    click = clicks.first()
    if click is None:
        return None
    then = Q(replaced_at=None) | Q(replaced_at__gt=click.created_at)
    rates = Rate.objects.filter(then, offer=click.offer_id, seen_at__lte=click.created_at)
    return Trip(
        click,
        rates=list(rates.order_by("name", "pk")[:_LATEST]),
        terms=terms_of(click.terms_digest) if click.terms_digest else None,
    )


def _inquiries(claim: Claim | None) -> list[Inquiry]:
    if claim is None:
        return []
    words = Prefetch("words", InquiryWord.objects.order_by("-pk"))
    rows = claim.inquiries.select_related("account", "merchant", "batch").prefetch_related(words)
    return [Inquiry(row, list(row.words.all())) for row in rows.order_by("-pk")]


def _grants(claim: Claim | None) -> list[GoodwillGrant]:
    if claim is None:
        return []
    named = ("requested_by__agent", "approved_by__agent", "refused_by__agent")
    return list(claim.goodwill_grants.select_related(*named).order_by("pk"))


def _others(ticket: Ticket, agent: Agent | None, *, at: datetime) -> list[str]:
    here = viewing.viewers([ticket.pk], at=at).get(ticket.pk, [])
    return [name for name in here if agent is None or name != agent.name]
