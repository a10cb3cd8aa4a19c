"""One-time codes by e-mail: six digits that work for ten minutes, five tries and one use, the newest of an address
only. A million codes and a few tries a day of each address: guessing one takes centuries."""

import secrets
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Q
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cashback.lib import ids
from cashback.lib.errors import DomainError
from partners.limits import TooOften
from partners.models import MailCode, Shopper, Storefront

LIFE = timedelta(minutes=10)
MOST_TRIES = 5
# So many letters may go to one address of a storefront, whoever asks for them.
PAUSE = timedelta(seconds=60)
_MOST_LETTERS = [(timedelta(hours=1), 5), (timedelta(days=1), 12)]
_KEPT = timedelta(days=1)
_SALT = "partners.sign_in.codes"


class CodeRefused(DomainError):
    """The code opens nothing. `code_wrong` leaves tries, after `code_closed` only a new code helps."""

    code = "code_wrong"


@dataclass(frozen=True, slots=True)
class Issued:
    """A code to be sent, and the row that waits for it."""

    row: MailCode
    code: str


@transaction.atomic
def issue(
    *,
    storefront: Storefront,
    email: str,
    purpose: MailCode.Purpose,
    at: datetime,
    shopper: Shopper | None = None,
) -> Issued:
    """A new code waits to be typed, and the earlier ones of the address are closed. Raises TooOften."""
    with connection.cursor() as cursor:
        # One at a time for each address: two requests at once must neither both send nor leave two codes open.
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"mail-code:{storefront.pk}:{email}"]
        )
    of_address = MailCode.objects.filter(storefront=storefront, email=email)
    _refuse_too_many(
        list(of_address.filter(created_at__gt=at - _KEPT).values_list("created_at", flat=True)), at
    )
    same = Q(email=email) if shopper is None else Q(email=email) | Q(shopper=shopper)
    MailCode.objects.filter(same, storefront=storefront, purpose=purpose, expires_at__gt=at).update(
        expires_at=at
    )
    code = f"{secrets.randbelow(10**6):06}"
    row = MailCode.objects.create(
        partner_id=storefront.partner_id,
        storefront=storefront,
        shopper=shopper,
        purpose=purpose,
        email=email,
        digest=_digest(storefront.pk, purpose, email, code),
        created_at=at,
        expires_at=at + LIFE,
    )
    return Issued(row, code)


def find(*, storefront: Storefront, purpose: MailCode.Purpose, handle: str) -> MailCode | None:
    """The row that waits for a code, by the handle in the address of its page. A day later there is none."""
    try:
        pk = ids.from_suffix(handle)
    except ids.InvalidId:
        return None
    return MailCode.objects.filter(storefront=storefront, purpose=purpose, pk=pk).first()


def spend(*, row_id: uuid.UUID, typed: str, at: datetime) -> CodeRefused | None:
    """The code is used now; or why not, and then one of its tries is. It is given back, not raised, for the caller's
    transaction has to commit the try."""
    code = "".join(typed.split()).replace("-", "")
    row = MailCode.objects.select_for_update().filter(pk=row_id).first()
    if row is None or not is_open(row, at=at):
        return _closed()
    if len(code) != 6 or not (code.isascii() and code.isdigit()):
        return CodeRefused(_("The code is the six digits from the letter."), code="code_malformed")
    row.tries += 1
    if not constant_time_compare(row.digest, _digest(row.storefront_id, row.purpose, row.email, code)):
        row.save(update_fields=["tries"])
        left = MOST_TRIES - row.tries
        return _wrong(left) if left else _closed()
    row.used_at = at
    row.save(update_fields=["tries", "used_at"])
    return None


def is_open(row: MailCode, *, at: datetime) -> bool:
    return row.used_at is None and row.tries < MOST_TRIES and at < row.expires_at


def wait_of(row: MailCode, *, at: datetime) -> int:
    """In how many seconds another letter may be asked for."""
    return max(0, _seconds(row.created_at + PAUSE - at))


def forget(*, at: datetime) -> int:
    """Codes that count for nothing any more, not even for the limits, are gone, and the addresses with them."""
    count, _by_model = MailCode.objects.filter(expires_at__lt=at - _KEPT).delete()
    return count


def _refuse_too_many(sent: list[datetime], at: datetime) -> None:
    waits = [max(sent) + PAUSE - at] if sent else []
    for span, most in _MOST_LETTERS:
        within = sorted(moment for moment in sent if moment > at - span)
        if len(within) >= most:
            waits.append(within[-most] + span - at)
    if waits and (longest := _seconds(max(waits))) > 0:
        raise TooOften(wait=longest)


def _seconds(span: timedelta) -> int:
    return -int(-span.total_seconds() // 1)


def _wrong(left: int) -> CodeRefused:
    return CodeRefused(
        ngettext(
            "This is not the code. You have %(left)s more try.",
            "This is not the code. You have %(left)s more tries.",
            left,
        )
        % {"left": left}
    )


def _closed() -> CodeRefused:
    return CodeRefused(_("This code no longer works. Ask for a new one."), code="code_closed")


def _digest(storefront_id: uuid.UUID, purpose: str, email: str, code: str) -> str:
    """Keyed, so that a stolen table is not a list of codes."""
    about = f"{storefront_id}:{purpose}:{email}:{code}"
    return salted_hmac(_SALT, about, algorithm="sha256").hexdigest()
