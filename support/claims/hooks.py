"""A purchase came, or its money moved: the claims about it follow, at whatever hour.

Called inside the transaction that records the purchase. One claim that cannot follow is logged, and looked at by the
sweeper; it never holds the purchase up.
"""

import logging
import uuid
from collections.abc import Iterable
from datetime import datetime
from functools import partial

from django.db import transaction
from django.db.models import Q
from psycopg.errors import LockNotAvailable

from offers.models import Offer
from partners.models import Shopper
from support.claims import deciding, moves, news, numbers, repaying, telling
from support.claims.models import CLOSED, Claim, Kind, Status
from support.claims.states import WITH_THE_NETWORK
from support.claims.triage import facts, gathering, rules
from support.claims.triage import run as triage
from support.claims.triage.facts import Facts, SaleSeen
from support.claims.triage.verdicts import Decision, Verdict
from support.desk import services as desk
from transactions.models import Transaction, UnattributedSale
from transactions.services import Recorded

logger = logging.getLogger(__name__)

# With a person, or on the way: what triage would say anew is for them to read.
_NOT_JUDGED_BY_ITSELF = (Status.IN_REVIEW, Status.GOODWILL_PENDING, Status.DECLINED_NET)
_CREDITED = ("already_credited", "amount_is_right")


def on_recorded(recorded: Recorded, at: datetime) -> None:
    if recorded.transaction is not None:
        _for_each(_claims_of(recorded.transaction), at=at)
    elif recorded.unattributed is not None:
        _for_unattributed(recorded.unattributed, at=at)


def on_settled(sale: Transaction, at: datetime) -> None:
    _for_each(_claims_of(sale), at=at)


def catch_up(claim: Claim, *, at: datetime) -> bool:
    """The locked claim stands where its purchases say; false where it has none. Twice is once."""
    seen = gathering.gather(claim, at=at)
    sales = facts.mine(seen)
    if not sales:
        _notice_similar(claim, seen, at=at)
        return False
    if claim.transaction_id is None:
        claim.transaction_id = _first(sales)
        claim.save(update_fields=["transaction"])
    repaying.repay(claim, seen=seen, at=at)
    _follow(claim, seen, at=at)
    return True


def _notice_similar(claim: Claim, seen: Facts, *, at: datetime) -> None:
    """A claim that was made good under a mistyped number would keep its goodwill beside the reward: a person looks."""
    if (
        claim.status == Status.COMPENSATED
        and facts.similar(seen)
        and not claim.triage_runs.filter(because="similar")
    ):
        triage.run(claim, because="similar", at=at)
        desk.ask_person(ticket=claim.ticket, why="similar_sale", at=at)


def _claims_of(sale: Transaction) -> list[uuid.UUID]:
    """One cheap look, for most purchases have none."""
    about = Q(transaction=sale.pk) | Q(merchant=sale.merchant_id)
    if sale.click_id:
        about |= Q(click=sale.click_id)
    return list(
        Claim.objects.filter(about, shopper=sale.shopper_id).order_by("pk").values_list("pk", flat=True)
    )


def _for_each(claim_ids: Iterable[uuid.UUID], *, at: datetime, waits: bool = False) -> None:
    """The purchase holds its shopper's balance by now, for which whoever holds a claim may be waiting. So a claim that
    another holds is not waited for: it follows once the purchase is recorded."""
    for claim_id in claim_ids:
        try:
            with transaction.atomic():
                catch_up(moves.lock(claim_id) if waits else _lock_at_once(claim_id), at=at)
        except Exception as error:
            if isinstance(error.__cause__, LockNotAvailable):
                transaction.on_commit(partial(_for_each, [claim_id], at=at, waits=True))
                continue
            logger.exception("Claim %s does not follow its purchase; the sweeper will try again.", claim_id)
            Claim.objects.filter(pk=claim_id).update(wake_at=at)


def _lock_at_once(claim_id: uuid.UUID) -> Claim:
    """With its shopper, whom goodwill locks before it pays."""
    claim = moves.lock(claim_id, nowait=True)
    Shopper.objects.select_for_update(of=("self",), no_key=True, nowait=True).get(pk=claim.shopper_id)
    return claim


def _follow(claim: Claim, seen: Facts, *, at: datetime) -> None:
    verdict = rules.already_ours(seen)
    reward = repaying.entitled(seen)
    if claim.status == Status.TRIAGING:
        return
    if claim.status in CLOSED:
        _follow_closed(claim, reward, verdict, at=at)
    elif claim.status == Status.ANSWERED_AUTO and claim.reason_code == verdict.reason:
        return
    elif verdict.reason in _CREDITED and reward > 0:
        _credit(claim, reward, at=at)
    elif claim.status in deciding.LOOKED_AT_AGAIN:
        if claim.status != Status.ANSWERED_AUTO or _is_news(claim, seen, verdict):
            deciding.retriage(claim=claim, because="sale", at=at)
    elif claim.status in WITH_THE_NETWORK:
        _follow_at_network(claim, seen, verdict, at=at)
    elif claim.status in _NOT_JUDGED_BY_ITSELF and _was_told_otherwise(claim, verdict):
        triage.run(claim, because="sale", at=at)


def _follow_closed(claim: Claim, reward: int, verdict: Verdict, *, at: datetime) -> None:
    given = repaying.given(claim)
    if reward > 0 and claim.status == Status.COMPENSATED:
        _move(claim, Status.CREDITED, "credited", at=at)
        telling.tell(claim, news.credited_after_goodwill(claim, more_minor=reward - given), at=at)
    elif reward > 0 and claim.status != Status.CREDITED and verdict.reason in _CREDITED:
        _credit(claim, reward, at=at)
    elif reward == 0 and claim.status == Status.CREDITED:
        if given:
            _move(claim, Status.COMPENSATED, "taken_back", at=at)
            telling.tell(claim, news.taken_back(claim), at=at)
        elif claim.kind != Kind.PAYOUT_PROBLEM:
            _move(claim, Status.TRIAGING, "taken_back", at=at)
            deciding.retriage(claim=claim, because="taken_back", at=at)


def _follow_at_network(claim: Claim, seen: Facts, verdict: Verdict, *, at: datetime) -> None:
    """The purchase is there while the network is being asked about it."""
    sales = facts.mine(seen)
    waits = [sale for sale in sales if not sale.is_declined]
    if claim.kind != Kind.UNTRACKED:
        return
    if not waits:
        desk.ask_person(ticket=claim.ticket, why="sale_declined", at=at)
    elif verdict.decision == Decision.REVIEW:
        _move(claim, Status.IN_REVIEW, verdict.reason, at=at)
    elif claim.status != Status.APPROVED_NET:
        until = verdict.until
        due = until + facts.GRACE if until else None
        moves.move(claim=claim, to=Status.APPROVED_NET, reason="sale_arrived", next_update_due=due, at=at)
        assert claim.next_update_due is not None  # noqa: S101 - whoever waits is told until when
        text = news.sale_arrived(
            claim, sum(sale.cashback_minor for sale in waits), by=until or claim.next_update_due
        )
        telling.tell(claim, text, at=at)


def _credit(claim: Claim, minor: int, *, at: datetime) -> None:
    _move(claim, Status.CREDITED, "credited", at=at)
    telling.tell(claim, news.credited(claim, minor), at=at)


def _move(claim: Claim, to: Status, reason: str, *, at: datetime) -> None:
    moves.move(claim=claim, to=to, reason=reason, at=at)


def _is_news(claim: Claim, seen: Facts, verdict: Verdict) -> bool:
    """Whether what the shopper was told is no longer so."""
    if not verdict.is_decisive:
        verdict = rules.declined_sale(seen)
    return verdict.reason != claim.reason_code


def _was_told_otherwise(claim: Claim, verdict: Verdict) -> bool:
    last = claim.triage_runs.order_by("-pk").first()
    return last is None or not any(result.get("reason") == verdict.reason for result in last.results)


def _for_unattributed(sale: UnattributedSale, *, at: datetime) -> None:
    """Staff can give it to its shopper now: the claims for that order say so."""
    spelt = numbers.spellings(sale.order_id)
    if not spelt:
        return
    shop = Offer.objects.filter(account=sale.account_id, external_id=sale.offer_external_id).values(
        "merchant"
    )
    about = Claim.objects.open().filter(merchant__in=shop, order_no_norm__in=spelt, kind=Kind.UNTRACKED)
    for claim_id in about.order_by("pk").values_list("pk", flat=True):
        try:
            with transaction.atomic():
                claim = moves.lock(claim_id)
                if claim.status in deciding.LOOKED_AT_AGAIN:
                    deciding.retriage(claim=claim, because="unattributed_sale", at=at)
                else:
                    triage.run(claim, because="unattributed_sale", at=at)
                    desk.ask_person(ticket=claim.ticket, why="unattributed_sale", at=at)
        except Exception:
            logger.exception("Claim %s does not follow an unattributed sale.", claim_id)
            Claim.objects.filter(pk=claim_id).update(wake_at=at)


def _first(sales: list[SaleSeen]) -> uuid.UUID:
    return min(sales, key=lambda sale: (sale.is_declined, sale.occurred_at, sale.id)).id
