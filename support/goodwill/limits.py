"""How much may still be given to a shopper for a case, and why not more."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Q, Sum
from django.db.models.functions import Coalesce

from partners.models import Shopper
from support.desk.models import Agent, Role
from support.goodwill.models import GoodwillGrant, GoodwillPolicy
from transactions.models import TransactionQuerySet

A_MONTH = timedelta(days=30)
# Five small ones for one shop within so many days are one large one.
SPLIT_WITHIN = timedelta(days=7)
NO_LIMIT = 2**62


@dataclass(frozen=True)
class Case:
    """What goodwill has to know of a claim; amounts in minor units of `currency`. `flags` are reasons to look twice."""

    claim_id: uuid.UUID
    partner_id: uuid.UUID
    storefront_id: uuid.UUID
    shopper_id: uuid.UUID
    merchant_id: uuid.UUID | None
    currency: str
    expected_minor: int | None
    has_click: bool
    flags: Sequence[str]
    reason: str


@dataclass(frozen=True, slots=True)
class Given:
    """What the shopper has had in goodwill, grants that wait included, and what shops have confirmed for them; in the
    case's currency."""

    in_all: int
    in_30_days: int
    for_claim: int
    for_shop_lately: int
    last_at_once: datetime | None
    confirmed: int
    confirmed_count: int


def policy_of(partner_id: uuid.UUID, currency: str) -> GoodwillPolicy | None:
    return GoodwillPolicy.objects.filter(partner=partner_id, currency=currency, is_active=True).first()


def given(case: Case, *, at: datetime) -> Given:
    grants = GoodwillGrant.objects.counted().filter(shopper=case.shopper_id, currency=case.currency)

    def total(wanted: Q) -> Coalesce:
        return Coalesce(Sum("amount_minor", filter=wanted), 0)

    lately = Q(merchant=case.merchant_id, created_at__gt=at - SPLIT_WITHIN)
    sums: dict[str, Any] = grants.aggregate(
        in_all=total(Q()),
        in_30_days=total(Q(created_at__gt=at - A_MONTH)),
        for_claim=total(Q(claim=case.claim_id)),
        for_shop_lately=total(lately),
    )
    last = (
        grants.filter(requested_by=None).order_by("-created_at").values_list("created_at", flat=True).first()
    )
    credited = Shopper(pk=case.shopper_id).transactions.filter(
        TransactionQuerySet.CREDITED, currency=case.currency
    )
    confirmed = credited.aggregate(sum=Coalesce(Sum("cashback_minor"), 0), count=Count("pk"))
    return Given(
        **{name: int(value) for name, value in sums.items()},
        last_at_once=last,
        confirmed=int(confirmed["sum"]),
        confirmed_count=confirmed["count"],
    )


def refusal_at_once(case: Case, policy: GoodwillPolicy | None, had: Given, *, at: datetime) -> str:
    """The code of why a person must decide; "" where the case is made good at once."""
    amount = case.expected_minor
    if policy is None:
        return "no_policy"
    if not case.has_click:
        return "no_click"
    if not amount or amount <= 0:
        return "not_enough_known"
    if case.flags:
        return "flagged"
    if policy.allowed_reasons and case.reason not in policy.allowed_reasons:
        return "reason_not_allowed"
    if had.confirmed_count == 0:
        return "new_shopper"
    if had.for_claim:
        return "given_already"
    if amount > policy.auto_max_minor:
        return "above_policy"
    if had.for_shop_lately + amount > policy.auto_max_minor:
        return "split"
    if had.in_30_days + amount > policy.per_shopper_30d_minor:
        return "over_30_days"
    if had.in_all + amount > policy.per_shopper_life_minor:
        return "over_life"
    if policy.ratio_to_confirmed and had.in_all + amount > had.confirmed * policy.ratio_to_confirmed // 100:
        return "over_ratio"
    if had.last_at_once and at - had.last_at_once < timedelta(days=policy.cooldown_days):
        return "cooling_down"
    return ""


def own_limit(policy: GoodwillPolicy, user: Any) -> int:
    """How much the member of staff may decide: by their role at the desk; a superuser is an owner."""
    if user.is_superuser:
        return NO_LIMIT
    role = Agent.objects.filter(user=user.pk, is_active=True).values_list("role", flat=True).first()
    return {
        Role.AGENT: policy.agent_max_minor,
        Role.LEAD: policy.lead_max_minor,
        Role.OWNER: NO_LIMIT,
    }.get(Role(role) if role else None, 0)
