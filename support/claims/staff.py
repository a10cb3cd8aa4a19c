"""What people of ours decide about a claim, each with their name on the step."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from support.claims import deciding, explain, hooks, lodging, moves, news, repaying, telling
from support.claims.models import CLOSED, Claim, Kind, NetworkInquiry, RejectReason, Status, TriageRun
from support.claims.opening import ClaimRefused
from support.desk import services as desk
from support.desk.models import Agent
from support.goodwill import services as goodwill
from support.goodwill.models import GoodwillGrant, GrantStatus
from transactions.models import Transaction

# From where goodwill may be asked for without taking the claim over first.
_BEFORE_GOODWILL = (Status.IN_REVIEW, Status.DECLINED_NET, Status.NO_ANSWER)


@contextmanager
def _all_or_the_draft(claim: Claim, *, agent: Agent, text: str, at: datetime) -> Iterator[None]:
    """One transaction. Where a colleague was quicker nothing of it has happened, and the text waits as a draft."""
    try:
        with transaction.atomic():
            yield
    except desk.Conflict as conflict:
        seen = conflict.draft.base_version
        conflict.draft = desk.save_draft(
            ticket=claim.ticket, agent=agent, text=text, version=seen, is_conflicted=True, at=at
        )
        raise


def ask_info(*, claim: Claim, agent: Agent, text: str, at: datetime, version: int | None = None) -> Claim:
    """The shopper is asked, and it is their turn: reminded twice, put away after that. Raises Conflict, NothingSaid."""
    with _all_or_the_draft(claim, agent=agent, text=text, at=at):
        locked = moves.lock(claim.pk)
        moves.check(locked, to=Status.NEED_INFO)
        _reply(locked, agent=agent, text=text, version=version, at=at)
        deciding.wait_for_shopper(locked, reason="asked", agent=agent, at=at)
    return _shown(claim)


def reject(
    *,
    claim: Claim,
    agent: Agent,
    reason_code: str,
    text: str,
    at: datetime,
    version: int | None = None,
) -> Claim:
    """The claim is closed with a "no": filed under a known reason, and explained in the person's own words.
    Raises ClaimRefused, Conflict, NothingSaid."""
    if reason_code not in RejectReason.values:
        raise ClaimRefused(_("Choose a reason."), code="reason_unknown")
    with _all_or_the_draft(claim, agent=agent, text=text, at=at):
        locked = moves.lock(claim.pk)
        moves.check(locked, to=Status.REJECTED)
        _reply(locked, agent=agent, text=text, version=version, at=at)
        moves.move(claim=locked, to=Status.REJECTED, reason=reason_code, agent=agent, at=at)
    return _shown(claim)


@transaction.atomic
def lodge(*, claim: Claim, agent: Agent, at: datetime) -> NetworkInquiry:
    """The network is asked, on a person's word. Raises CannotLodge."""
    locked = moves.lock(claim.pk)
    moves.move(claim=locked, to=Status.LODGED, reason="lodged", agent=agent, at=at)
    inquiry = lodging.lodge(claim=locked, at=at)
    assert locked.next_update_due is not None  # noqa: S101 - whoever waits is told until when
    telling.tell(locked, explain.lodged(locked, by=locked.next_update_due), at=at)
    _shown(claim)
    return inquiry


@transaction.atomic
def appeal(*, claim: Claim, agent: Agent, comment: str = "", at: datetime) -> NetworkInquiry:
    """The network is asked to look at its decision again; `comment` is for it. Raises CannotLodge."""
    locked = moves.lock(claim.pk)
    moves.move(claim=locked, to=Status.APPEALED, reason="appealed", agent=agent, at=at)
    inquiry = lodging.appeal(claim=locked, at=at, comment=comment)
    assert locked.next_update_due is not None  # noqa: S101 - whoever waits is told until when
    telling.tell(locked, news.appealed(locked, by=locked.next_update_due), at=at)
    _pass_on(locked, at=at)
    _shown(claim)
    return inquiry


@transaction.atomic
def ask_goodwill(*, claim: Claim, agent: Agent, amount_minor: int, why: str, at: datetime) -> GoodwillGrant:
    """Made good at once within what the agent may decide; else it waits for a second person.
    Raises GoodwillRefused, BudgetSpent."""
    locked = moves.lock(claim.pk)
    if locked.status not in (*_BEFORE_GOODWILL, *CLOSED):
        moves.move(claim=locked, to=Status.IN_REVIEW, reason="goodwill_considered", agent=agent, at=at)
    case = deciding.case_of(locked)
    grant = goodwill.ask(case=case, amount_minor=amount_minor, why=why, by=agent.user, at=at)
    locked = moves.lock(claim.pk)
    if grant.status == GrantStatus.ASKED and locked.status in _BEFORE_GOODWILL:
        moves.move(claim=locked, to=Status.GOODWILL_PENDING, reason="goodwill_asked", agent=agent, at=at)
    _shown(claim)
    return grant


@transaction.atomic
def look_again(*, claim: Claim, agent: Agent, at: datetime) -> TriageRun:
    """A person gives the claim back to the rules, and what they decide is done. Raises IllegalMove."""
    locked = moves.lock(claim.pk)
    moves.move(claim=locked, to=Status.TRIAGING, reason="looked_at_again", agent=agent, at=at)
    run = deciding.retriage(claim=locked, because="agent", at=at)
    _shown(claim)
    return run


@transaction.atomic
def take(*, claim: Claim, agent: Agent, at: datetime) -> Claim:
    """The claim is a person's, wherever it stood: an answer of the service, ice, or the way to the network."""
    locked = moves.lock(claim.pk)
    moves.move(claim=locked, to=Status.IN_REVIEW, reason="taken", agent=agent, at=at)
    return _shown(claim)


@transaction.atomic
def link(*, claim: Claim, sale: Transaction, agent: Agent, at: datetime) -> Claim:
    """A person has seen that the claim is about this purchase of the shopper's, whatever number was typed: what
    follows from the purchase is done, and goodwill given for it is repaid. Raises ClaimRefused."""
    locked = moves.lock(claim.pk)
    if sale.shopper_id != locked.shopper_id:
        raise ClaimRefused(_("This purchase is another shopper's."), code="not_their_purchase")
    locked.transaction = sale
    locked.save(update_fields=["transaction"])
    desk.note(
        ticket=locked.ticket,
        agent=agent,
        text=_("This is the purchase %(purchase)s.") % {"purchase": sale.public_id},
        at=at,
    )
    hooks.catch_up(locked, at=at)
    return _shown(claim)


def goodwill_paid(grant: GoodwillGrant, at: datetime) -> None:
    """A person's goodwill has reached the shopper: the claim is made good, and the network is asked for ourselves."""
    claim = moves.lock(grant.claim_id)
    agent = Agent.objects.filter(user=grant.requested_by_id).first()
    never_asked = not claim.inquiries.exists() and claim.kind == Kind.UNTRACKED
    was_closed = claim.status in CLOSED
    deciding.made_good(claim, grant.amount_minor, agent=agent, at=at)
    _pass_on(claim, at=at)
    if never_asked and not was_closed:
        deciding.chase_for_ourselves(claim, at=at)
    repaying.repay(claim, at=at)


def goodwill_refused(grant: GoodwillGrant, at: datetime) -> None:
    """The second person said no: whoever asked thinks again."""
    claim = moves.lock(grant.claim_id)
    if claim.status == Status.GOODWILL_PENDING:
        moves.move(claim=claim, to=Status.IN_REVIEW, reason="goodwill_refused", at=at)


def _reply(claim: Claim, *, agent: Agent, text: str, version: int | None, at: datetime) -> None:
    seen = claim.ticket.version if version is None else version
    desk.reply(ticket=claim.ticket, agent=agent, text=text, version=seen, at=at, then=None)


def _pass_on(claim: Claim, *, at: datetime) -> None:
    answered = NetworkInquiry.objects.filter(claim=claim, answered_at__isnull=False, passed_on_at=None)
    answered.update(passed_on_at=at)


def _shown(claim: Claim) -> Claim:
    claim.refresh_from_db()
    return claim
