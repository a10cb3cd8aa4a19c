"""Everything that an agent needs to know of one case, gathered for one screen."""

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Prefetch, Q, QuerySet, Sum
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cashback.lib.admin import page_of
from cashback.lib.money import Money
from offers.terms import terms_of
from support.claims.models import Claim, Kind, RejectReason, Status
from support.claims.services import case_of
from support.claims.states import stage_of
from support.clocks import services as clocks
from support.clocks.services import ClockState
from support.desk import macros, viewing
from support.desk.models import (
    Agent,
    Attachment,
    Author,
    Draft,
    Message,
    Priority,
    StoredFile,
    Ticket,
)
from support.goodwill import services as goodwill
from support.goodwill.models import GoodwillGrant
from transactions.models import Click, Transaction

_LATEST = 8
_NEAR = timedelta(days=30)

RULES: dict[str, str | Promise] = {
    "already_ours": gettext_lazy("The sale is ours already"),
    "duplicate": gettext_lazy("Claimed twice, or another's order"),
    "no_eligible_click": gettext_lazy("No trip before the order"),
    "order_before_click": gettext_lazy("Ordered before the trip"),
    "later_click_elsewhere": gettext_lazy("A later trip from elsewhere"),
    "too_early": gettext_lazy("Too early"),
    "too_late": gettext_lazy("Too late"),
    "takes_no_claims": gettext_lazy("The shop takes no claims"),
    "excluded_goods": gettext_lazy("Goods that earn nothing"),
    "other_coupon": gettext_lazy("A code that is not ours"),
    "paid_otherwise": gettext_lazy("Gift card, points or app"),
    "declined_sale": gettext_lazy("The sale was declined"),
    "network_precheck": gettext_lazy("The network's own check"),
    "complete": gettext_lazy("Complete: can be lodged"),
}
SAID: dict[str, str | Promise] = {
    "decisive": gettext_lazy("decides"),
    "passed": gettext_lazy("does not apply"),
    "undecided": gettext_lazy("cannot tell"),
    "off": gettext_lazy("switched off"),
}


@dataclass(frozen=True, slots=True)
class Word:
    message: Message
    files: Sequence[StoredFile]
    is_mine: bool
    is_service: bool
    is_note: bool
    is_redacted: bool


@dataclass(frozen=True, slots=True)
class RuleLine:
    title: str | Promise
    said: str
    words: str | Promise
    evidence: str


@dataclass(frozen=True, slots=True)
class Step:
    """What the agent should do now: a sentence, and the action that does it ("" for none)."""

    words: str
    action: str
    label: str


@dataclass(frozen=True, slots=True)
class Past:
    """What else there is of the shopper."""

    claims: int
    claims_made_good: int
    purchases: int
    declined: int
    confirmed: Money
    goodwill: Money
    tickets: QuerySet[Ticket]
    clicks: QuerySet[Click]


@dataclass(frozen=True, slots=True)
class Full:
    ticket: Ticket
    claim: Claim | None
    stage: str
    words: Sequence[Word]
    evidence: Sequence[StoredFile]
    step: Step
    rules: Sequence[RuleLine]
    runs: int
    click: Click | None
    click_terms: Any
    sale: Transaction | None
    sale_events: Sequence[Any]
    inquiries: Sequence[Any]
    clocks: Sequence[ClockState]
    events: Sequence[Any]
    past: Past | None
    left: goodwill.Left | None
    currency: str
    grants: Sequence[GoodwillGrant]
    draft: Draft | None
    others: Sequence[str]
    macros: Sequence[Any]
    agents: QuerySet[Agent]
    may: Mapping[str, bool]
    reject_reasons: Sequence[tuple[str, str]]
    priorities: Sequence[tuple[str, str]]


def full(ticket: Ticket, *, agent: Agent | None, user: Any, at: datetime) -> Full:
    claim = _claim(ticket)
    run = claim.triage_runs.order_by("-pk").first() if claim else None
    click = _click(claim)
    sale = claim.transaction if claim else None
    case = case_of(claim) if claim else None
    return Full(
        ticket=ticket,
        claim=claim,
        stage=str(stage_of(claim).label) if claim else "",
        words=_words(ticket),
        evidence=[each.file for each in claim.evidence.select_related("file").order_by("pk")]
        if claim
        else [],
        step=next_step(ticket, claim),
        rules=_rules(run),
        runs=claim.triage_runs.count() if claim else 0,
        click=click,
        click_terms=terms_of(click.terms_digest) if click and click.terms_digest else None,
        sale=sale,
        sale_events=list(sale.events.order_by("-pk")[:_LATEST]) if sale else [],
        inquiries=_inquiries(claim),
        clocks=clocks.states([ticket.pk], at).get(ticket.pk, []),
        events=list(ticket.events.select_related("agent").order_by("-pk")[:20]),
        past=_past(ticket, claim),
        left=goodwill.left(case=case, by=user, at=at) if case else None,
        currency=claim.currency if claim else ticket.storefront.currency,
        grants=list(claim.goodwill_grants.select_related("requested_by", "approved_by").order_by("pk"))
        if claim
        else [],
        draft=Draft.objects.filter(ticket=ticket, agent=agent).first() if agent else None,
        others=viewing.viewers([ticket.pk], at=at).get(ticket.pk, []),
        macros=macros.offered(ticket),
        agents=Agent.objects.filter(team=ticket.team_id, is_active=True).order_by("name", "pk"),
        may=_may(claim),
        reject_reasons=list(RejectReason.choices),
        priorities=list(Priority.choices),
    )


def file_of(ticket: Ticket, file_id: uuid.UUID) -> StoredFile | None:
    """A file of the case's conversation or evidence; None for any other."""
    talk = [ticket.pk, *ticket.merged.values_list("pk", flat=True)]
    attached = Attachment.objects.filter(file=file_id, message__ticket__in=talk, message__redaction=None)
    if found := attached.select_related("file").first():
        return found.file
    claim = getattr(ticket, "claim", None)
    evidence = claim.evidence.filter(file=file_id).select_related("file").first() if claim else None
    return evidence.file if evidence else None


def next_step(ticket: Ticket, claim: Claim | None) -> Step:
    """One sentence and one button: what brings this case on."""
    if claim is None:
        if ticket.owed_since:
            return Step(_("The shopper waits for your answer."), "reply", _("Write the answer"))
        return Step(_("Nothing is owed here."), "", "")
    match claim.status:
        case Status.IN_REVIEW:
            return _step_in_review(claim)
        case Status.DECLINED_NET:
            return Step(
                _("The network refused. Appeal with the evidence, or make it good."), "appeal", _("Appeal")
            )
        case Status.NO_ANSWER:
            return Step(
                _("The network is silent. Make it good; it is chased for us."), "goodwill", _("Give goodwill")
            )
        case Status.GOODWILL_PENDING:
            return Step(_("Goodwill waits for a second person."), "approve", _("Look at it"))
        case Status.LODGED | Status.WAITING_NETWORK | Status.APPEALED | Status.APPROVED_NET:
            return Step(_("It is the network's turn; its answer comes by itself."), "", "")
        case Status.ON_ICE:
            return Step(_("On ice: it comes back by itself on the day below."), "", "")
        case Status.NEED_INFO:
            return Step(_("It is the shopper's turn; they are reminded twice."), "", "")
    if ticket.owed_since:
        return Step(_("The shopper waits for your answer."), "reply", _("Write the answer"))
    return Step(_("Nothing is owed here."), "", "")


def _step_in_review(claim: Claim) -> Step:
    if claim.flags:
        return Step(
            _("Look twice: %(flags)s. Nothing of another shopper may be told.")
            % {"flags": ", ".join(claim.flags)},
            "reply",
            _("Write the answer"),
        )
    if claim.kind == Kind.DECLINED:
        return Step(_("Appeal if the evidence contradicts the shop."), "appeal", _("Appeal"))
    if claim.reason_code in ("no_eligible_click", "order_before_click", "later_click_elsewhere"):
        return Step(
            _("The trip does not cover the order. Explain it, or make it good if it may be our fault."),
            "goodwill",
            _("Give goodwill"),
        )
    return Step(_("Ask the network, or make it good."), "lodge", _("Lodge with the network"))


def _claim(ticket: Ticket) -> Claim | None:
    named = ("merchant", "storefront", "shopper", "partner", "transaction__merchant", "offer", "account")
    claim = Claim.objects.filter(ticket=ticket).select_related(*named).first()
    if claim is not None:
        claim.ticket = ticket
    return claim


def _click(claim: Claim | None) -> Click | None:
    if claim is None or claim.click_id is None:
        return None
    return Click.objects.filter(pk=claim.click_id).select_related("merchant", "offer", "account").first()


def _words(ticket: Ticket) -> list[Word]:
    talk = [ticket.pk, *ticket.merged.values_list("pk", flat=True)]
    attached = Prefetch("attachments", Attachment.objects.select_related("file").order_by("pk"))
    found = (
        Message.objects.filter(ticket__in=talk)
        .select_related("agent", "redaction")
        .prefetch_related(attached)
    )
    return [
        Word(
            message=message,
            files=[each.file for each in message.attachments.all()],
            is_mine=message.author == Author.AGENT,
            is_service=message.author == Author.SYSTEM,
            is_note=message.is_internal,
            is_redacted=hasattr(message, "redaction"),
        )
        for message in found.in_order()
    ]


def _rules(run: Any) -> list[RuleLine]:
    if run is None:
        return []
    return [
        RuleLine(
            RULES.get(line["rule"], line["rule"]),
            line["verdict"],
            SAID.get(line["verdict"], line["verdict"]),
            json.dumps(line["evidence"], indent=1, ensure_ascii=False) if line.get("evidence") else "",
        )
        for line in run.results
    ]


def _inquiries(claim: Claim | None) -> list[Any]:
    if claim is None:
        return []
    return list(
        claim.inquiries.prefetch_related("words").select_related("account", "merchant").order_by("-pk")
    )


def _grants(claim: Claim | None) -> list[GoodwillGrant]:
    if claim is None:
        return []
    return list(claim.goodwill_grants.select_related("requested_by", "approved_by").order_by("pk"))


def _past(ticket: Ticket, claim: Claim | None) -> Past | None:
    shopper = ticket.shopper
    if shopper is None:
        return None
    claims = shopper.claims.aggregate(
        all=Count("pk"), good=Count("pk", filter=Q(status__in=[Status.CREDITED, Status.COMPENSATED]))
    )
    sales = shopper.transactions.aggregate(
        all=Count("pk"),
        declined=Count("pk", filter=Q(status="declined")),
        confirmed=Coalesce(Sum("cashback_minor", filter=Q(status="approved")), 0),
    )
    given = shopper.goodwill_grants.paid().aggregate(sum=Coalesce(Sum("amount_minor"), 0))["sum"]
    currency = ticket.storefront.currency
    clicks = shopper.clicks.select_related("merchant").latest_first()
    if claim and claim.order_at:
        clicks = clicks.since(claim.order_at - _NEAR)
    return Past(
        claims=claims["all"],
        claims_made_good=claims["good"],
        purchases=sales["all"],
        declined=sales["declined"],
        confirmed=Money(int(sales["confirmed"]), currency),
        goodwill=Money(int(given), currency),
        tickets=shopper.tickets.exclude(pk=ticket.pk).defer("search").order_by("-pk")[:_LATEST],
        clicks=clicks[:_LATEST],
    )


def _may(claim: Claim | None) -> dict[str, bool]:
    """Which actions make sense now. The services behind them refuse in any case."""
    status = claim.status if claim else None
    decides = status in (Status.IN_REVIEW, Status.DECLINED_NET, Status.NO_ANSWER)
    return {
        "ask_info": status == Status.IN_REVIEW,
        "reject": decides,
        "lodge": status == Status.IN_REVIEW and claim is not None and claim.kind != Kind.DECLINED,
        "appeal": status == Status.DECLINED_NET
        or (status == Status.IN_REVIEW and claim is not None and claim.kind == Kind.DECLINED),
        "goodwill": claim is not None
        and status not in (Status.CREDITED, Status.WITHDRAWN, Status.GOODWILL_PENDING),
        "triage": claim is not None and claim.is_open,
    }


def links(full_case: Full) -> dict[str, str]:
    """Where the facts behind the panels stand whole."""
    found = {}
    if full_case.click:
        found["click"] = page_of(Click, full_case.click.pk)
    if full_case.sale:
        found["sale"] = page_of(Transaction, full_case.sale.pk)
    if full_case.ticket.shopper_id:
        found["shopper"] = reverse("admin:partners_shopper_change", args=[full_case.ticket.shopper_id])
    return found
