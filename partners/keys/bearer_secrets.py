"""What programs call us with: a secret that is made, shown once and kept as a digest; and that it was used."""

import hashlib
import hmac
import secrets
import string
from datetime import datetime, timedelta

from django.db.models import Q

from partners.models import ApiKey, StaffToken

_USE_IS_NOTED_EVERY = timedelta(minutes=1)
_LETTERS = string.ascii_letters + string.digits
# 43 of 62 letters: 256 bits, so that a plain SHA-256 is enough to keep it.
LENGTH = 43
# For a pattern: what a secret looks like.
SHAPE = rf"[A-Za-z0-9]{{{LENGTH}}}"


def new() -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(LENGTH))


def digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def is_of(digested: str, secret: str) -> bool:
    return hmac.compare_digest(digest(secret), digested)


def note_use(row: ApiKey | StaffToken, *, at: datetime) -> None:
    """The row's `last_used_at`, to the minute: a write at every call would cost more than the call."""
    stale_before = at - _USE_IS_NOTED_EVERY
    if row.last_used_at is None or row.last_used_at < stale_before:
        is_stale = Q(last_used_at=None) | Q(last_used_at__lt=stale_before)
        type(row).objects.filter(is_stale, pk=row.pk).update(last_used_at=at)
