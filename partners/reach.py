"""Which partners a member of staff works for: the wall between partners, as the staff's pages know it."""

import uuid
from typing import Any

from django.db.models import QuerySet

from cashback.lib import sight
from partners.models import Partner, StaffReach

_KEPT = "_reached_partner_ids"


def partner_ids(user: Any) -> frozenset[uuid.UUID] | None:
    """The partners whose rows this user may see; None is all. Asked once per user object, that is once a request."""
    if not hasattr(user, _KEPT):
        setattr(user, _KEPT, _read(user))
    found: frozenset[uuid.UUID] | None = getattr(user, _KEPT)
    return found


def settle_sight(user: Any, *, reason: str) -> None:
    """From here to the end of the request the database shows what the user may see; `reason` is for the log."""
    reached = partner_ids(user)
    if reached is None:
        sight.settle_on_all(f"staff {user.pk}, {reason}")
    else:
        sight.settle_on(reached)


def within(rows: QuerySet[Any], user: Any, *, path: str = "partner_id") -> QuerySet[Any]:
    """The rows of the user's partners; `path` leads to the partner's id."""
    reached = partner_ids(user)
    return rows if reached is None else rows.filter(**{f"{path}__in": reached})


def partners_of(user: Any) -> QuerySet[Partner]:
    """The partners that the user works for, without their secrets."""
    return within(Partner.objects.defer("sso_secret"), user, path="pk")


def _read(user: Any) -> frozenset[uuid.UUID] | None:
    if not user.is_authenticated:
        return frozenset()
    if user.is_superuser:
        return None
    with sight.all_partners("whom a member of staff works for", is_hot=True):
        reach = StaffReach.objects.filter(pk=user.pk).first()
        return None if reach is None else frozenset(reach.partners.values_list("pk", flat=True))
