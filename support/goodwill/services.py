"""Goodwill: what is given at once, asked for, approved by another person, refused, and given back."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from cashback.lib.errors import DomainError
from partners import reach
from partners.models import Partner, Shopper
from support.goodwill import budgets, limits, listeners, money
from support.goodwill.budgets import BudgetSpent
from support.goodwill.limits import NO_LIMIT, Case
from support.goodwill.listeners import register_lock, register_paid, register_refused
from support.goodwill.models import GoodwillGrant, GoodwillPolicy, GoodwillRefusal, GrantStatus

__all__ = [
    "BudgetSpent",
    "Case",
    "GoodwillRefused",
    "Left",
    "approve",
    "ask",
    "left",
    "make_default_policy",
    "pay_at_once",
    "refuse",
    "register_lock",
    "register_paid",
    "register_refused",
    "settle",
]

# In major units: paid at once, an agent's, a lead's, a shopper's in 30 days and in all, a month's budget.
_DEFAULTS = {
    "RUB": (300, 1_500, 10_000, 1_500, 10_000, 300_000),
    "KZT": (1_500, 7_500, 50_000, 7_500, 50_000, 1_500_000),
}
_DEFAULT_ELSEWHERE = (5, 25, 150, 25, 150, 5_000)


class GoodwillRefused(DomainError):
    """Nothing was given, asked for or decided; the message says why."""


@dataclass(frozen=True, slots=True)
class Left:
    """What this member of staff may give for the case alone, and with a second person; why no more (a code, "" for no
    reason). Amounts in minor units."""

    alone_minor: int
    with_second_minor: int
    budget_minor: int
    given_minor: int
    why_not: str
    why_not_at_once: str


def make_default_policy(partner: Partner, currency: str) -> GoodwillPolicy:
    """The partner has a policy in this currency; one that was there stays as it is."""
    auto, agent, lead, month, life, budget = (
        amount * 100 for amount in _DEFAULTS.get(currency, _DEFAULT_ELSEWHERE)
    )
    policy, _is_new = GoodwillPolicy.objects.get_or_create(
        partner=partner,
        currency=currency,
        defaults={
            "auto_max_minor": auto,
            "agent_max_minor": agent,
            "lead_max_minor": lead,
            "per_shopper_30d_minor": month,
            "per_shopper_life_minor": life,
            "monthly_budget_minor": budget,
        },
    )
    return policy


@transaction.atomic
def pay_at_once(*, case: Case, at: datetime) -> GoodwillGrant | None:
    """The claim is made good without a person and without an investigation: within the policy, for a shopper with a
    clean history, from a budget that covers it. None where a person must decide; why is kept for them."""
    _lock_shopper(case)
    policy = limits.policy_of(case.partner_id, case.currency)
    code = limits.refusal_at_once(case, policy, limits.given(case, at=at), at=at)
    if not code:
        assert policy is not None and case.expected_minor is not None  # noqa: S101 - else there is a code
        try:
            with transaction.atomic():
                budgets.spend(policy, case.expected_minor, holder=None, at=at)
        except BudgetSpent as refusal:
            code = refusal.code
    if code or policy is None or case.expected_minor is None:
        GoodwillRefusal.objects.create(partner_id=case.partner_id, claim_id=case.claim_id, code=code, at=at)
        return None
    grant = _write(case, policy, amount=case.expected_minor, by=None, note="", needs_second=False, at=at)
    _pay(grant, at=at)
    return grant


@transaction.atomic
def ask(*, case: Case, amount_minor: int, why: str, by: Any, at: datetime) -> GoodwillGrant:
    """A member of staff gives it: paid at once within what their role may decide, else it waits for another person.
    Raises GoodwillRefused, BudgetSpent."""
    if type(amount_minor) is not int or not 0 < amount_minor < NO_LIMIT:
        raise GoodwillRefused(_("Write an amount above zero."), code="amount")
    if not why.strip():
        raise GoodwillRefused(_("Say why: it is read by whoever approves it."), code="why_missing")
    _refuse_stranger(case.partner_id, by)
    _refuse_own(case, by)
    listeners.lock(case.claim_id)
    _lock_shopper(case)
    policy = limits.policy_of(case.partner_id, case.currency)
    if policy is None:
        raise GoodwillRefused(_("This partner has no goodwill policy in this currency."), code="no_policy")
    limit = limits.own_limit(policy, by)
    if limit == 0:
        raise GoodwillRefused(_("Only agents give goodwill."), code="not_an_agent")
    had = limits.given(case, at=at)
    # What was given for this claim, or for this shop within a week, counts as if it were one sum.
    counted = max(had.for_claim, had.for_shop_lately) + amount_minor
    needs_second = counted > limit or not _within_history(policy, had, amount_minor)
    grant = _write(
        case, policy, amount=amount_minor, by=by, note=why.strip()[:300], needs_second=needs_second, at=at
    )
    if not needs_second:
        budgets.spend(policy, amount_minor, holder=by, at=at)
        _pay(grant, at=at)
        listeners.paid(grant, at)
    return grant


def _within_history(policy: GoodwillPolicy, had: limits.Given, amount: int) -> bool:
    return (
        had.in_30_days + amount <= policy.per_shopper_30d_minor
        and had.in_all + amount <= policy.per_shopper_life_minor
    )


def _counted_by_approver(policy: GoodwillPolicy, had: limits.Given) -> int:
    """The grant that waits is in all of them. Beyond what a shopper may have, two agents who agree with each other are
    not enough: all of it counts."""
    counted = max(had.for_claim, had.for_shop_lately)
    if had.in_30_days > policy.per_shopper_30d_minor:
        counted = max(counted, had.in_30_days)
    return max(counted, had.in_all) if had.in_all > policy.per_shopper_life_minor else counted


@transaction.atomic
def approve(*, grant: GoodwillGrant, by: Any, at: datetime) -> GoodwillGrant:
    """The second person agreed, and the shopper has the money. Raises GoodwillRefused, BudgetSpent."""
    locked = _lock_waiting(grant)
    _refuse_stranger(locked.partner_id, by)
    if locked.requested_by_id == by.pk:
        raise GoodwillRefused(_("Another person must approve it."), code="own_request")
    case = _case_of(locked)
    _refuse_own(case, by)
    policy = limits.policy_of(locked.partner_id, locked.currency)
    if policy is None:
        raise GoodwillRefused(_("This partner has no goodwill policy in this currency."), code="no_policy")
    _lock_shopper(case)
    if _counted_by_approver(policy, limits.given(case, at=at)) > limits.own_limit(policy, by):
        raise GoodwillRefused(_("It is above what you may approve."), code="above_own_limit")
    budgets.spend(policy, locked.amount_minor, holder=None, at=at)
    locked.approved_by = by
    _pay(locked, at=at)
    listeners.paid(locked, at)
    return locked


@transaction.atomic
def refuse(*, grant: GoodwillGrant, by: Any, why: str, at: datetime) -> GoodwillGrant:
    """Nothing is given. Whoever asked may take it back; anybody else says why not."""
    locked = _lock_waiting(grant)
    _refuse_stranger(locked.partner_id, by)
    if not why.strip():
        raise GoodwillRefused(_("Say why not."), code="why_missing")
    locked.status, locked.refused_by, locked.refusal = GrantStatus.REFUSED, by, why.strip()[:300]
    locked.decided_at = at
    locked.save()
    listeners.refused(locked, at)
    return locked


@transaction.atomic
def settle(*, claim_id: uuid.UUID, entitled_minor: int, at: datetime) -> bool:
    """What the network's money now credits the shopper for this order has repaid the goodwill, up to what was given:
    the shopper keeps the larger of the two. Running it twice posts nothing; false if all was so already."""
    grants = list(
        GoodwillGrant.objects.select_for_update().paid().filter(claim=claim_id).order_by("created_at", "pk")
    )
    if not grants:
        return False
    granted = sum(grant.amount_minor for grant in grants)
    return money.bring_repaid(grants, wanted=max(0, min(entitled_minor, granted)), at=at)


def left(*, case: Case, by: Any, at: datetime) -> Left:
    """What may still be given for the case, for its page."""
    policy = limits.policy_of(case.partner_id, case.currency)
    had = limits.given(case, at=at)
    if policy is None:
        return Left(0, 0, 0, had.in_all, "no_policy", "no_policy")
    budget, own = budgets.left(policy, holder=by, at=at)
    limit = limits.own_limit(policy, by)
    counted = max(had.for_claim, had.for_shop_lately)
    alone = min(
        limit - counted,
        own,
        policy.per_shopper_30d_minor - had.in_30_days,
        policy.per_shopper_life_minor - had.in_all,
    )
    why = "budget_spent" if budget <= 0 else "not_an_agent" if limit == 0 else ""
    return Left(
        alone_minor=max(0, alone),
        with_second_minor=max(0, budget),
        budget_minor=budget,
        given_minor=had.in_all,
        why_not=why,
        why_not_at_once=limits.refusal_at_once(case, policy, had, at=at),
    )


def _write(
    case: Case, policy: GoodwillPolicy, *, amount: int, by: Any, note: str, needs_second: bool, at: datetime
) -> GoodwillGrant:
    return GoodwillGrant.objects.create(
        partner_id=case.partner_id,
        storefront_id=case.storefront_id,
        shopper_id=case.shopper_id,
        merchant_id=case.merchant_id,
        claim_id=case.claim_id,
        amount_minor=amount,
        currency=case.currency,
        payer=policy.payer,
        reason=case.reason[:40],
        note=note,
        status=GrantStatus.ASKED,
        requested_by=by,
        needs_second=needs_second,
        created_at=at,
    )


def _pay(grant: GoodwillGrant, *, at: datetime) -> None:
    grant.status, grant.decided_at = GrantStatus.PAID, at
    grant.save()
    money.pay(grant, at=at)


def _case_of(grant: GoodwillGrant) -> Case:
    return Case(
        claim_id=grant.claim_id,
        partner_id=grant.partner_id,
        storefront_id=grant.storefront_id,
        shopper_id=grant.shopper_id,
        merchant_id=grant.merchant_id,
        currency=grant.currency,
        expected_minor=None,
        has_click=True,
        flags=(),
        reason=grant.reason,
    )


def _lock_waiting(grant: GoodwillGrant) -> GoodwillGrant:
    listeners.lock(grant.claim_id)
    locked = GoodwillGrant.objects.select_for_update().get(pk=grant.pk)
    if locked.status != GrantStatus.ASKED:
        raise GoodwillRefused(_("It has been decided already."), code="decided")
    return locked


def _lock_shopper(case: Case) -> None:
    """Two grants to one shopper are reckoned one after the other, so that limits hold for both together."""
    Shopper.objects.select_for_update(of=("self",), no_key=True).get(pk=case.shopper_id)


def _refuse_own(case: Case, by: Any) -> None:
    """Nobody gives to themselves: staff are known to us by their address alone."""
    email = Shopper.objects.values_list("email", flat=True).get(pk=case.shopper_id)
    if email and _mailbox(email) == _mailbox(by.email):
        raise GoodwillRefused(_("This shopper has your own address."), code="own_account")


def _mailbox(email: str) -> str:
    """Whose letters arrive there: "kim+shop@mail.test" is Kim's."""
    name, _at, host = email.lower().rpartition("@")
    return f"{name.partition('+')[0]}@{host}"


def _refuse_stranger(partner_id: uuid.UUID, by: Any) -> None:
    reached = reach.partner_ids(by)
    if reached is not None and partner_id not in reached:
        raise GoodwillRefused(_("You do not work for this partner."), code="out_of_reach")
