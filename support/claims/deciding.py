"""From a verdict of triage to what is done about it, in one step: moved, paid or lodged, and told."""

import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from django.db import connection, transaction

from cashback.lib.errors import DomainError
from support.claims import explain, lodging, moves, numbers, telling
from support.claims.models import Claim, Kind, Status, TriageRun, policy_of
from support.claims.triage import expected, facts, gathering
from support.claims.triage import run as triage
from support.claims.triage.facts import Facts
from support.claims.triage.run import Judgement
from support.claims.triage.verdicts import Decision
from support.desk.models import Agent
from support.goodwill import services as goodwill
from transactions.models import Click

# Where a claim may be looked at again from scratch without anybody's leave.
LOOKED_AT_AGAIN = (Status.ANSWERED_AUTO, Status.ON_ICE, Status.NEED_INFO, Status.LAPSED)


@transaction.atomic
def retriage(*, claim: Claim, because: str, at: datetime) -> TriageRun:
    """The rules have been asked again over the facts of now, and what they decide is done. A claim that a person or the
    network has is judged for their eyes only."""
    locked = moves.lock(claim.pk)
    if locked.status in LOOKED_AT_AGAIN:
        moves.move(claim=locked, to=Status.TRIAGING, reason=because, at=at)
    alone_with_the_order(locked)
    kept, judgement = triage.run(locked, because=because, at=at)
    if locked.status == Status.TRIAGING:
        carry_out(locked, judgement, at=at)
    claim.refresh_from_db()
    return kept


def carry_out(claim: Claim, judgement: Judgement, *, at: datetime) -> None:
    """What the verdict says is done, and the shopper told. `claim` is locked and being triaged."""
    judgement = _take_over(claim, judgement, at=at)
    verdict = judgement.verdict
    match judgement.decision:
        case Decision.ANSWER:
            _answer(claim, judgement, at=at)
        case Decision.ICE:
            assert verdict.until is not None  # noqa: S101 - ice always melts
            moves.move(
                claim=claim, to=Status.ON_ICE, reason=verdict.reason, next_update_due=verdict.until, at=at
            )
            telling.tell(claim, explain.on_ice(claim, until=verdict.until), at=at)
        case Decision.ASK:
            _ask(claim, judgement, at=at)
        case Decision.REVIEW:
            to_person(claim, judgement, at=at)
        case Decision.GOODWILL:
            if not pay_first(claim, reason=verdict.reason, at=at):
                to_person(claim, judgement, at=at)
        case Decision.LODGE:
            _lodge(claim, judgement, at=at)


def to_person(claim: Claim, judgement: Judgement, *, at: datetime, reason: str = "") -> None:
    """A person of ours has it, with the diagnosis; the shopper is told what may be told of it."""
    reason = reason or judgement.reason
    moves.move(claim=claim, to=Status.IN_REVIEW, reason=reason, at=at)
    assert claim.next_update_due is not None  # noqa: S101 - whoever waits is told until when
    text = explain.reviewed(claim, reason, judgement.verdict.evidence, by=claim.next_update_due)
    telling.tell(claim, text, at=at)


def pay_first(claim: Claim, *, reason: str, at: datetime) -> bool:
    """The claim is made good at once, where policy, budget and the shopper's history allow it; else nothing changed."""
    grant = goodwill.pay_at_once(case=case_of(claim, reason=reason), at=at)
    if grant is None:
        return False
    made_good(claim, grant.amount_minor, at=at)
    return True


def made_good(claim: Claim, minor: int, *, at: datetime, agent: Agent | None = None) -> None:
    """The shopper has had `minor` from us for it, and knows. What the network has credited meanwhile stays credited."""
    claim.status = moves.lock(claim.pk).status
    if claim.status not in (Status.COMPENSATED, Status.CREDITED):
        moves.move(claim=claim, to=Status.COMPENSATED, reason="made_good", agent=agent, at=at)
    telling.tell(claim, explain.made_good(claim, minor), at=at)
    claim.refresh_from_db()


def case_of(claim: Claim, *, reason: str = "") -> goodwill.Case:
    """The claim as goodwill looks at it."""
    return goodwill.Case(
        claim_id=claim.pk,
        partner_id=claim.partner_id,
        storefront_id=claim.storefront_id,
        shopper_id=claim.shopper_id,
        merchant_id=claim.merchant_id,
        currency=claim.currency,
        expected_minor=claim.expected_minor,
        has_click=claim.click_id is not None,
        flags=list(claim.flags),
        reason=reason or claim.reason_code,
    )


def alone_with_the_order(claim: Claim) -> None:
    """Until the transaction ends nobody else judges this order of the shop: of two shoppers who claim it at the same
    moment the second sees the first."""
    if claim.merchant_id is None or not (key := numbers.key(claim.order_no)):
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"claim:{claim.merchant_id}:{key}"]
        )


def bind(claim: Claim, click: Click) -> None:
    """The claim is about this trip, under what was promised at it."""
    claim.click = click
    claim.merchant_id, claim.offer_id = click.merchant_id, click.offer_id
    claim.account_id, claim.terms_digest = click.account_id, click.terms_digest


def _take_over(claim: Claim, judgement: Judgement, *, at: datetime) -> Judgement:
    """What the run has brought to light stands on the claim before anything follows from it."""
    verdict, seen = judgement.verdict, judgement.facts
    if verdict.kind:
        claim.kind = verdict.kind
    claim.flags = sorted({*claim.flags, *verdict.flags})
    if claim.transaction_id is None and (sale := _its_sale(seen)):
        claim.transaction_id = sale
    if claim.kind == Kind.UNTRACKED and (better := _better_click(seen)):
        bind(claim, Click.objects.get(pk=better))
        judgement = replace(judgement, facts=gathering.gather(claim, at=at))
    if claim.expected_minor is None:
        claim.expected_minor = expected.cashback(judgement.facts)
    claim.save()
    return judgement


def _its_sale(seen: Facts) -> uuid.UUID | None:
    found = sorted(facts.mine(seen), key=lambda sale: (sale.is_declined, sale.occurred_at, sale.id))
    return found[0].id if found else None


def _better_click(seen: Facts) -> uuid.UUID | None:
    """The last trip before the order, where the one that was named cannot have led to it."""
    eligible = seen.eligible_click
    if eligible is None or seen.click is None or seen.order_from is None or seen.order_until is None:
        return None
    could_be = seen.order_from - seen.attribution <= seen.click.at <= seen.order_until + facts.SKEW
    return None if could_be else eligible.id


def _answer(claim: Claim, judgement: Judgement, *, at: datetime) -> None:
    verdict = judgement.verdict
    lapses = at + timedelta(days=policy_of(claim.partner_id).contest_days)
    moves.move(
        claim=claim,
        to=Status.ANSWERED_AUTO,
        reason=verdict.reason,
        next_update_due=verdict.until + facts.GRACE if verdict.until else None,
        wake_at=verdict.until + facts.GRACE if verdict.until else lapses,
        at=at,
    )
    text = explain.answered(claim, verdict.reason, verdict.evidence, until=verdict.until)
    telling.tell(claim, text, at=at)


def _ask(claim: Claim, judgement: Judgement, *, at: datetime) -> None:
    verdict = judgement.verdict
    missing: Sequence[str] = verdict.evidence.get("missing", [])
    if verdict.reason == "receipt_needed":
        # The network wants to see the receipt; we need not, where policy pays.
        if pay_first(claim, reason="lodge", at=at):
            return
        missing = ["receipt"]
    wait_for_shopper(claim, reason=verdict.reason, at=at)
    assert claim.next_update_due is not None  # noqa: S101 - whoever waits is told until when
    telling.tell(claim, explain.asked(claim, list(missing), until=claim.next_update_due), at=at)


def wait_for_shopper(claim: Claim, *, reason: str, at: datetime, agent: Agent | None = None) -> None:
    """It is the shopper's turn, with two reminders on the way to the day on which the claim is put away."""
    days = policy_of(claim.partner_id).answer_days
    moves.move(
        claim=claim,
        to=Status.NEED_INFO,
        reason=reason,
        agent=agent,
        next_update_due=at + timedelta(days=days),
        wake_at=at + timedelta(days=days) / 3,
        at=at,
    )


def _lodge(claim: Claim, judgement: Judgement, *, at: datetime) -> None:
    if pay_first(claim, reason="lodge", at=at):
        chase_for_ourselves(claim, at=at)
        return
    try:
        with transaction.atomic():
            lodging.lodge(claim=claim, at=at)
    except DomainError:
        # There is no road to the network from here; a person finds one, or makes it good.
        claim.refresh_from_db()
        to_person(claim, judgement, reason="cannot_lodge", at=at)
        return
    claim.refresh_from_db()
    assert claim.next_update_due is not None  # noqa: S101 - whoever waits is told until when
    telling.tell(claim, explain.lodged(claim, by=claim.next_update_due), at=at)


def chase_for_ourselves(claim: Claim, *, at: datetime) -> None:
    """The network is asked for what we have paid; the shopper has no part in it any more."""
    try:
        with transaction.atomic():
            lodging.lodge(claim=claim, at=at, for_own_account=True)
    except DomainError:
        # Nothing is owed to anybody but us, and the goodwill reports show what did not come back.
        return
