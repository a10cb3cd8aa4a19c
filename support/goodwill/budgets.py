"""Budgets: a calendar month of a partner's, made when it is first wanted, and spent under its row's lock."""

from datetime import UTC, datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from cashback.lib.errors import DomainError
from support.goodwill.models import GoodwillBudget, GoodwillPolicy


class BudgetSpent(DomainError):
    """The period's budget, or the giver's part in it, does not cover the amount; nothing was spent."""

    code = "budget_spent"


def month_of(at: datetime) -> tuple[datetime, datetime]:
    day = at.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return day, day.replace(year=day.year + day.month // 12, month=day.month % 12 + 1)


def current(policy: GoodwillPolicy, *, at: datetime) -> GoodwillBudget:
    begins, ends = month_of(at)
    budget, _is_new = GoodwillBudget.objects.get_or_create(
        partner_id=policy.partner_id,
        currency=policy.currency,
        holder=None,
        begins_at=begins,
        defaults={"ends_at": ends, "amount_minor": policy.monthly_budget_minor},
    )
    return budget


def left(policy: GoodwillPolicy, *, holder: Any, at: datetime) -> tuple[int, int]:
    """What may still be spent: by the partner's people together, and by this one of them alone."""
    begins, _ends = month_of(at)
    rows = list(_in_force(policy, at=at).filter(Q(holder=None) | Q(holder=holder)))
    together = [row.left_minor for row in rows if row.holder_id is None]
    if not any(row.holder_id is None and row.begins_at == begins for row in rows):
        together.append(policy.monthly_budget_minor)
    return min(together), min([*together, *(row.left_minor for row in rows)])


def spend(policy: GoodwillPolicy, amount: int, *, holder: Any, at: datetime) -> None:
    """The amount is spent from the partner's budget and, where staff have one each, from the giver's. Raises
    BudgetSpent. The rows stay locked until the caller's transaction ends, always in the same order."""
    current(policy, at=at)
    wanted: list[int | None] = [None, *([holder.pk] if holder is not None else [])]
    for who in wanted:
        rows = _in_force(policy, at=at).filter(holder=who).select_for_update()
        for budget in rows.order_by("begins_at", "pk"):
            if budget.left_minor < amount:
                raise BudgetSpent(_("The goodwill budget of this month is spent."))
            budget.spent_minor += amount
            budget.save(update_fields=["spent_minor"])


def _in_force(policy: GoodwillPolicy, *, at: datetime) -> QuerySet[GoodwillBudget]:
    return GoodwillBudget.objects.filter(
        partner=policy.partner_id, currency=policy.currency, begins_at__lte=at, ends_at__gt=at
    )
