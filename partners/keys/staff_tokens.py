"""The tokens with which a member of staff's scripts call the operator's API: made, shown once, found again, revoked."""

import re
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from cashback.lib import ids, sight
from cashback.lib.errors import DomainError
from partners.keys import bearer_secrets
from partners.models import StaffToken

LONGEST = timedelta(days=366)
_SHAPE = re.compile(rf"cb_staff_([0-9a-z]{{26}})_({bearer_secrets.SHAPE})")


class TokenRefused(DomainError):
    """The token opens nothing."""

    code = "key_invalid"


def create(*, user: Any, name: str, lasts: timedelta, at: datetime) -> tuple[StaffToken, str]:
    """The user has one more token; its text is returned to be shown once. Raises TokenRefused for whoever is no member
    of staff, and as `check_lasts` does."""
    if not (user.is_active and user.is_staff):
        raise TokenRefused(f"{user} is no member of staff.")
    check_lasts(lasts)
    secret = bearer_secrets.new()
    token = StaffToken.objects.create(
        user=user, name=name[:80], secret_digest=bearer_secrets.digest(secret), expires_at=at + lasts
    )
    return token, f"{token.label}_{secret}"


def check_lasts(lasts: timedelta) -> None:
    """Raises TokenRefused for a token that would be over already, or last longer than a year."""
    if not timedelta() < lasts <= LONGEST:
        raise TokenRefused(_("A token lasts a year at most, and ends in the future."))


def revoke(*, token: StaffToken, at: datetime) -> None:
    """The token opens nothing from now on."""
    StaffToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=at)


def named(label: str) -> StaffToken | None:
    """The token that begins so."""
    found = re.fullmatch(r"cb_staff_([0-9a-z]{26})(_.*)?", label)
    return _by_suffix(found[1]) if found else None


def find(text: str, *, at: datetime) -> StaffToken:
    """The token of this text, with its user; that it was used is noted to the minute. Revoked, or its user sent away,
    it opens nothing at the very next call. Raises TokenRefused."""
    with sight.all_partners("whose staff token it is", is_hot=True):
        return _find(text, at=at)


def _find(text: str, *, at: datetime) -> StaffToken:
    shape = _SHAPE.fullmatch(text)
    token = _by_suffix(shape[1]) if shape else None
    if shape is None or token is None or not bearer_secrets.is_of(token.secret_digest, shape[2]):
        raise TokenRefused("This is not a staff token of ours.")
    if token.revoked_at:
        raise TokenRefused("This token has been revoked.", code="key_revoked")
    if not token.is_in_use(at=at):
        raise TokenRefused("This token has expired.", code="key_expired")
    if not (token.user.is_active and token.user.is_staff):
        raise TokenRefused("Whose token this is works here no longer.", code="key_revoked")
    bearer_secrets.note_use(token, at=at)
    return token


def _by_suffix(suffix: str) -> StaffToken | None:
    return StaffToken.objects.select_related("user").filter(pk=ids.from_suffix_or_none(suffix)).first()
