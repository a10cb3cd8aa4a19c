"""Writes that are done once however often they are sent, by the rules that Stripe made usual: the answer is kept in the
transaction of the effect, for a day, and told again to whoever sends the same under the same key."""

import hashlib
from datetime import datetime, timedelta

from django.db import connection

from cashback.lib.errors import DomainError
from partners.models import Partner, StoredAnswer

LIFE = timedelta(hours=24)
# Until the transaction ends. The number is of 64 bits: two keys never share one by chance.
_LOCK = "SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))"


class InFlight(DomainError):
    """The first of these writes is still being done."""

    code = "idempotency_key_in_flight"
    # Seconds until it is worth asking again.
    retry_after = 1


class OtherBody(DomainError):
    """The key belongs to another write."""

    code = "idempotency_key_reused"


def find(*, partner: Partner, key: str, digest: str, at: datetime) -> str | None:
    """What this write was answered; None, and the key is the caller's until its transaction ends, where it was not
    done yet. Raises InFlight or OtherBody."""
    with connection.cursor() as database:
        database.execute(_LOCK, [f"answer:{partner.pk}:{key}"])
        if not database.fetchone()[0]:
            raise InFlight("The first write with this Idempotency-Key is under way. Ask again in a moment.")
    known = StoredAnswer.objects.filter(partner=partner, key=key).first()
    if known is None:
        return None
    if known.created_at <= at - LIFE:
        known.delete()
        return None
    if known.digest != digest:
        raise OtherBody("This Idempotency-Key was used for another write.")
    return known.answer


def keep(*, partner: Partner, key: str, digest: str, answer: str, at: datetime) -> None:
    """The write, once committed, is answered so for a day."""
    StoredAnswer.objects.create(partner=partner, key=key, digest=digest, answer=answer, created_at=at)


def forget(*, at: datetime) -> int:
    """Keys of old writes are free again."""
    count, _by_model = StoredAnswer.objects.filter(created_at__lte=at - LIFE).delete()
    return count


def digest_of(*parts: bytes) -> str:
    """No part can be taken for the end of the one before it."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(b"%d:" % len(part) + part)
    return digest.hexdigest()
