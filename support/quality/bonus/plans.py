"""How many points what is worth."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils.translation import gettext as _

from cashback.lib.errors import DomainError
from support.quality.models import BonusPlan

FIGURES = ("per_case", "satisfaction", "speed", "per_zero_shift", "per_suggestion")


class PlanInThePast(DomainError):
    """A plan holds for what is still to come."""

    code = "plan_in_the_past"


@dataclass(frozen=True, slots=True)
class Plan:
    """Points: for a closed case of weight 1; for satisfaction and for speed where all of it is reached; for each shift
    closed at zero; for each suggestion shipped."""

    per_case: Decimal
    satisfaction: Decimal
    speed: Decimal
    per_zero_shift: Decimal
    per_suggestion: Decimal


# Until somebody makes a plan: a month of 500 cases is worth as much as all the rest together.
DEFAULT = Plan(
    per_case=Decimal("1.00"),
    satisfaction=Decimal("150.00"),
    speed=Decimal("100.00"),
    per_zero_shift=Decimal("10.00"),
    per_suggestion=Decimal("50.00"),
)


def plan_at(moment: datetime) -> Plan:
    """The plan in force when a period begins holds for all of it."""
    found = BonusPlan.objects.filter(starts_at__lte=moment).order_by("-starts_at").first()
    return Plan(*(getattr(found, name) for name in FIGURES)) if found else DEFAULT


@transaction.atomic
def new_plan(*, plan: Plan, starts_at: datetime, by: AbstractBaseUser, at: datetime) -> BonusPlan:
    """From that moment on, periods that begin then or later are worth this. Raises PlanInThePast."""
    if starts_at <= at:
        raise PlanInThePast(_("A plan begins in the future: what was worked for is paid as it was promised."))
    return BonusPlan.objects.create(
        starts_at=starts_at, made_by=by, **{name: getattr(plan, name) for name in FIGURES}
    )
